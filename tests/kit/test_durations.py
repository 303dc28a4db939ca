"""How long something takes reads the same wherever it stands."""

from __future__ import annotations

import pytest

from kit.durations import duration, duration_of_seconds


@pytest.mark.parametrize(("minutes", "words"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (261, "4 h 21 min"), (6000, "100 h")])
def test_time_reads_as_people_say_it(minutes: int, words: str) -> None:
    assert duration(minutes).replace("\u00a0", " ") == words


def test_no_line_breaks_between_a_number_and_its_unit() -> None:
    assert duration(261).split(" ") == ["4\u00a0h", "21\u00a0min"]


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 min"), (1, "1 min"), (60, "1 min"), (61, "2 min"), (8100, "2 h 15 min")])
def test_a_begun_minute_counts(seconds: int, words: str) -> None:
    assert duration_of_seconds(seconds).replace("\u00a0", " ") == words
