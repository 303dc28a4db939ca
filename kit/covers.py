"""Drawn covers: two inks and their overprint on a tinted paper, one composition per kind.

The same kind and slug give the same bytes, on every machine and for ever: what is drawn here is stored nowhere. The
drawing has no text, no script and no style, only presentation attributes, so it may stand under the strictest content
policy; a few hundred to three thousand bytes of SVG. Ink B is printed a little out of register, and where the inks
meet a clip path paints the product of their colours, as on a two-colour press.

`persona` with a username draws the face of somebody who has not chosen a picture.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

WIDTH: Final = 400
HEIGHT: Final = 300

# (paper, ink A, ink B): tinted paper, a dark ink, a light ink.
INKS: Final = (
    ("#f1efe8", "#2943c4", "#f26a4b"),
    ("#f3efe6", "#1d6f52", "#f5a3b3"),
    ("#eceee9", "#24385c", "#f4b93a"),
    ("#f5eee9", "#8b2d4a", "#8fbde6"),
    ("#edf1f0", "#1c6a74", "#f58b4e"),
    ("#f3eedb", "#2b2c30", "#62c2a0"),
    ("#f2ede3", "#d94a35", "#f2cd5c"),
    ("#e9edf3", "#2943c4", "#7ccdae"),
    ("#f3ebe7", "#64463a", "#f09fb6"),
    ("#eff1e6", "#56652a", "#b6b9ec"),
    ("#efe9e4", "#b5371f", "#9cc4dd"),
    ("#f4f0e4", "#34506b", "#ef8f7a"),
)
FLOOD_CHANCE: Final = 0.22
OUT_OF_REGISTER: Final = ((2, 1), (-2, 2), (3, -1), (-2, -2))

T = TypeVar("T")


class UnknownKind(LookupError):
    """No composition is known for this kind."""


class Face(NamedTuple):
    """Where a persona's features go, once the inks are chosen: centre, radius, lit side (-1 or 1), mood (0 to 2)."""

    x: int
    y: int
    radius: int
    side: int
    mood: int


class Composition(NamedTuple):
    """Shapes printed in ink A, shapes printed in ink B, the screen behind them, and a face for personas."""

    a: list[str]
    b: list[str]
    screen: str = ""
    face: Face | None = None


