"""Is that a real difference: ink dots on cool paper, what happens by chance in grey, what is meant in blue."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from marketplace.demo.drawings.sheet import Palette, Sheet, polyline

COOL: Final = Palette(ground="#e9edf1", ink="#1f2430", soft="#4f5867", line="#b4bdc9", mark="#2340c8", other="#b8431c")
_SEED: Final = 2026


def _axis(sheet: Sheet, y: float, ticks: Iterable[tuple[float, str]]) -> None:
    sheet.line((40, y), (760, y), sheet.palette.ink, 2)
    for x, label in ticks:
        sheet.line((x, y), (x, y + 8), sheet.palette.ink, 2)
        sheet.words(x, y + 32, label, size=22, anchor="middle")


def _hill(sheet: Sheet, values: Iterable[float], *, low: float, high: float, bins: int, base: float, tall: float) -> None:
    """Bars between x = 60 and x = 740."""
    width = (high - low) / bins
    heights = Counter(int((value - low) / width) for value in values if low <= value < high)
    most = max(heights.values())
    for place in range(bins):
        bar = heights[place] / most * tall
        sheet.rect(60 + place * 680 / bins + 1, base - bar, 680 / bins - 2, bar, sheet.palette.ink, opacity=0.75)


def _pin(sheet: Sheet, x: float, top: float, base: float, words: str, colour: str, *, end: bool = False) -> None:
    sheet.line((x, top), (x, base), colour, 3)
    sheet.words(x - 10 if end else x + 10, top + 20, words, colour=colour, anchor="end" if end else "start")


def strip() -> Sheet:
    sheet = Sheet(COOL)
    base = 320.0

    def place(minutes: float) -> float:
        return 70 + minutes / 60 * 660

    _axis(sheet, base, [(place(value), f"{value} min") for value in (0, 15, 30, 45, 60)])
    for number in range(9):
        sheet.dot(place(1), base - 14 - number * 22, 9, COOL.ink)
    sheet.dot(place(60), base - 14, 9, COOL.ink)
    _pin(sheet, place(6.9), 180, base, "the average, 6.9: nobody", COOL.other)
    sheet.words(place(1) + 20, 132, "nine people, a minute each", colour=COOL.ink)
    sheet.words(place(60) - 14, 278, "one person, an hour", anchor="end", colour=COOL.ink)
    return sheet


def tail() -> Sheet:
    sheet = Sheet(COOL)
    dice = random.Random(_SEED)  # noqa: S311 - a picture, no secret
    waits = [dice.lognormvariate(1.1, 0.8) for _ in range(6000)]
    _hill(sheet, waits, low=0, high=16, bins=48, base=340, tall=230)
    _axis(sheet, 340, [(60 + value / 16 * 680, f"{value} min") for value in (0, 4, 8, 12, 16)])
    _pin(sheet, 60 + 3.0 / 16 * 680, 60, 340, "median 3", COOL.mark)
    _pin(sheet, 60 + 4.1 / 16 * 680, 104, 340, "average 4", COOL.other)
    _pin(sheet, 60 + 11.1 / 16 * 680, 200, 340, "95% wait less", COOL.mark)
    return sheet


def root_n() -> Sheet:
    sheet = Sheet(COOL)
    dice = random.Random(_SEED + 1)  # noqa: S311

    def high(count: float) -> float:
        return 370 - (count - 320) * 2.0

    sheet.rect(40, high(440), 720, high(360) - high(440), COOL.mark, opacity=0.12)
    for count in (360, 400, 440):
        sheet.line((40, high(count)), (760, high(count)), COOL.mark if count == 400 else COOL.line, 2, dash="" if count == 400 else "6 6")
        sheet.words(48, high(count) - 8, str(count), size=22, colour=COOL.mark)
    points = [(116 + week * 12.3, high(dice.gauss(400, 20))) for week in range(52)]
    sheet.stroke(polyline(points), COOL.line, 2)
    for x, y in points:
        sheet.dot(x, y, 5.5, COOL.ink)
    sheet.words(400, 424, "52 Tuesdays on which nothing happened", anchor="middle")
    return sheet


def thousand() -> Sheet:
    sheet = Sheet(COOL)
    dice = random.Random(_SEED)  # noqa: S311
    days = [dice.gauss(400, 19.5) for _ in range(4000)]
    _hill(sheet, days, low=320, high=480, bins=40, base=340, tall=240)
    for edge in (360, 440):
        x = 60 + (edge - 320) / 160 * 680
        sheet.line((x, 70), (x, 340), COOL.mark, 3)
    sheet.rect(60, 70, 170, 270, COOL.mark, opacity=0.14)
    sheet.rect(570, 70, 170, 270, COOL.mark, opacity=0.14)
    sheet.words(400, 62, "nineteen days of twenty", anchor="middle", colour=COOL.ink)
    sheet.words(145, 106, "rare", anchor="middle", colour=COOL.mark)
    sheet.words(655, 106, "rare", anchor="middle", colour=COOL.mark)
    _axis(sheet, 340, [(60 + (value - 320) / 160 * 680, str(value)) for value in (320, 360, 400, 440, 480)])
    return sheet


def intervals() -> Sheet:
    sheet = Sheet(COOL)

    def share(per_cent: float) -> float:
        return 150 + (per_cent - 4) / 4 * 560

    def gap(points: float) -> float:
        return 150 + (points + 0.5) / 4 * 560

    def band(y: float, low: float, best: float, high: float, name: str, colour: str) -> None:
        sheet.line((low, y), (high, y), colour, 7)
        sheet.dot(best, y, 11, colour)
        sheet.words(40, y + 8, name, colour=COOL.ink)

    sheet.rect(share(5.5), 60, share(5.9) - share(5.5), 118, COOL.line, opacity=0.7)
    band(92, share(4.1), share(5), share(5.9), "old", COOL.ink)
    band(150, share(5.5), share(6.5), share(7.5), "new", COOL.ink)
    sheet.words(share(5.7), 46, "they overlap", anchor="middle")
    for value in (4, 5, 6, 7, 8):
        sheet.words(share(value), 212, f"{value}%", size=22, anchor="middle")
    sheet.line((40, 238), (760, 238), COOL.line, 2)
    band(320, gap(0.2), gap(1.5), gap(2.8), "difference", COOL.mark)
    sheet.line((gap(0), 264), (gap(0), 366), COOL.other, 3)
    sheet.words(gap(0) + 2, 258, "zero", anchor="middle", colour=COOL.other)
    for points in (0, 1, 2, 3):
        sheet.words(gap(points), 396, f"{points}", size=22, anchor="middle")
    sheet.words(740, 396, "points", size=22, anchor="end")
    return sheet


def shuffle() -> Sheet:
    sheet = Sheet(COOL)
    dice = random.Random(_SEED)  # noqa: S311
    gaps = [dice.gauss(0, 0.67) for _ in range(2000)]
    _hill(sheet, gaps, low=-3, high=3, bins=48, base=340, tall=240)

    def place(points: float) -> float:
        return 60 + (points + 3) / 6 * 680

    sheet.rect(place(1.5), 150, place(3) - place(1.5), 190, COOL.other, opacity=0.14)
    sheet.rect(place(-3), 150, place(-1.5) - place(-3), 190, COOL.other, opacity=0.14)
    _pin(sheet, place(1.5), 84, 340, "what we saw, 1.5", COOL.other)
    sheet.words(place(-1.6), 180, "as far out", anchor="end", colour=COOL.other)
    sheet.words(place(0), 60, "two thousand shuffles", anchor="middle", colour=COOL.ink)
    _axis(sheet, 340, [(place(value), f"{value}".replace("-", "−")) for value in (-3, -2, -1, 0, 1, 2, 3)])
    return sheet


def peeking() -> Sheet:
    sheet = Sheet(COOL)
    days = 28

    def place(day: float, score: float) -> tuple[float, float]:
        return 60 + day / days * 680, 220 - score * 70

    for limit in (1.96, -1.96):
        sheet.line(place(0, limit), place(days, limit), COOL.mark, 2, dash="8 6")
    sheet.line(place(0, 0), place(days, 0), COOL.line, 2)
    walk = [0.0, -0.7, -1.1, -0.4, 0.3, 0.9, 1.2, 1.7, 2.05, 2.3, 2.1, 1.6, 1.3, 1.5, 0.9, 0.5, 0.7, 0.2, -0.1, 0.3, 0.6, 0.2]
    walk += [-0.3, -0.1, 0.4, 0.2, -0.2, 0.1, 0.3]
    points = [place(day, score) for day, score in enumerate(walk)]
    sheet.stroke(polyline(points), COOL.ink, 4, round_ends=True)
    for day in (8, 9, 10):
        sheet.dot(*points[day], 9, COOL.other)
    sheet.words(points[9][0] + 22, points[9][1] - 2, "celebrated here", colour=COOL.other)
    sheet.words(740, place(0, 1.96)[1] - 12, "“significant”", anchor="end", colour=COOL.mark)
    sheet.words(740, place(0, -1.1)[1], "nothing against nothing", anchor="end")
    sheet.words(60, 424, "first day")
    sheet.words(740, 424, "day 28", anchor="end")
    return sheet


def simpson() -> Sheet:
    sheet = Sheet(COOL)

    def high(per_cent: float) -> float:
        return 350 - (per_cent - 60) * 7.2

    for per_cent in (60, 70, 80, 90):
        sheet.line((120, high(per_cent)), (760, high(per_cent)), COOL.line, 2)
        sheet.words(106, high(per_cent) + 8, f"{per_cent}%", size=22, anchor="end")
    for place, (name, a, b) in enumerate((("small stones", 93, 87), ("large stones", 73, 69), ("all", 78, 83))):
        x = 210 + place * 210
        for at, value, letter, colour in ((x - 46, a, "A", COOL.mark), (x + 46, b, "B", COOL.other)):
            sheet.rect(at - 34, high(value), 68, 350 - high(value), colour, opacity=0.92 if value == max(a, b) else 0.42)
            sheet.words(at, high(value) - 10, f"{letter} {value}", anchor="middle", colour=colour)
        sheet.words(x, 388, name, anchor="middle", colour=COOL.ink)
    return sheet


DRAWINGS: Final[dict[str, Callable[[], Sheet]]] = {
    "strip": strip,
    "tail": tail,
    "root-n": root_n,
    "thousand": thousand,
    "intervals": intervals,
    "shuffle": shuffle,
    "peeking": peeking,
    "simpson": simpson,
}
