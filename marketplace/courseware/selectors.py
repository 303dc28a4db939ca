"""What pages show of the course behind a listing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from courses.learning.access import Standing, standing_of
from courses.learning.pages import LearnAddresses, StepRow, rows_of
from courses.learning.selectors import LearnerState, Step, state_of
from courses.models import Course
from courses.outline import LessonEntry, ModuleEntry, Outline, Totals, version_outline
from kit.durations import duration
from marketplace.models import Kind, Product

if TYPE_CHECKING:
    from accounts.models import User

MODULES_AT_ONCE: Final = 10
LESSONS_AT_ONCE: Final = 120
"""So much of an outline stands in the page; what comes after is fetched when its module is opened."""


def listing_of(course: Course) -> Product | None:
    return Product.objects.select_related("category").filter(course_listing__course=course).first()


@dataclass(frozen=True)
class OutlinePart:
    """One module of an outline. `steps` is None where they come from `url` when the module is opened."""

    number: int
    entry: ModuleEntry
    url: str
    steps: tuple[StepRow, ...] | None

    @property
    def is_open(self) -> bool:
        return self.number == 1

    @property
    def time(self) -> str:
        return duration(self.entry.minutes)


@dataclass(frozen=True)
class CourseView:
    """The course of a listing as somebody may take it. `outline` is None while no version is published."""

    course: Course
    outline: Outline | None
    standing: Standing
    state: LearnerState | None

    @property
    def totals(self) -> Totals | None:
        return self.outline.totals if self.outline else None

    @property
    def time(self) -> str:
        return duration(self.totals.minutes) if self.totals else ""

    @property
    def language(self) -> str:
        """Its name in the reader's language."""
        return str(dict(settings.LANGUAGES).get(self.course.language, self.course.language))

    @cached_property
    def parts(self) -> list[OutlinePart]:
        """The modules in order, the steps of the first ones at hand."""
        addresses, lessons = self._addresses, 0
        parts: list[OutlinePart] = []
        for number, entry in enumerate(self.outline.modules if self.outline else (), 1):
            lessons += len(entry.lessons)
            is_here = number == 1 or (number <= MODULES_AT_ONCE and lessons <= LESSONS_AT_ONCE)
            steps = self._rows([*entry.lessons, *entry.quizzes]) if is_here else None
            parts.append(OutlinePart(number, entry, addresses.module(entry.id), steps))
        return parts

    @property
    def final_steps(self) -> tuple[StepRow, ...]:
        """The final assessment."""
        return self._rows(self.outline.quizzes) if self.outline else ()

    @cached_property
    def first_free(self) -> LessonEntry | None:
        """Where whoever has not bought it begins (R208)."""
        return next((lesson for lesson in self.outline.lessons() if lesson.is_free), None) if self.outline else None

    @property
    def try_url(self) -> str:
        """The first free lesson; "" where nothing is free or all of it is open anyway."""
        if self.first_free is None or self.standing.has_full_access:
            return ""
        return self._addresses.lesson(self.first_free.slug)

    @cached_property
    def _addresses(self) -> LearnAddresses:
        return LearnAddresses(self.course.slug)

    @cached_property
    def _rows(self) -> Callable[[Sequence[Step]], tuple[StepRow, ...]]:
        return rows_of(self._addresses, self.standing.access_to, self.state)


def course_view(product: Product, viewer: User | AnonymousUser) -> CourseView | None:
    """The course behind `product`, None where it is of another kind. One query for a visitor, two for somebody signed in, up to four
    for a learner; reading a version's outline for the first time in this process takes another."""
    course = None
    if product.kind == Kind.COURSE:
        courses = Course.objects.select_related("current_version").defer("current_version__outline")
        course = courses.filter(listing__product=product).first()
    if course is None:
        return None
    outline = version_outline(course.current_version_id) if course.current_version_id else None
    standing = standing_of(viewer, course)
    state = state_of(standing.enrolment, outline) if outline and standing.enrolment else None
    return CourseView(course=course, outline=outline, standing=standing, state=state)


def outline_as_data(view: CourseView) -> list[dict[str, Any]]:
    """The outline for programs (R206): titles, minutes and what is free; never what a lesson says."""
    return [
        {
            "title": module.title,
            "minutes": module.minutes,
            "is_free_preview": module.is_free,
            "lessons": [
                {
                    "title": lesson.title,
                    "slug": lesson.slug,
                    "kind": lesson.kind,
                    "minutes": lesson.minutes,
                    "is_free_preview": lesson.is_free,
                    "accessible": view.standing.access_to(lesson).accessible,
                }
                for lesson in module.lessons
            ],
        }
        for module in (view.outline.modules if view.outline else ())
    ]