class Draw:
    """An endless stream of numbers from a key: SHA-256 of `key:0`, `key:1`, …, two bytes at a time."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._bytes = b""
        self._round = 0

    def fraction(self) -> float:
        """The next number, 0 <= n < 1."""
        if len(self._bytes) < 2:
            self._bytes = hashlib.sha256(f"{self._key}:{self._round}".encode()).digest()
            self._round += 1
        value, self._bytes = int.from_bytes(self._bytes[:2], "big"), self._bytes[2:]
        return value / 65536

    def whole(self, low: int, high: int) -> int:
        """The next whole number, both ends included."""
        return low + int(self.fraction() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        return options[self.whole(0, len(options) - 1)]


def overprint(a: str, b: str) -> str:
    """What one ink over the other looks like: the product of both colours, channel by channel."""
    channels = [int(a[i : i + 2], 16) * int(b[i : i + 2], 16) // 255 for i in (1, 3, 5)]
    return "#{:02x}{:02x}{:02x}".format(*channels)


def _rect(x: float, y: float, width: float, height: float, radius: float = 0) -> str:
    corner = f' rx="{radius:g}"' if radius else ""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"{corner}/>'


def _disc(x: float, y: float, radius: float) -> str:
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}"/>'


def _path(d: str) -> str:
    return f'<path d="{d}"/>'


def _quarter(x: float, y: float, s: float, corner: int) -> str:
    """A quarter disc filling the square (x, y, s); `corner` is where its centre lies, clockwise from the top left."""
    return _path(
        (
            f"M{x:g} {y:g}h{s:g}a{s:g} {s:g} 0 0 1 {-s:g} {s:g}z",
            f"M{x + s:g} {y:g}v{s:g}a{s:g} {s:g} 0 0 1 {-s:g} {-s:g}z",
            f"M{x + s:g} {y + s:g}h{-s:g}a{s:g} {s:g} 0 0 1 {s:g} {-s:g}z",
            f"M{x:g} {y + s:g}v{-s:g}a{s:g} {s:g} 0 0 1 {s:g} {s:g}z",
        )[corner]
    )


def _course(d: Draw) -> Composition:
    """A stair or arches to climb, and something to climb to."""
    steps = d.whole(4, 7)
    width, rise, mirrored = WIDTH / steps, d.whole(26, 34), d.fraction() < 0.3
    a: list[str] = []
    outline = ""
    for i in range(steps):
        height = 46 + i * (HEIGHT - 120) / (steps - 1) * (0.78 + rise / 200)
        x = WIDTH - (i + 1) * width if mirrored else i * width
        if steps % 2:
            r = width / 2
            a.append(_path(f"M{x:g} {HEIGHT}V{HEIGHT - height + r:g}a{r:g} {r:g} 0 0 1 {width:g} 0V{HEIGHT}z"))
        else:
            # One outline for the whole stair, so that no seam shows between its steps.
            outline += f"V{HEIGHT - height:.1f}h{-width if mirrored else width:g}"
    if outline:
        a.append(_path(f"M{WIDTH if mirrored else 0} {HEIGHT}{outline}V{HEIGHT}z"))
    x = WIDTH * (0.38 if mirrored else 0.62) + d.whole(-50, 40)
    return Composition(a, [_disc(x, d.whole(118, 150), d.whole(72, 104))], "stripe")


def _prompt(d: Draw) -> Composition:
    """Lines of writing, and the mark where the answer appears."""
    a: list[str] = []
    short = d.whole(2, 4)
    for row in range(7):
        x, y = 44, 44 + row * 31
        width = d.whole(60, 110) if row == short else d.whole(150, 300)
        if d.fraction() < 0.45 and row != short:
            first = width * (0.25 + d.fraction() * 0.4)
            a += [_rect(x, y, first, 14, 7), _rect(x + first + 12, y, width - first, 14, 7)]
        else:
            a.append(_rect(x, y, width, 14, 7))
    cx, cy, radius = d.whole(235, 300), d.whole(120, 190), d.whole(92, 118)
    points = d.pick((4, 6, 8))
    if points == 8:
        return Composition(a, [_disc(cx, cy, radius * 0.8)], "dot")
    inner = 0.16 if points == 4 else 0.34
    star = []
    for i in range(points * 2):
        angle, reach = math.pi * i / points + 0.2, radius if i % 2 == 0 else radius * inner
        star.append((cx + reach * math.cos(angle), cy + reach * math.sin(angle)))
    middles = [((star[i][0] + star[i - 1][0]) / 2, (star[i][1] + star[i - 1][1]) / 2) for i in range(len(star))]
    curve = f"M{middles[0][0]:.1f} {middles[0][1]:.1f}"
    for i, (x1, y1) in enumerate(star):
        x2, y2 = middles[(i + 1) % len(middles)]
        curve += f"Q{x1:.1f} {y1:.1f} {x2:.1f} {y2:.1f}"
    return Composition(a, [_path(curve + "z")], "dot")


def _template(d: Draw) -> Composition:
    """A modular sheet: every module is empty, a block, a disc or a quarter turn; half of the sheets are symmetrical."""
    a: list[str] = []
    b: list[str] = []
    size = 100 if d.fraction() < 0.6 else 50
    symmetrical = d.fraction() < 0.5
    mirror = {0: 1, 1: 0, 2: 3, 3: 2}
    for j in range(HEIGHT // size):
        row = [(d.whole(0, 3), d.fraction(), d.fraction()) for _ in range(WIDTH // size)]
        if symmetrical:
            left = row[: len(row) // 2]
            row = left + [(mirror[corner], u, v) for corner, u, v in reversed(left)]
        for i, (corner, u, v) in enumerate(row):
            x, y = i * size, j * size
            if u < 0.46:
                a.append(_quarter(x, y, size, corner))
            elif u < 0.56:
                a.append(_rect(x, y, size, size))
            if v < 0.34:
                b.append(_quarter(x, y, size, (corner + 2) % 4))
            elif v < 0.5:
                b.append(_disc(x + size / 2, y + size / 2, size * 0.3))
            elif v > 0.9:
                b.append(_rect(x, y, size, size))
    return Composition(a, b)


def _ebook(d: Draw) -> Composition:
    """A shelf: spines of different trim, one leaning on its neighbour, one ornament each."""
    a: list[str] = []
    b: list[str] = []
    x: float = d.whole(18, 44)
    base, leaning, i = 262, d.whole(2, 4), 0
    while x < 356:
        width, height = d.whole(24, 58), d.whole(128, 222)
        ink, other = (a, b) if d.fraction() < 0.58 else (b, a)
        top = base - height
        if i == leaning:
            lean = height * 0.24
            spine = f"L{x + 3:.1f} {top + 8:.1f}l{width * 0.95:.1f} {-width * 0.24:.1f}L{x + lean + width:.1f} {base}z"
            ink.append(_path(f"M{x + lean:.1f} {base}{spine}"))
            x += lean
        else:
            ink.append(_rect(x, top, width, height, 2))
            ornament = d.whole(0, 3)
            if ornament == 0:
                other.append(_rect(x, top + 24, width, 16))
            elif ornament == 1:
                other.append(_disc(x + width / 2, base - 34, width * 0.26))
            elif ornament == 2:
                other += [_rect(x, top + 18, width, 5), _rect(x, base - 30, width, 5)]
        x += width + d.pick((2, 2, 2, 9))
        i += 1
    a.append(_rect(0, base, WIDTH, 10))
    b.append(_disc(d.whole(60, 340), d.whole(70, 110), d.whole(46, 78)))
    return Composition(a, b, "stripe")


def _persona(d: Draw) -> Composition:
    """A head made of a few cut shapes: half in each ink, shoulders, one of four ways to wear one's hair."""
    cx, cy, r = 200 + d.whole(-14, 14), 140, d.whole(84, 96)
    side = d.pick((-1, 1))
    sweep = 0 if side > 0 else 1
    a = [_path(f"M{cx} {cy - r}A{r} {r} 0 0 {sweep} {cx} {cy + r}z")]
    b = [_disc(cx + side * d.whole(6, 22), cy, r - d.whole(0, 14))]
    shoulders = d.whole(118, 150)
    a.append(_path(f"M{cx - shoulders} {HEIGHT}a{shoulders} {shoulders * 0.62:.0f} 0 0 1 {2 * shoulders} 0z"))
    hair = d.whole(0, 3)
    if hair == 0:
        cap, fringe = r + 12, f"h{-r * 0.7:.0f}a{r * 0.65:.0f} {r * 0.55:.0f} 0 0 0 {-r * 1.2:.0f} 0z"
        a.append(_path(f"M{cx - cap} {cy - 8}a{cap} {cap} 0 0 1 {2 * cap} 0{fringe}"))
    elif hair == 1:
        b.append(_disc(cx - side * 40, cy - r + 2, 44))
    elif hair == 2:
        a.append(_rect(cx - r - 8, cy - r - 12, 2 * r + 16, 40, 4))
    else:
        b.append(_rect(cx - r - 22, cy - r * 0.2, 34, r * 1.5, 17))
        b.append(_rect(cx + r - 12, cy - r * 0.2, 34, r * 1.5, 17))
    return Composition(a, b, face=Face(cx, cy, r, side, d.whole(0, 2)))


