"""Files beside the lessons of the demo courses: sheets to print, data to practise on. Made at seeding, the same each time."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import cache, partial
from typing import Any, Final

from kit.pdf import typeset

_SEED: Final = 2026
LETTERS, NUMBERS, BOOK = (
    ("Letters that hold", "Marta Kowalczyk"),
    ("Is that a real difference?", "Idris Bello"),
    ("A book by hand", "Ada Lindqvist"),
)


@cache
def make_file(name: str) -> bytes:
    """The file that a lesson names. Raises KeyError for one that nobody makes."""
    return _FILES[name]()


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue().encode()


def _sheet(of: tuple[str, str], kind: str, title: str, note: str, **more: Any) -> bytes:
    course, author = of
    return typeset("worksheet.typ", {"kind": kind, "title": title, "note": note, "course": course, "author": author, **more})


def _row(label: str, note: str = "", columns: int = 1) -> dict[str, Any]:
    return {"label": label, "help": note, "columns": columns}


def _minimum() -> bytes:
    """A first attempt at the word with the mistake that everybody makes: the gaps between letters are as narrow as a stem."""
    parts = {
        "m": ["220220", "202020", "202020", "202020", "202020", "202020", "202020"],
        "i": ["2", "2", "2", "2", "2", "2", "2"],
        "n": ["2210", "2002", "2002", "2002", "2002", "2002", "2002"],
        "u": ["2002", "2002", "2002", "2002", "2002", "2002", "1222"],
    }
    rows = [[digit for letter in "minimum" for digit in [*parts[letter][row], "0"]] for row in range(7)]
    return _table([f"c{n}" for n in range(1, len(rows[0]) + 1)], rows)


_WORDS: Final = {
    "straight beside straight": "hill lid nil inn hind dill hid lind",
    "straight beside round": "nod hole loin dole iodine online load node",
    "round beside round": "loose noose odd deed needed dodo eroded lo",
    "arms and open sides": "river error trait tread stare ratio order their",
    "diagonals": "vein oval love invade lava save vivid advise",
}


def _spacing_words() -> bytes:
    lines = ["Forty words of the twelve letters, by what they test. Set them at 13, 16 and 26 pixels.", ""]
    for test, words in _WORDS.items():
        lines += [test.capitalize(), *(f"  {word}" for word in words.split()), ""]
    return "\n".join(lines).encode()


def _price_list() -> bytes:
    dice = random.Random(_SEED)  # noqa: S311 - data to practise on, no secret
    names = ["Cards", "Letterheads", "Envelopes", "Posters", "Labels", "Tickets", "Menus", "Notebooks"]
    names += ["Bookmarks", "Folders", "Calendars", "Leaflets"]
    rows = []
    for name in names:
        for copies in (100, 1000):
            each = round(dice.uniform(0.07, 1.9) * (1 if copies == 100 else 0.6), 3)
            discount = -round(each * copies * dice.choice([0, 0.05, 0.1]), 2)
            rows.append([name, copies, f"{each:.3f}", f"{discount:.2f}", f"{each * copies + discount:.2f}", f"{dice.randrange(3, 19)} %"])
    return _table(["item", "copies", "each_eur", "discount_eur", "sum_eur", "waste"], rows)


def _orders() -> bytes:
    """Four hundred orders of a canteen on fifteen working days; one row is one order that was handed over."""
    dice = random.Random(_SEED)  # noqa: S311
    days = [date(2026, 3, 2) + timedelta(days=n) for n in range(19) if n % 7 < 5]
    rows = []
    for day in days:
        for _ in range(27 if day.weekday() != 4 else 26):
            hour = dice.choices(range(8, 17), weights=[2, 2, 2, 5, 9, 7, 3, 2, 1])[0]
            rush = {11: 1.1, 12: 1.75, 13: 1.35}.get(hour, 0.8)
            wait = min(44.0, max(0.4, dice.lognormvariate(0.95, 0.72) * rush))
            rows.append([day, hour, f"{wait:.1f}", dice.choices([1, 2, 3, 4], weights=[6, 3, 2, 1])[0]])
    rows = sorted(rows, key=lambda row: (row[0], row[1]))[:400]
    paid = [dice.choices(["card", "cash"], weights=[4, 1])[0] for _row in rows]
    head = ["order", "day", "hour", "waited_minutes", "items", "paid_by"]
    return _table(head, ([n, *row, how] for n, (row, how) in enumerate(zip(rows, paid, strict=True), 1)))


def _checkout() -> bytes:
    """4,800 visitors, sent left or right by a coin: 120 of 2,400 bought with the old checkout, 156 with the new one."""
    dice = random.Random(_SEED)  # noqa: S311
    visitors = [("old", n < 120) for n in range(2400)] + [("new", n < 156) for n in range(2400)]
    dice.shuffle(visitors)
    amounts = [round(dice.lognormvariate(3.3, 0.6), 2) if bought else 0.0 for _which, bought in visitors]
    buyers_of_new = [n for n, (which, bought) in enumerate(visitors) if which == "new" and bought]
    amounts[buyers_of_new[90]] = 1840.0
    return _table(
        ["visitor", "checkout", "bought", "amount"],
        ([n, which, int(bought), f"{amounts[n - 1]:.2f}"] for n, (which, bought) in enumerate(visitors, 1)),
    )


def _shopping() -> bytes:
    rows = [
        ("bone folder", "9.50", "0 (a spoon)", "11.00, teflon"),
        ("awl", "6.00", "1.20 (needle and cork)", "6.00"),
        ("needles, blunt, 5", "3.40", "1.00", "3.40"),
        ("linen thread 18/3, 50 m", "7.80", "2.50 (buttonhole thread)", "7.80"),
        ("beeswax", "2.00", "2.00", "2.00"),
        ("knife and 10 blades", "12.50", "6.00", "18.00"),
        ("steel rule, 30 cm", "7.00", "4.50", "14.00, with a rubber back"),
        ("cutting mat A3", "11.00", "0 (grey board)", "11.00"),
        ("flat brush, 25 mm", "5.60", "5.60", "9.00"),
        ("wheat starch 500 g, PVA 250 ml", "8.20", "6.00", "8.20"),
        ("two boards, four bricks", "0", "0", "0"),
    ]
    return _table(["tool", "what I paid, GBP", "cheapest that works, GBP", "what I would buy today, GBP"], rows)


def _imposition() -> bytes:
    rows = []
    for gathering in range(12):
        first, last = gathering * 16 + 1, gathering * 16 + 16
        rows += [
            (gathering + 1, sheet + 1, last - 2 * sheet, first + 2 * sheet, first + 2 * sheet + 1, last - 2 * sheet - 1)
            for sheet in range(4)
        ]
    return _table(["gathering", "sheet", "outside left", "outside right", "inside left", "inside right"], rows)


def _case_measures() -> bytes:
    rows = []
    for name, height, width in (("A6", 148, 105), ("B6", 176, 125), ("A5", 210, 148), ("B5", 250, 176), ("A4", 297, 210)):
        for thick in range(6, 30, 2):
            board = 2.0 if height <= 210 else 2.5
            joint, spine = board + 6, thick + 2 * board
            cloth = 2 * (width - 4) + 2 * joint + spine + 30
            rows.append((name, height, width, thick, board, height + 6, width - 4, spine, joint, height + 36, cloth))
    head = ["block", "H", "W", "D", "t", "board height", "board width", "spine width", "joint", "cloth height", "cloth width"]
    return _table([f"{name} (mm)" if n else name for n, name in enumerate(head)], rows)


def _cost() -> bytes:
    rows: list[tuple[str, str, object]] = [
        ("material", "text paper, 24 sheets", 1.44),
        ("material", "endpapers, 2 sheets", 0.50),
        ("material", "board, 0.07 m2", 0.62),
        ("material", "cloth, 0.09 m2", 1.35),
        ("material", "thread, mull, headband, glue", 0.40),
    ]
    for step, alone, batch in (
        ("folding, pricking", 22, 12),
        ("sewing", 45, 32),
        ("gluing, lining", 20, 7),
        ("cutting, covering", 40, 18),
        ("casing in", 15, 8),
    ):
        rows += [("minutes, one alone", step, alone), ("minutes each, batch of ten", step, batch)]
    rows += [("rate", "an hour, GBP", 18), ("rate", "for what goes wrong, per cent", 15), ("rate", "a shop keeps, per cent", 37)]
    return _table(["group", "what", "value"], rows)


_HOLES: Final = [
    {"name": "A6, three holes", "height": 148, "holes": [25, 74, 123]},
    {"name": "A5, three holes", "height": 210, "holes": [35, 105, 175]},
    {"name": "A5, five, for a block", "height": 210, "holes": [13, 60, 105, 150, 197]},
    {"name": "21 × 21 cm, five", "height": 210, "holes": [18, 61, 105, 149, 192]},
]

_FILES: Final[dict[str, Callable[[], bytes]]] = {
    "pixel-grid.pdf": partial(
        _sheet, LETTERS, "pixels", "Seven rows", "Fifteen fields. The blue lines are the x-height and the baseline; print at 100%."
    ),
    "minimum-pixels.csv": _minimum,
    "spacing-words.txt": _spacing_words,
    "price-list.csv": _price_list,
    "three-screens.pdf": partial(
        _sheet,
        LETTERS,
        "form",
        "Three bad screens",
        "A column for each screen. Facts first, opinions later.",
        rows=[
            _row("Which screen", "make, or what it is built into", 3),
            _row("Pixels, and how large", "1920 × 1080 on 24 inches", 3),
            _row("Distance and light", "60 cm, window on the left", 3),
            _row("Do dots melt into stems?", "at which size", 3),
            _row("Is there an e or an a whose hole is grey?", "", 3),
            _row("Which two letters can be taken for one another?", "", 3),
            _row("Does a word fall apart, or clump?", "write the word", 3),
            _row("White on black: how much bolder?", "a little, a step, two steps", 3),
            _row("The thing I shall change is", "one thing"),
        ],
    ),
    "orders.csv": _orders,
    "checkout.csv": _checkout,
    "how-many.pdf": partial(
        _sheet,
        NUMBERS,
        "form",
        "How many do we need?",
        "To fill in before a test starts, and to sign.",
        rows=[
            _row("The one question", "in one sentence, with a date"),
            _row("The share today, p", "5% is 0.05"),
            _row("The smallest difference for which we would do it, d", "a point is 0.01; ask who decides"),
            _row("16 · p · (1 − p) / d²", "so many in each group"),
            _row("Days until we have them", "divide by how many come in a day, for both groups"),
            _row("What we do at half the difference, and at twice", "if it is the same, do not test"),
            _row("The day on which we look", "once"),
            _row("Signed", "", 2),
        ],
    ),
    "shopping-list.csv": _shopping,
    "one-sheet-book.pdf": partial(
        _sheet, BOOK, "fold", "A book of one sheet", "Eight pages. Print on short grain paper, and fold as the lesson says."
    ),
    "hole-templates.pdf": partial(
        _sheet,
        BOOK,
        "strips",
        "Templates for holes",
        "Print at 100%, cut out, fold lengthwise, prick at the blue lines (millimetres).",
        strips=_HOLES,
    ),
    "imposition.csv": _imposition,
    "case-measures.csv": _case_measures,
    "cost-of-a-copy.csv": _cost,
}
NAMES: Final = frozenset(_FILES)
