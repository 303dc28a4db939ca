"""When a course is finished (R164). Pure: no database, no clock.

By its version's rule a course is finished with every lesson done, with every required quiz passed, or with both. A rule about
quizzes falls back on the lessons where no quiz is required: nothing is finished by having nothing to do.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache

from courses.models import Completion, CourseVersion
from courses.outline import Outline, version_outline


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What a version asks for. `lessons` and `quizzes` count toward finishing; `lessons_total` is how many lessons there are."""

    lessons: frozenset[str]
    quizzes: frozenset[str]
    lessons_total: int

    @property
    def size(self) -> int:
        return len(self.lessons) + len(self.quizzes)


@dataclass(frozen=True, kw_only=True)
class Reached:
    """`progress` in whole per cent, rounded down, 100 only when `is_finished`."""

    lessons_completed: int
    progress: int
    is_finished: bool


def aim_of(outline: Outline, rule: str) -> Aim:
    """What `rule` (a `Completion`) asks for in this outline."""
    lessons = frozenset(outline.lesson_by_id)
    quizzes = frozenset(quiz.id for quiz in outline.all_quizzes() if quiz.is_required)
    return Aim(
        lessons=frozenset() if rule == Completion.QUIZZES and quizzes else lessons,
        quizzes=frozenset() if rule == Completion.LESSONS else quizzes,
        lessons_total=len(lessons),
    )


@lru_cache(maxsize=256)
def version_aim(version_id: int) -> Aim:
    """What a published version asks for, kept in memory: a version never changes."""
    rule = CourseVersion.objects.values_list("completion", flat=True).get(pk=version_id)
    return aim_of(version_outline(version_id), rule)


def measure(outline: Outline, aim: Aim, *, done: Set[str], passed: Set[str]) -> Reached:
    """How far somebody is who did the lessons `done` and passed the quizzes `passed` (ids; those of other versions are ignored)."""
    reached = len(aim.lessons & done) + len(aim.quizzes & passed)
    is_finished = reached == aim.size
    return Reached(
        lessons_completed=len(done & outline.lesson_by_id.keys()),
        progress=100 if is_finished else percentage(reached, aim.size),
        is_finished=is_finished,
    )


def percentage(reached: int, size: int) -> int:
    return min(99, reached * 100 // size) if size else 0