def _bundle(d: Draw) -> Composition:
    """Several sheets, squared up badly."""
    a: list[str] = []
    b: list[str] = []
    sheets = d.whole(3, 4)
    pitch = 230 / (sheets - 1)
    for i in range(sheets):
        width, height = pitch * 1.28, 196
        x, y = 200 - 115 - width / 2 + i * pitch, 52 + d.whole(-16, 16)
        turn = d.whole(-12, 12)
        sheet = _path(f"M{x + turn:.1f} {y}l{width:.1f} {turn}l{-turn * 1.2:.1f} {height}l{-width:.1f} {-turn}z")
        (b if i % 2 else a).append(sheet)
    (b if sheets % 2 else a).append(_disc(d.whole(110, 290), d.whole(110, 190), d.whole(34, 52)))
    return Composition(a, b, "dot")


KINDS: Final[dict[str, Callable[[Draw], Composition]]] = {
    "course": _course,
    "prompt": _prompt,
    "template": _template,
    "ebook": _ebook,
    "persona": _persona,
    "bundle": _bundle,
}


def _screen_definition(screen: str, uid: str, ink: str) -> str:
    if screen == "stripe":
        size, mark = 8, f'<rect width="8" height="3" fill="{ink}"/>'
    else:
        size, mark = 9, f'<circle cx="4.5" cy="4.5" r="1.7" fill="{ink}"/>'
    return f'<pattern id="p{uid}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">{mark}</pattern>'


