"""A book by hand: paper, thread and board on buff; the thread, and what is measured, in madder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from marketplace.demo.drawings.sheet import Palette, Point, Sheet

BUFF: Final = Palette(ground="#eadfca", ink="#2b2118", soft="#64523d", line="#bfab89", mark="#a23420", other="#255c62")
_PAPER: Final = "#fbf7ee"


def _measure(sheet: Sheet, start: Point, end: Point, words: str, *, at: Point) -> None:
    """A line between two ticks, with what it measures beside it."""
    sheet.line(start, end, BUFF.mark, 2)
    upright = start[0] == end[0]
    for x, y in (start, end):
        sheet.line((x - 7, y) if upright else (x, y - 7), (x + 7, y) if upright else (x, y + 7), BUFF.mark, 2)
    sheet.words(*at, words, colour=BUFF.mark, anchor="middle")


def grain() -> Sheet:
    sheet = Sheet(BUFF)
    for x, along in ((70.0, True), (440.0, False)):
        sheet.rect(x, 60, 290, 250, _PAPER, edge=BUFF.ink)
        for n in range(13):
            for m in range(4):
                if along:
                    start = (x + 14 + n * 22, 74 + m * 58 + (n % 3) * 8)
                    sheet.line(start, (start[0] + 2, min(start[1] + 44, 302)), BUFF.line, 3)
                else:
                    start = (x + 12 + m * 68 + (n % 3) * 8, 74 + n * 19)
                    sheet.line(start, (min(start[0] + 52, x + 280), start[1] + 2), BUFF.line, 3)
        fold = "M" + " L".join(f"{x + 145 + (0 if along else (-5 if step % 2 else 5)):.0f} {60 + step * 12.5:.1f}" for step in range(21))
        sheet.stroke(fold, BUFF.mark if along else BUFF.ink, 4)
        sheet.words(x + 145, 356, "along the grain: it folds" if along else "against it: it breaks", anchor="middle", colour=BUFF.ink)
    sheet.words(400, 410, "the grain runs parallel to the spine", anchor="middle")
    return sheet


def creep() -> Sheet:
    sheet = Sheet(BUFF)
    for n in range(4):
        top, bottom, bend = 120 + n * 26, 330 - n * 26, 105 - n * 26
        front = 560 + n * 22
        sheet.stroke(f"M{front} {top} H{120 + bend} A{bend} {bend} 0 0 0 {120 + bend} {bottom} H{front}", BUFF.ink, 14)
        sheet.stroke(f"M{front} {top} H{120 + bend} A{bend} {bend} 0 0 0 {120 + bend} {bottom} H{front}", _PAPER, 10)
    sheet.line((560, 70), (560, 380), BUFF.mark, 2, dash="7 6")
    sheet.line((626, 70), (626, 380), BUFF.mark, 2, dash="7 6")
    _measure(sheet, (560, 84), (626, 84), "3 t", at=(593, 70))
    sheet.words(60, 232, "fold", anchor="middle")
    sheet.words(700, 232, "front", anchor="middle")
    sheet.words(400, 424, "four sheets: the innermost stands out by three thicknesses", anchor="middle")
    return sheet


def tools() -> Sheet:
    sheet = Sheet(BUFF)
    names = ("folder", "needle", "awl", "knife", "rule", "brush")
    for place, name in enumerate(names):
        sheet.words(110 + place * 118, 404, name, anchor="middle", colour=BUFF.ink)
    sheet.stroke("M110 70 C136 90 134 320 118 352 C112 362 106 362 102 352 C86 320 84 90 110 70 Z", BUFF.ink, 4)
    sheet.line((228, 80), (228, 350), BUFF.ink, 5)
    sheet.ring(228, 96, 6, 16, BUFF.ink, 4)
    sheet.stroke("M228 86 C270 60 280 150 250 190 S 236 300 262 344", BUFF.mark, 3)
    sheet.shape([(346, 74), (340, 210), (352, 210)], BUFF.soft)
    sheet.rect(330, 210, 32, 140, _PAPER, edge=BUFF.ink)
    sheet.shape([(446, 70), (482, 118), (482, 170), (446, 170)], _PAPER, edge=BUFF.ink)
    for n in range(3):
        sheet.line((446, 150 - n * 26), (482, 132 - n * 26 + 12), BUFF.line, 2)
    sheet.rect(440, 170, 48, 180, BUFF.other)
    sheet.rect(560, 66, 44, 286, _PAPER, edge=BUFF.ink)
    for n in range(28):
        sheet.line((560, 72 + n * 10), (560 + (22 if n % 5 == 0 else 12), 72 + n * 10), BUFF.ink, 2)
    sheet.rect(692, 66, 20, 176, BUFF.soft)
    sheet.rect(682, 242, 40, 34, BUFF.line)
    for n in range(9):
        sheet.line((684 + n * 4.5, 276), (680 + n * 5.5, 350), BUFF.ink, 3)
    return sheet


def three_holes() -> Sheet:
    sheet = Sheet(BUFF)
    sheet.shape([(400, 40), (90, 70), (90, 400), (400, 370)], _PAPER, edge=BUFF.ink)
    sheet.shape([(400, 40), (710, 70), (710, 400), (400, 370)], _PAPER, edge=BUFF.ink)
    sheet.line((400, 40), (400, 370), BUFF.ink, 3)
    head, middle, tail = 95.0, 205.0, 315.0
    sheet.line((400, head), (400, tail), BUFF.mark, 6)
    sheet.stroke(f"M400 {middle} C350 {middle - 30} 340 {middle + 40} 296 {middle + 10}", BUFF.mark, 4, round_ends=True)
    sheet.stroke(f"M400 {middle} C450 {middle - 30} 460 {middle + 40} 504 {middle + 10}", BUFF.mark, 4, round_ends=True)
    sheet.dot(400, middle, 13, BUFF.mark)
    for y, words in ((head, "2 in, from outside"), (middle, "1 out, 4 in: the knot"), (tail, "3 out, past the middle")):
        sheet.dot(400, y, 7, BUFF.ink)
        sheet.words(424, y - 16, words, colour=BUFF.ink)
    sheet.words(400, 434, "the long stitch runs inside, between both ends", anchor="middle")
    return sheet


def imposition() -> Sheet:
    sheet = Sheet(BUFF)
    for x, name, left, right in ((60.0, "outside", "16", "1"), (430.0, "inside", "2", "15")):
        sheet.rect(x, 84, 310, 220, _PAPER, edge=BUFF.ink)
        sheet.line((x + 155, 84), (x + 155, 304), BUFF.line, 3, dash="8 6")
        for at, number in ((x + 78, left), (x + 232, right)):
            for n in range(5):
                sheet.line((at - 48, 122 + n * 18), (at + (48 if n < 4 else 10), 122 + n * 18), BUFF.line, 4)
            sheet.words(at, 276, number, size=46, anchor="middle", colour=BUFF.ink)
        sheet.words(x + 155, 346, f"{name}: {left} + {right} = 17", anchor="middle", colour=BUFF.mark)
    sheet.words(400, 406, "sixteen pages in a gathering: each pair adds up to seventeen", anchor="middle")
    return sheet


def kettle() -> Sheet:
    sheet = Sheet(BUFF)
    left, right, stations = 130.0, 690.0, (250.0, 410.0, 570.0)
    levels = [340 - n * 52 for n in range(6)]
    for number, y in enumerate(levels, 1):
        sheet.rect(70, y - 20, 680, 40, _PAPER, edge=BUFF.ink)
        sheet.words(38, y + 8, str(number), anchor="middle", colour=BUFF.ink)
    for number, y in enumerate(levels):
        for one, other in ((left, stations[0]), (stations[1] - 60, stations[1] + 60), (stations[2], right)):
            sheet.line((one, y), (other, y), BUFF.mark, 5)
        for x in (left, *stations, right):
            sheet.dot(x, y, 5, BUFF.ink)
        if number:
            x = left if number % 2 else right
            turn = -26 if x == left else 26
            sheet.stroke(f"M{x} {levels[number - 1]} C{x + turn} {levels[number - 1] - 14} {x + turn} {y + 14} {x} {y}", BUFF.mark, 5)
        if number > 1:
            x = right if number % 2 else left
            sheet.ring(x, y + 26, 9, 15, BUFF.mark, 4)
    sheet.words(left, 410, "kettle", anchor="middle", colour=BUFF.mark)
    sheet.words(right, 410, "kettle", anchor="middle", colour=BUFF.mark)
    sheet.words(410, 410, "three stations between", anchor="middle")
    return sheet


def case() -> Sheet:
    sheet = Sheet(BUFF)
    sheet.rect(70, 70, 660, 250, BUFF.other)
    sheet.rect(110, 104, 250, 182, BUFF.line, edge=BUFF.ink)
    sheet.rect(440, 104, 250, 182, BUFF.line, edge=BUFF.ink)
    sheet.rect(384, 104, 32, 182, BUFF.line, edge=BUFF.ink)
    _measure(sheet, (110, 352), (360, 352), "board, W − 4", at=(235, 386))
    _measure(sheet, (384, 352), (416, 352), "D + 2t", at=(400, 420))
    _measure(sheet, (416, 352), (440, 352), "joint, t + 6", at=(520, 386))
    _measure(sheet, (52, 104), (52, 286), "", at=(0, 0))
    sheet.words(64, 54, "H + 6", colour=BUFF.mark, anchor="middle")
    _measure(sheet, (690, 56), (730, 56), "15", at=(710, 42))
    sheet.words(235, 202, "board", anchor="middle", colour=BUFF.ink)
    sheet.words(565, 202, "board", anchor="middle", colour=BUFF.ink)
    return sheet


def corner() -> Sheet:
    sheet = Sheet(BUFF)
    for place, x in enumerate((56.0, 312.0, 568.0)):
        sheet.rect(x + 50, 130, 130, 190, BUFF.line, edge=BUFF.ink)
        if place == 0:
            sheet.shape(
                [(x, 320), (x, 150), (x + 70, 80), (x + 180, 80), (x + 180, 130), (x + 50, 130), (x + 50, 320)], BUFF.other, opacity=0.9
            )
            sheet.line((x - 8, 158), (x + 78, 72), BUFF.mark, 3)
            sheet.words(x + 92, 66, "45°", colour=BUFF.mark, anchor="start")
        elif place == 1:
            sheet.shape([(x, 320), (x, 150), (x + 46, 104), (x + 50, 130), (x + 50, 320)], BUFF.other, opacity=0.9)
            sheet.shape([(x + 50, 130), (x + 180, 130), (x + 180, 180), (x + 70, 180)], BUFF.other, opacity=0.9)
        else:
            sheet.shape([(x + 50, 130), (x + 180, 130), (x + 180, 180), (x + 100, 180)], BUFF.other, opacity=0.9)
            sheet.shape([(x + 50, 130), (x + 50, 320), (x + 100, 320), (x + 100, 180)], BUFF.other, opacity=0.72)
        words = ("cut, 1.5 t away", "the head, then pinch", "then the side")[place]
        sheet.words(x + 108, 366, words, anchor="middle", colour=BUFF.ink)
    return sheet


DRAWINGS: Final[dict[str, Callable[[], Sheet]]] = {
    "grain": grain,
    "creep": creep,
    "tools": tools,
    "three-holes": three_holes,
    "imposition": imposition,
    "kettle": kettle,
    "case": case,
    "corner": corner,
}
