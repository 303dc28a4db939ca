"""How a creator writes to her learners.

Courses have no messages of their own. An app above that has some registers a way in its `AppConfig.ready()`:

    register_way_to_write(Lounge())

The learners' pages then show its links; without one they show none.
"""

from __future__ import annotations

from typing import Protocol

from accounts.models import User
from courses.models import Course


class WayToWrite(Protocol):
    def to_learner(self, by: User, learner: User) -> str:
        """Address of the page where `by` writes to this learner; "" where she may not."""

    def to_all(self, by: User, course: Course) -> str:
        """Address of the page where `by` writes to all who take the course; "" where there is none."""


_way: WayToWrite | None = None


def register_way_to_write(way: WayToWrite) -> None:
    """There is one. Raises ValueError for a second."""
    global _way
    if _way is not None and _way is not way:
        raise ValueError("a way to write to learners is registered already")
    _way = way


def address_to_learner(by: User, learner: User) -> str:
    """ "" where nothing is registered, or the account is closed."""
    return _way.to_learner(by, learner) if _way and learner.is_active else ""


def address_to_all(by: User, course: Course) -> str:
    return _way.to_all(by, course) if _way else ""
