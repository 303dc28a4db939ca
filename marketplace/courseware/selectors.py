"""What pages show of the course behind a listing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from courses.learning.models import Enrolment
from courses.models import Course
from courses.outline import LessonEntry, ModuleEntry, Outline, QuizEntry, Totals, version_outline
from kit.errors import NotFound
from marketplace.kinds import duration
from marketplace.models import Product

if TYPE_CHECKING:
    from accounts.models import User

MODULES_AT_ONCE: Final = 10
LESSONS_AT_ONCE: Final = 120
"""So much of an outline stands in the page; what comes after is fetched when its module is opened."""


def listing_of(course: Course) -> Product | None:
    return Product.objects.select_related("category").filter(course_listing__course=course).first()


@dataclass(frozen=True)
class ModuleLine:
    """One module of an outline. Without `is_here` its lessons are fetched from elsewhere."""

    number: int
    entry: ModuleEntry
    is_here: bool = True

    @property
    def time(self) -> str:
        return duration(self.entry.minutes)


@dataclass(frozen=True)
class CourseView:
    """The course of a listing as `viewer` may take it. `outline` is None while no version is published."""

    course: Course
    outline: Outline | None
    opens_all: bool
    """Its creator, staff, and whoever is enrolled: every lesson opens (R200)."""

    @property
    def totals(self) -> Totals | None:
        return self.outline.totals if self.outline else None

    @property
    def time(self) -> str:
        return duration(self.totals.minutes) if self.totals else ""

    @cached_property
    def modules(self) -> list[ModuleLine]:
        lines: list[ModuleLine] = []
        lessons = 0
        for number, entry in enumerate(self.outline.modules if self.outline else (), 1):
            lessons += len(entry.lessons)
            lines.append(ModuleLine(number, entry, is_here=number == 1 or (number <= MODULES_AT_ONCE and lessons <= LESSONS_AT_ONCE)))
        return lines

    @property
    def final_quizzes(self) -> tuple[QuizEntry, ...]:
        return self.outline.quizzes if self.outline else ()

    @cached_property
    def first_free(self) -> LessonEntry | None:
        """Where whoever has not bought it begins (R208)."""
        return next((lesson for lesson in self.outline.lessons() if lesson.is_free), None) if self.outline else None

    @property
    def try_url(self) -> str:
        """The first free lesson; "" where nothing is free or all of it is open anyway."""
        if self.first_free is None or self.opens_all:
            return ""
        return reverse("learn_lesson", args=[self.course.slug, self.first_free.slug])

    def module(self, module_id: str) -> ModuleLine:
        """Raises `NotFound` for one that is not in the published version."""
        for number, entry in enumerate(self.outline.modules if self.outline else (), 1):
            if entry.id == module_id:
                return ModuleLine(number, entry)
        raise NotFound


def course_view(product: Product, viewer: User | AnonymousUser) -> CourseView | None:
    """The course behind `product`, None where it is of another kind. One query for a visitor, one more for somebody signed in;
    reading a version's outline for the first time in this process takes another."""
    course = (
        Course.objects.select_related("current_version").defer("current_version__outline").filter(listing__product=product).first()
        if product.kind == "course"
        else None
    )
    if course is None:
        return None
    outline = version_outline(course.current_version_id) if course.current_version_id else None
    return CourseView(course=course, outline=outline, opens_all=_opens_all(course, viewer))


def _opens_all(course: Course, viewer: User | AnonymousUser) -> bool:
    if not viewer.is_authenticated or not viewer.is_active:
        return False
    return course.creator_id == viewer.pk or viewer.is_staff or Enrolment.objects.full().of(viewer).filter(course=course).exists()


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
                    "accessible": view.opens_all or lesson.is_free,
                }
                for lesson in module.lessons
            ],
        }
        for module in (view.outline.modules if view.outline else ())
    ]
