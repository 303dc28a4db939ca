"""How far learners come, drawn on the server: geometry here, marks in the template. Units are those of the viewBox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import number_format

WIDTH, HEIGHT = 720, 280
LEFT, BASE, TOP = 48, 250, 16
_STEPS = (0, 25, 50, 75, 100)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One lesson or module. `number` stands below some of the bars, counted from 1."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    label: str
    number: str


@dataclass(frozen=True, kw_only=True)
class Gridline:
    y: float
    text_y: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    bars: list[Bar]
    grid: list[Gridline]
    line: str
    title: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    label_x: int = LEFT - 8
    tick_y: int = BASE + 18


def draw_reach(labels: Sequence[str], finished: Sequence[float], opened: Sequence[float], *, title: str) -> Chart:
    """A bar for those who finished each part and a line for those who opened it, both in per cent of all learners."""
    slot = (WIDTH - LEFT) / max(1, len(labels))
    every = max(1, round(len(labels) / 12))
    bars = []
    for at, (label, share) in enumerate(zip(labels, finished, strict=True)):
        height = round(_height(share), 1)
        x = LEFT + at * slot
        bars.append(
            Bar(
                x=round(x + slot * 0.13, 1),
                y=round(BASE - height, 1),
                width=round(slot * 0.74, 1),
                height=height,
                middle=round(x + slot / 2, 1),
                label=label,
                number=number_format(at + 1) if at % every == 0 else "",
            )
        )
    points = [f"{LEFT + (at + 0.5) * slot:.1f} {BASE - _height(share):.1f}" for at, share in enumerate(opened)]
    grid = [Gridline(y=round(BASE - _height(step), 1), text_y=round(BASE - _height(step) + 4, 1), label=f"{step}%") for step in _STEPS]
    return Chart(bars=bars, grid=grid, line="M" + "L".join(points) if len(points) > 1 else "", title=title)


def _height(share: float) -> float:
    return min(100.0, max(0.0, share)) / 100 * (BASE - TOP)
