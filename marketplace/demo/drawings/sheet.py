"""A sheet to draw on: SVG shapes and words in the colours of one course, on a ground of its own, so that it reads by day and night."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import Final, Literal

WIDTH: Final = 800
HEIGHT: Final = 450

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, kw_only=True)
class Palette:
    """`ink` is what one looks at, `soft` explains it, `line` guides, `mark` points; `other` is a second thing to look at."""

    ground: str
    ink: str
    soft: str
    line: str
    mark: str
    other: str


@dataclass
class Sheet:
    """`WIDTH` × `HEIGHT` units, the origin at the top left."""

    palette: Palette
    parts: list[str] = field(default_factory=list)

    def rect(self, x: float, y: float, width: float, height: float, fill: str, *, opacity: float = 1, edge: str = "") -> None:
        border = f' stroke="{edge}" stroke-width="2"' if edge else ""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" opacity="{opacity:.3f}"{border}/>'
        )

    def dot(self, x: float, y: float, radius: float, fill: str, *, opacity: float = 1) -> None:
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}" opacity="{opacity:.3f}"/>')

    def oval(self, x: float, y: float, across: float, up: float, fill: str, *, opacity: float = 1) -> None:
        self.parts.append(f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{across:.1f}" ry="{up:.1f}" fill="{fill}" opacity="{opacity:.3f}"/>')

    def ring(self, x: float, y: float, across: float, up: float, stroke: str, width: float) -> None:
        self.parts.append(
            f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{across:.1f}" ry="{up:.1f}" fill="none" stroke="{stroke}" stroke-width="{width:.1f}"/>'
        )

    def line(self, start: Point, end: Point, stroke: str, width: float = 2, *, dash: str = "") -> None:
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
            f' stroke="{stroke}" stroke-width="{width}"{dashes}/>'
        )

    def stroke(self, d: str, colour: str, width: float, *, dash: str = "", round_ends: bool = False) -> None:
        """A path without a filling."""
        more = (f' stroke-dasharray="{dash}"' if dash else "") + (' stroke-linecap="round" stroke-linejoin="round"' if round_ends else "")
        self.parts.append(f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width}"{more}/>')

    def shape(self, points: Iterable[Point], fill: str, *, opacity: float = 1, edge: str = "") -> None:
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        border = f' stroke="{edge}" stroke-width="2"' if edge else ""
        self.parts.append(f'<polygon points="{corners}" fill="{fill}" opacity="{opacity:.3f}"{border}/>')

    def words(
        self, x: float, y: float, text: str, *, size: float = 24, colour: str = "", anchor: Anchor = "start", mono: bool = False
    ) -> None:
        """`y` is the baseline. Italic for what explains, the fixed width for figures that stand in columns."""
        look = 'font-family="DejaVu Sans Mono"' if mono else 'font-family="Libertinus Serif" font-style="italic"'
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" {look} font-size="{size}" fill="{colour or self.palette.soft}" text-anchor="{anchor}">'
            f"{escape(text)}</text>"
        )

    def as_svg(self) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{self.palette.ground}"/>{"".join(self.parts)}</svg>'
        )


def polyline(points: Iterable[Point]) -> str:
    """The path through these points."""
    return "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
