"""Reasons to keep a course that its creator deletes. Rooms above register them: that somebody takes it, say."""

from __future__ import annotations

from collections.abc import Callable

from courses.models import Course

Hold = Callable[[Course], bool]

_holds: list[Hold] = []


def register_hold(hold: Hold) -> Hold:
    """`hold(course)` is true while the course must not vanish. Asked inside the deleting transaction, with the row locked."""
    if hold not in _holds:
        _holds.append(hold)
    return hold


def is_held(course: Course) -> bool:
    """Whether deleting is refused."""
    return any(hold(course) for hold in _holds)
