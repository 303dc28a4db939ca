"""Addresses of courses, lessons and quizzes."""

from __future__ import annotations

import secrets
from collections.abc import Container, Sequence
from typing import Final

from django.utils.text import slugify

from courses.models import Course, Lesson, Quiz

RESERVED: Final = frozenset({"new", "import", "notes", "quizzes", "certificate", "outline", "results", "preview"})
"""Words that addresses below a course or beside one already use."""


def course_slug(title: str) -> str:
    """A free address for a course. Two that ask at once may get the same: the unique constraint decides, the loser asks again."""
    base = slugify(title)[:120].strip("-") or "course"
    return _free(base, set(Course.objects.filter(slug__startswith=base).values_list("slug", flat=True)))


def lesson_slug(course: Course, title: str) -> str:
    """A free address within the course, whose lock the caller holds. Removed lessons keep theirs."""
    base = slugify(title)[:64].strip("-") or "lesson"
    return _free(base, set(Lesson.objects.filter(course=course, slug__startswith=base).values_list("slug", flat=True)))


def lesson_slugs(course: Course, titles: Sequence[str]) -> list[str]:
    """Free addresses for several lessons at once, all different. One query. The caller holds the course's lock."""
    taken = set(Lesson.objects.filter(course=course).values_list("slug", flat=True))
    found = []
    for title in titles:
        slug = _free(slugify(title)[:64].strip("-") or "lesson", taken)
        taken.add(slug)
        found.append(slug)
    return found


def quiz_slug(course: Course, title: str) -> str:
    """A free address within the course, whose lock the caller holds. Removed quizzes keep theirs."""
    base = slugify(title)[:64].strip("-") or "quiz"
    return _free(base, set(Quiz.objects.filter(course=course, slug__startswith=base).values_list("slug", flat=True)))


def quiz_slugs(course: Course, titles: Sequence[str]) -> list[str]:
    """Free addresses for several quizzes at once, all different. One query. The caller holds the course's lock."""
    taken = set(Quiz.objects.filter(course=course).values_list("slug", flat=True))
    found = []
    for title in titles:
        slug = _free(slugify(title)[:64].strip("-") or "quiz", taken)
        taken.add(slug)
        found.append(slug)
    return found


def _free(base: str, taken: Container[str]) -> str:
    if base not in taken and base not in RESERVED:
        return base
    for number in range(2, 100):
        if f"{base}-{number}" not in taken:
            return f"{base}-{number}"
    return f"{base}-{secrets.token_hex(4)}"
