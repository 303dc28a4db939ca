"""Which seconds of a video were really played, and when they are enough. Pure: no database, no clock.

A page reports ranges of whole seconds of the video, all that it played since it was opened: what was skipped is in none of them,
what was played at double speed counts as the video's seconds, and a report that comes twice, late or out of order changes nothing,
since ranges are united. They are kept as Postgres keeps sets of ranges (int4multirange).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from courses.learning.errors import BadBeat
from courses.learning.limits import MOST_RANGES, MOST_VIDEO_SECONDS

Ranges = tuple[tuple[int, int], ...]
"""Pairs of seconds from the video's beginning, the second one not included."""

ENOUGH_PER_CENT: Final = 90
"""So much of a video has to be played before its lesson is done by it: closing words and credits may be left out."""
FASTEST: Final = 4
"""Seconds of a video that a second on the clock can hold. Players offer 2; browsers can be told more."""
SLACK_SECONDS: Final = 10
"""What a sitting may tell beyond that: the page plays while its first report is still on its way."""


@dataclass(frozen=True, kw_only=True)
class Film:
    """The video of a lesson as a page shows it. `seconds` is its length, begun seconds counted."""

    video_id: UUID
    seconds: int

    @property
    def enough(self) -> int:
        """So many of its seconds have to be played. At least one."""
        return max(1, -(-self.seconds * ENOUGH_PER_CENT // 100))


def read_ranges(text: str | None) -> Ranges:
    """ "0-45.60-72", as pages report it. Raises `BadBeat` for anything else, and for more than `MOST_RANGES`."""
    if not text:
        return ()
    if len(text) > MOST_RANGES * 16:
        raise BadBeat
    found = []
    for part in text.split("."):
        first, _dash, last = part.partition("-")
        if not (part.isascii() and first.isdecimal() and last.isdecimal()):
            raise BadBeat
        found.append((int(first), int(last)))
    return check_ranges(found)


def check_ranges(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Raises `BadBeat` for ranges that are none: empty, backward, of negative or endless times, or too many."""
    found = tuple(ranges)
    if len(found) > MOST_RANGES or any(not 0 <= first < last <= MOST_VIDEO_SECONDS for first, last in found):
        raise BadBeat
    return found


def write_ranges(ranges: Ranges) -> str:
    """As `read_ranges` reads them."""
    return ".".join(f"{first}-{last}" for first, last in ranges)


def within(film: Film, ranges: Ranges) -> Ranges:
    """What of the ranges lies in the video."""
    return tuple((first, min(last, film.seconds)) for first, last in ranges if first < film.seconds)


def as_multirange(ranges: Ranges) -> str:
    """As Postgres reads them; it sorts and unites them itself."""
    return "{" + ",".join(f"[{first},{last})" for first, last in ranges) + "}"
