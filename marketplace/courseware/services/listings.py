"""A course and its listing: made together, tied later, and kept saying the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction

from accounts.models import User
from courses.models import Course
from courses.outline import version_outline
from courses.services.courses import CourseWords, change_course, create_course
from courses.services.locks import lock_course
from kit.events import publish
from marketplace.courseware.models import CourseListing
from marketplace.events import ProductChanged
from marketplace.kinds import CourseDetails
from marketplace.models import Kind, Product
from marketplace.services.locks import lock_product
from marketplace.services.products import Listing, create_product, find_title_twin

MOST_WORDS: Final = 20_000
"""Characters of outcomes and titles that are searched."""

logger = structlog.get_logger(__name__)


@transaction.atomic
def create_course_product(*, by: User, listing: Listing) -> tuple[Product, Course]:
    """A course with its listing, both drafts, under one address where it is free. Raises as `create_product` does."""
    product = create_product(by=by, kind=Kind.COURSE, listing=listing)
    return product, CourseListing.objects.select_related("course").get(product=product).course


def create_listed_course(product: Product, *, by: User) -> Course:
    """The empty course behind a listing that the caller's transaction has just made."""
    course = create_course(by=by, words=CourseWords(title=product.title, language=product.language), slug=product.slug)
    CourseListing.objects.create(product=product, course=course)
    return course


@transaction.atomic
def list_course(course: Course, *, by: User) -> Product:
    """Begin to sell a course that has no listing: one that was imported, say. The listing of one that has it is given back.

    Raises `TitleTaken` where another course of `by` is sold under this title.
    """
    course = lock_course(course)
    listed = CourseListing.objects.select_related("product").filter(course=course).first()
    if listed is not None:
        return listed.product
    words = Listing(title=course.title, language=_known_language(course.language))
    product = create_product(by=by, kind=Kind.COURSE, listing=words, attach=lambda made: _tie(made, course))
    refresh_listing(course.pk)
    product.refresh_from_db()
    return product


def _tie(product: Product, course: Course) -> None:
    CourseListing.objects.create(product=product, course=course)


def follow_listing(product: Product, *, by: User) -> None:
    """Let the course say the title and the language of its listing, whose lock the caller holds."""
    listed = CourseListing.objects.select_related("course").filter(product=product).first()
    if listed is None or (listed.course.title, listed.course.language) == (product.title, product.language):
        return
    change_course(listed.course, by=by, words=replace(CourseWords.of(listed.course), title=product.title, language=product.language))


@transaction.atomic
def refresh_listing(course_id: int) -> None:
    """Let the listing say what the course says: title, language, and the counts of the version that learners take.

    Safe to run twice. A title that another course of this creator is sold under, or that stands before staff just now, stays as it
    is. A version that is newer than the listing changes it in any case: staff look at what changed since they approved it.
    """
    listed = CourseListing.objects.select_related("product").filter(course=course_id).first()
    if listed is None:
        return
    product = lock_product(listed.product)
    course = Course.objects.select_related("current_version").defer("current_version__outline").get(pk=course_id)
    before = (product.title, product.language, product.details)
    product.language = _known_language(course.language, otherwise=product.language)
    if product.is_editable and find_title_twin(product.creator, product.kind, course.title, other_than=product.pk) is None:
        product.title = course.title
    product.details = _counted(course)
    words = _words(course)
    if says_more := words != listed.words:
        CourseListing.objects.filter(pk=listed.pk).update(words=words)
    is_newer = course.current_version is not None and course.current_version.published_at > product.updated_at
    if is_newer or says_more or before != (product.title, product.language, product.details):
        product.save(update_fields=["title", "language", "details", "updated_at"])
        publish(ProductChanged(product_id=product.pk))
        logger.info("course_listing_refreshed", product=product.pk, course=course_id)


def _counted(course: Course) -> dict[str, int | None]:
    if course.current_version_id is None:
        return CourseDetails().as_stored()
    totals = version_outline(course.current_version_id).totals
    return CourseDetails(
        modules=totals.modules, lessons=totals.lessons, quizzes=totals.quizzes, minutes=totals.minutes, free_lessons=totals.free_lessons
    ).as_stored()


def _words(course: Course) -> str:
    if course.current_version_id is None:
        return ""
    lines = [*course.outcomes, *course.audience]
    for module in version_outline(course.current_version_id).modules:
        lines += [module.title, *(lesson.title for lesson in module.lessons)]
    return "\n".join(lines)[:MOST_WORDS]


def _known_language(code: str, *, otherwise: str = "en") -> str:
    return code if code in dict(settings.LANGUAGES) else otherwise
