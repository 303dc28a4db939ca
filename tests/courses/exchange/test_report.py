"""What the dry run says, once."""

from __future__ import annotations

from courses.exchange.limits import MOST_NOTES, MOST_PLACES_AT_ONCE
from courses.exchange.report import Report, told_once


def test_a_sentence_is_said_once_with_all_its_places() -> None:
    report = Report()
    for number in range(1, 41):
        report.warn(f"{number}.html", "Its links are left out.")
    report.warn("10.html", "Alone.")
    links, alone = told_once(report.as_stored()["warnings"])
    assert (links.sentence, links.places) == ("Its links are left out.", ["1.html", "2.html", "3.html"])
    assert (len(links.others), links.others[-1]) == (40 - MOST_PLACES_AT_ONCE, "40.html")
    assert (alone.places, alone.others) == (["10.html"], [])


def test_one_place_more_than_a_few_is_not_hidden() -> None:
    notes = [{"path": str(number), "sentence": "x"} for number in range(MOST_PLACES_AT_ONCE + 1)]
    (told,) = told_once(notes)
    assert (len(told.places), told.others) == (MOST_PLACES_AT_ONCE + 1, [])


def test_warnings_beyond_measure_are_counted() -> None:
    report = Report()
    for number in range(MOST_NOTES + 7):
        report.warn(str(number), "x")
    stored = report.as_stored()
    assert (len(stored["warnings"]), stored["untold"]) == (MOST_NOTES, 7)