def _screen(screen: str, uid: str, d: Draw) -> str:
    if screen == "stripe":
        return f'<rect width="{WIDTH}" height="{d.whole(90, 180)}" fill="url(#p{uid})" opacity=".55"/>'
    return f'<rect x="{d.pick((0, 200))}" width="200" height="{HEIGHT}" fill="url(#p{uid})"/>'


def _features(face: Face, paper: str, dark: str, nose: str) -> str:
    """Eyes, mouth and nose; the eye on the dark half of the face is cut out of it."""
    x, y, r, side, mood = face
    eyes = "".join(
        f'<circle cx="{x + s * r * 0.36:g}" cy="{y - 8}" r="{r * 0.1:g}" fill="{paper if s == -side else dark}"/>' for s in (-1, 1)
    )
    mouth = ("h40v6h-40z", "q20 9 40 0v5q-20 9 -40 0z", "m6 0h28a14 12 0 0 1 -28 0z")[mood]
    return (
        f'{eyes}<path d="M{x - 20} {y + r * 0.5:g}{mouth}" fill="{paper}"/>'
        f'<path d="M{x} {y - 14}v{r * 0.42:g}h{side * 14}z" fill="{nose}"/>'
    )


@lru_cache(maxsize=2048)
def draw_cover(kind: str, slug: str) -> str:
    """The cover of a work as SVG text, 400 × 300. Raises `UnknownKind`."""
    try:
        compose = KINDS[kind]
    except KeyError:
        raise UnknownKind(kind) from None
    key = f"{kind}:{slug}"
    d = Draw(key)
    uid = hashlib.sha256(key.encode()).hexdigest()[:6]
    chosen = d.whole(0, len(INKS) - 1)
    paper, dark, light = INKS[chosen]
    flooded = d.fraction() < FLOOD_CHANCE
    if flooded:
        # The light ink floods the sheet, and another set's paper takes its place as the second ink.
        paper, light = light, INKS[(chosen + 5) % len(INKS)][0]
    meeting = dark if flooded else overprint(dark, light)
    composition = compose(d)
    a, b = "".join(composition.a), "".join(composition.b)
    dx, dy = d.pick(OUT_OF_REGISTER)
    shift = f'transform="translate({dx} {dy})"'
    definition = screen = features = ""
    if composition.screen:
        definition = _screen_definition(composition.screen, uid, light)
        screen = _screen(composition.screen, uid, d)
    if composition.face:
        features = _features(composition.face, paper, dark, paper if flooded else light)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">'
        f'<defs><clipPath id="c{uid}">{a}</clipPath>{definition}</defs>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{paper}"/>{screen}'
        f'<g fill="{light}" {shift}>{b}</g><g fill="{dark}">{a}</g>'
        f'<g clip-path="url(#c{uid})"><g fill="{meeting}" {shift}>{b}</g></g>'
        f"{features}</svg>"
    )
