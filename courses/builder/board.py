"""The builder's page as one object: the draft's outline, what of it is unfolded, and where publishing stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse

from courses.drafting import read_draft_outline
from courses.models import Course
from courses.outline import LessonEntry, ModuleEntry, Outline, QuizEntry, Totals
from courses.services.publishing import unpublished_changes

MOST_UNFOLDED = 80
"""Lessons: a course with more of them starts folded, and a module's lessons come when it is opened."""


@dataclass(frozen=True, kw_only=True)
class Board:
    """`unfolded` holds the ids of modules that show their lessons."""

    course: Course
    outline: Outline
    unfolded: frozenset[str]

    @property
    def root(self) -> str:
        """Address that those of all parts begin with."""
        return reverse("course_builder", args=[self.course.slug]).removesuffix("builder/")

    @property
    def totals(self) -> Totals:
        return self.outline.totals

    @cached_property
    def has_changes(self) -> bool:
        """Whether learners would get something else if it were published now."""
        return unpublished_changes(self.course, outline=self.outline)

    def module(self, module_id: object) -> ModuleEntry | None:
        return next((module for module in self.outline.modules if module.id == str(module_id)), None)

    def before(self, module_id: object) -> str:
        """Id of the module that follows; "" for the last one."""
        ids = [module.id for module in self.outline.modules]
        after = ids.index(str(module_id)) + 1
        return ids[after] if after < len(ids) else ""


def read_board(course: Course, *, unfolded: Collection[str] | None = None) -> Board:
    """Four queries. Without `unfolded` a small course shows everything, a large one its first module."""
    outline = read_draft_outline(course)
    if unfolded is None:
        shown = outline.modules if outline.totals.lessons <= MOST_UNFOLDED else outline.modules[:1]
        unfolded = [module.id for module in shown]
    return Board(course=course, outline=outline, unfolded=frozenset(unfolded))


def place_of(outline: Outline, part_id: object) -> tuple[int, int, str]:
    """Where a lesson, a module or a quiz stands for people: its number, of how many, and the title of its module ("" for none)."""
    wanted = str(part_id)
    rows: list[tuple[str, tuple[LessonEntry | ModuleEntry | QuizEntry, ...]]] = [("", outline.modules), ("", outline.quizzes)]
    for module in outline.modules:
        rows += [(module.title, module.lessons), (module.title, module.quizzes)]
    for title, row in rows:
        for number, entry in enumerate(row, 1):
            if entry.id == wanted:
                return number, len(row), title
    return 0, 0, ""
