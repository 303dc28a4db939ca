"""Bar charts drawn on the server: geometry here, marks in the template. Units are those of the viewBox."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format

WIDTH, HEIGHT = 720, 320
LEFT, BASE, TOP = 56, 290, 16


@dataclass(frozen=True, kw_only=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    label: str
    is_today: bool


@dataclass(frozen=True, kw_only=True)
class Gridline:
    y: float
    text_y: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    bars: list[Bar]
    grid: list[Gridline]
    ticks: list[Tick]
    comparison: str
    title: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    label_x: int = LEFT - 8
    base: int = BASE


def round_up(value: int, steps: int) -> int:
    """The smallest comfortable top of an axis that is at least `value` and divides into `steps` whole parts of 1, 2, 2.5 or 5 × 10^n."""
    if value <= steps:
        return steps
    part = value / steps
    magnitude = 10 ** math.floor(math.log10(part))
    for factor in (1, 2, 2.5, 5, 10):
        step = factor * magnitude
        if step * steps >= value and float(step).is_integer():
            return int(step) * steps
    return int(10 * magnitude) * steps


def _y(top: int, n: int, steps: int, scale: float) -> float:
    return round(BASE - top * n / steps * scale, 1)


def draw_bars(
    dates: Sequence[date],
    values: Sequence[int],
    before: Sequence[int],
    *,
    what: str,
    show: Callable[[int], str],
    today: date,
    steps: int = 4,
) -> Chart:
    """One bar a day, and the stretch before as a line.

    `values` and `before` are whole numbers of one unit and as long as `dates`; `show` turns one into words. Negative days (more
    refunded than sold) are drawn as nothing and told in the table.
    """
    top = round_up(max([0, *values, *before]), steps)
    scale = (BASE - TOP) / top
    slot = (WIDTH - LEFT) / max(1, len(dates))
    bars = [
        Bar(
            x=round(LEFT + i * slot + slot * 0.13, 1),
            y=round(BASE - max(0, value) * scale, 1),
            width=round(slot * 0.74, 1),
            height=round(max(0, value) * scale, 1),
            label=f"{date_format(day, 'j M')}: {show(value)}",
            is_today=day == today,
        )
        for i, (day, value) in enumerate(zip(dates, values, strict=True))
    ]
    points = [f"{LEFT + (i + 0.5) * slot:.1f} {BASE - max(0, value) * scale:.1f}" for i, value in enumerate(before)]
    every = max(1, round(len(dates) / 5))
    best = max(range(len(values)), key=lambda i: values[i]) if values else 0
    span = f"{date_format(dates[0], 'j F')} – {date_format(dates[-1], 'j F')}"
    peak = f"; {date_format(dates[best], 'j F')}: {show(values[best])}" if values and values[best] > 0 else ""
    return Chart(
        bars=bars,
        grid=[
            Gridline(y=_y(top, n, steps, scale), text_y=_y(top, n, steps, scale) + 4, label=show(top * n // steps)) for n in range(steps)
        ],
        ticks=[Tick(x=bars[i].x + bars[i].width / 2, label=date_format(dates[i], "j M")) for i in range(0, len(dates), every)],
        comparison="M" + "L".join(points) if any(before) else "",
        title=f"{what}, {span}{peak}",
    )
