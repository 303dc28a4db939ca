"""Letters that hold: strokes of one width on dark slate, guides in grey, what is meant in vermilion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PIL import Image, ImageDraw

from marketplace.demo.drawings.sheet import Palette, Sheet

SLATE: Final = Palette(ground="#1b1e26", ink="#efece3", soft="#a9aebb", line="#454b5a", mark="#f0764d", other="#8aa9ff")


def _n(sheet: Sheet, x: float, base: float, height: float, width: float, stem: float, *, colour: str = "") -> None:
    """An n whose left edge is at `x`; `width` reaches from edge to edge."""
    ink, half = colour or sheet.palette.ink, stem / 2
    left, right, top = x + half, x + width - half, base - height
    sheet.stroke(f"M{left} {base} V{top}", ink, stem)
    bend = (right - left) * 0.95
    sheet.stroke(
        f"M{left} {top + bend * 0.62} C{left + bend * 0.1} {top - height * 0.03} {right} {top - height * 0.12} {right} {top + bend * 0.78}"
        f" V{base}",
        ink,
        stem * 0.94,
    )


def _o(sheet: Sheet, x: float, base: float, height: float, width: float, stem: float, *, over: float = 0) -> None:
    sheet.ring(x + width / 2, base - height / 2, (width - stem) / 2, (height - stem * 0.94) / 2 + over, sheet.palette.ink, stem)


def _i(sheet: Sheet, x: float, base: float, height: float, stem: float) -> None:
    sheet.rect(x, base - height, stem, height, sheet.palette.ink)
    sheet.dot(x + stem / 2, base - height - stem * 1.35, stem * 0.62, sheet.palette.ink)


def _u(sheet: Sheet, x: float, base: float, height: float, width: float, stem: float) -> None:
    half = stem / 2
    left, right, top = x + half, x + width - half, base - height
    bend = (right - left) * 0.95
    sheet.stroke(f"M{right} {top} V{base}", sheet.palette.ink, stem)
    sheet.stroke(
        f"M{right} {base - bend * 0.62} C{right - bend * 0.1} {base + height * 0.03} {left} {base + height * 0.12}"
        f" {left} {base - bend * 0.78}"
        f" V{top}",
        sheet.palette.ink,
        stem * 0.94,
    )


def _e(sheet: Sheet, x: float, base: float, size: float, stem: float, *, is_open: bool) -> None:
    """A round e: open with a level cut, or closed with an end that curls up to the bar."""
    radius = (size - stem) / 2
    middle, across = base - size / 2, x + size / 2
    end = (across + radius * 0.97, middle + radius * 0.24) if is_open else (across + radius * 0.866, middle + radius * 0.5)
    sheet.stroke(f"M{across - radius} {middle} H{across + radius} A{radius} {radius} 0 1 0 {end[0]} {end[1]}", sheet.palette.ink, stem)
    if is_open:
        sheet.rect(across, middle + stem / 2, size / 2 + 2, radius * 0.62 - stem / 2, sheet.palette.ground)


def _coverage(shift: float) -> Image.Image:
    """An n of seven rows as a screen sees it, moved to the right by `shift` pixels: how much of each pixel is covered, 0 to 255."""
    fine = 40
    big = Image.new("L", (8 * fine, 8 * fine))
    pen = ImageDraw.Draw(big)
    left, stem, top, base, right = (1 + shift) * fine, 1.1 * fine, 1 * fine, 8 * fine, (7.1 + shift) * fine
    pen.rectangle((left, top, left + stem, base), fill=255)
    pen.rectangle((right - stem, top + 2.5 * fine, right, base), fill=255)
    pen.arc((left + stem * 0.3, top, right, top + 5.2 * fine), 180, 360, fill=255, width=int(stem))
    return big.resize((8, 8), Image.Resampling.BOX)


def pixel_n() -> Sheet:
    sheet = Sheet(SLATE)
    side = 27
    for place, shift in enumerate((0.0, 1 / 3, 2 / 3)):
        x, y = 46 + place * 250, 86
        seen = _coverage(shift)
        for row in range(8):
            for column in range(8):
                sheet.rect(x + column * side, y + row * side, side, side, SLATE.ground, edge=SLATE.line)
                value = seen.getpixel((column, row))
                if isinstance(value, int) and value > 6:
                    sheet.rect(x + column * side + 1, y + row * side + 1, side - 2, side - 2, SLATE.ink, opacity=value / 255)
        sheet.words(x + 4 * side, 352, ("on the grid", "a third of a pixel", "two thirds")[place], anchor="middle", colour=SLATE.ink)
        sheet.words(x + 4 * side, 384, ("sharp", "further right: grey", "further right: grey")[place], anchor="middle")
    return sheet


def minimum() -> Sheet:
    sheet = Sheet(SLATE)
    stem, gap, base, height = 19.0, 34.0, 268.0, 124.0
    step = stem + gap
    stems: list[float] = []
    x = 26.0
    for letter in "minimum":
        first = x
        if letter == "i":
            _i(sheet, x, base, height, stem)
            x += step * 0.94
        elif letter == "u":
            _u(sheet, x, base, height, step + stem, stem)
            x += 2 * step * 0.97
        else:
            _n(sheet, x, base, height, step + stem, stem)
            if letter == "m":
                _n(sheet, x + step, base, height, step + stem, stem)
            x += (3 if letter == "m" else 2) * step * 0.97
        stems += [first + n * step + stem / 2 for n in range({"m": 3, "n": 2, "u": 2, "i": 1}[letter])]
    for number, at in enumerate(stems, 1):
        sheet.line((at, base + 14), (at, base + 40), SLATE.mark, 2.5)
        sheet.words(at, base + 68, str(number), size=21, anchor="middle", colour=SLATE.mark)
    sheet.words(400, 402, "fifteen stems, and the white between them is one rhythm", anchor="middle")
    return sheet


def anatomy() -> Sheet:
    sheet = Sheet(SLATE)
    base, height, stem = 356.0, 270.0, 46.0
    for y, name in ((base, "baseline"), (base - height, "x-height")):
        sheet.line((30, y), (770, y), SLATE.line, 2)
        sheet.words(34, y - 10, name)
    _n(sheet, 270, base, height, 232, stem)
    sheet.rect(316, 210, 140, 146, SLATE.other, opacity=0.16)
    sheet.words(386, 300, "counter", anchor="middle", colour=SLATE.other)
    sheet.words(386, 328, "270", anchor="middle", colour=SLATE.other)
    sheet.line((270, 384), (316, 384), SLATE.mark, 4)
    sheet.words(293, 418, "stem, 84", anchor="middle", colour=SLATE.mark)
    sheet.line((336, 170), (226, 196), SLATE.mark, 2)
    sheet.words(220, 190, "leaves below the top,", anchor="end", colour=SLATE.mark)
    sheet.words(220, 218, "and thin", anchor="end", colour=SLATE.mark)
    sheet.line((452, 112), (548, 140), SLATE.mark, 2)
    sheet.words(556, 150, "shoulder, 12 above", colour=SLATE.mark)
    sheet.words(556, 178, "the line", colour=SLATE.mark)
    return sheet


def counter() -> Sheet:
    sheet = Sheet(SLATE)
    for x, is_open, name, mark in ((96.0, False, "closed: one pixel", SLATE.soft), (468.0, True, "open: two pixels", SLATE.mark)):
        _e(sheet, x, 330, 240, 40, is_open=is_open)
        sheet.words(x + 120, 392, name, anchor="middle", colour=mark)
    sheet.line((304, 231), (304, 252), SLATE.mark, 6)
    sheet.line((676, 231), (676, 271), SLATE.mark, 6)
    return sheet


def overshoot() -> Sheet:
    sheet = Sheet(SLATE)
    base, height, stem = 336.0, 220.0, 52.0
    for y, name in ((base, "baseline"), (base - height, "x-height")):
        sheet.line((30, y), (770, y), SLATE.line, 2)
        sheet.words(34, y - 10, name)
    _o(sheet, 196, base, height, 232, stem, over=7)
    sheet.rect(482, base - height, stem, height, SLATE.ink)
    sheet.stroke(f"M508 {base - height + 108} C512 {base - height + 40} 548 {base - height + 25} 606 {base - height + 26}", SLATE.ink, stem)
    for y, name, beneath in ((base - height - 8, "+2%", -12), (base + 8, "−2%", 32)):
        sheet.line((236, y), (400, y), SLATE.mark, 3)
        sheet.words(414, y + beneath, name, size=27, colour=SLATE.mark)
    sheet.words(400, 412, "the o cheats; the flat foot of the r does not have to", anchor="middle")
    return sheet


def rhythm() -> Sheet:
    sheet = Sheet(SLATE)
    base, height, stem, wide, gap = 280.0, 128.0, 20.0, 98.0, 26.0
    for place, letter in enumerate("nonono"):
        x = 42 + place * (wide + gap)
        before, after = (x - gap, x) if letter == "n" else (x - gap, x + wide / 2)
        if place:
            start = before - wide / 2 if letter == "n" else before
            sheet.rect(start, base - height, after - start, height, SLATE.mark, opacity=0.42)
    for place, letter in enumerate("nonono"):
        x = 42 + place * (wide + gap)
        if letter == "n":
            sheet.rect(x, base - height, wide, height, SLATE.ground)
            sheet.rect(x + stem, base - height + 22, wide - 2 * stem, height - 22, SLATE.other, opacity=0.3)
            _n(sheet, x, base, height, wide, stem)
        else:
            sheet.oval(x + wide / 2, base - height / 2, wide / 2, height / 2, SLATE.ground)
            sheet.oval(x + wide / 2, base - height / 2, wide / 2 - stem / 2, height / 2 - stem / 2, SLATE.other, opacity=0.3)
            _o(sheet, x, base, height, wide, stem, over=3)
    sheet.words(212, 342, "white inside", colour=SLATE.other)
    sheet.words(420, 342, "white between", colour=SLATE.mark)
    sheet.words(400, 392, "compare the sand, not the distance", anchor="middle")
    return sheet


def numerals() -> Sheet:
    sheet = Sheet(SLATE)
    for row, amount in enumerate(("1,111.10", "8,460.98", "7,171.17")):
        y = 150 + row * 76
        for place, character in enumerate(amount):
            sheet.words(70 + place * 34, y, character, size=54, mono=True, colour=SLATE.ink)
        x = 470.0
        for character in amount:
            width = {"1": 19.0, ",": 15.0, ".": 15.0, "7": 30.0}.get(character, 35.0)
            sheet.words(x + width / 2, y, character, size=54, mono=True, colour=SLATE.ink, anchor="middle")
            x += width
    for top, bottom in ((64, 92), (326, 346)):
        sheet.line((70 + 5.5 * 34 - 1, top), (70 + 5.5 * 34 - 1, bottom), SLATE.mark, 4)
    sheet.words(206, 386, "equally wide: the points meet", anchor="middle", colour=SLATE.mark)
    sheet.words(596, 386, "each as it needs: they do not", anchor="middle")
    return sheet


def metrics() -> Sheet:
    sheet = Sheet(SLATE)
    em, base = 0.24, 280.0
    for units, name in ((960, "ascender 960"), (720, "capitals 720"), (538, "x-height 538"), (0, "baseline 0"), (-240, "descender −240")):
        y = base - units * em
        sheet.line((30, y), (770, y), SLATE.mark if units in (960, -240) else SLATE.line, 2)
        sheet.words(36, y - 8, name, size=22, colour=SLATE.mark if units in (960, -240) else SLATE.soft)
    height, stem = 538 * em, 22.0
    sheet.rect(240, base - 720 * em, stem, 720 * em, SLATE.ink)
    sheet.stroke(f"M251 {base - 720 * em + 11} H370", SLATE.ink, stem)
    sheet.stroke(f"M251 {base - 360 * em} H350", SLATE.ink, stem)
    _o(sheet, 376, base, height, 126, stem, over=2)
    sheet.rect(520, base - height, stem, height + 200 * em, SLATE.ink)
    _o(sheet, 520, base, height, 124, stem, over=2)
    middle = base - 360 * em
    sheet.line((216, middle), (770, middle), SLATE.other, 2, dash="6 6")
    sheet.words(766, middle - 8, "middle 360", size=22, anchor="end", colour=SLATE.other)
    sheet.words(400, 412, "ascender and descender around the middle of the capitals", anchor="middle")
    return sheet


DRAWINGS: Final[dict[str, Callable[[], Sheet]]] = {
    "pixel-n": pixel_n,
    "minimum": minimum,
    "anatomy": anatomy,
    "counter": counter,
    "overshoot": overshoot,
    "rhythm": rhythm,
    "numerals": numerals,
    "metrics": metrics,
}
