"""What happens to courses."""

from __future__ import annotations

from dataclasses import dataclass

from kit.events import Event


@dataclass(frozen=True, kw_only=True)
class CoursePublished(Event):
    """A version is out: learners take it from now on."""

    course_id: int
    version_id: int


@dataclass(frozen=True, kw_only=True)
class CourseChanged(Event):
    """Its title, level, language or other words about it were changed. Not published for edits of lessons."""

    course_id: int


@dataclass(frozen=True, kw_only=True)
class CourseDeleted(Event):
    """It is gone with all its parts."""

    course_id: int
    slug: str


@dataclass(frozen=True, kw_only=True)
class CourseFileReleased(Event):
    """A row let go of a stored file. The file goes when no other row and no revision holds it. `store` is "private" or "public"."""

    store: str
    name: str
