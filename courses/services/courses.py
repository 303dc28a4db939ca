"""Courses: made, described and deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from courses.errors import BadCourse, CourseKept
from courses.events import CourseChanged, CourseDeleted, CourseFileReleased
from courses.models import Attachment, Completion, Course, Level, Picture
from courses.retention import is_held
from courses.services.locks import lock_course
from courses.slugs import course_slug
from courses.texts import clean_line, clean_sentences
from kit.events import publish

_SLUG_TRIES: Final = 5


@dataclass(frozen=True, kw_only=True)
class CourseWords:
    """Everything that a creator says about a course as a whole."""

    title: str
    outcomes: Sequence[str] = ()
    prerequisites: Sequence[str] = ()
    audience: Sequence[str] = ()
    level: str = Level.ALL
    language: str = "en"
    completion: str = Completion.BOTH
    gives_certificate: bool = True

    @classmethod
    def of(cls, course: Course) -> CourseWords:
        """What the course says now; change parts of it with `dataclasses.replace`."""
        return cls(
            title=course.title,
            outcomes=course.outcomes,
            prerequisites=course.prerequisites,
            audience=course.audience,
            level=course.level,
            language=course.language,
            completion=course.completion,
            gives_certificate=course.gives_certificate,
        )


@transaction.atomic
def create_course(*, by: User, words: CourseWords, slug: str = "") -> Course:
    """An empty course. `slug` is used where it is free, as far as it is an address. Raises `BadCourse` (naming the field)."""
    course = Course(creator=by)
    _apply(course, words)
    wanted = slugify(slug)[:140].strip("-")
    for _try in range(_SLUG_TRIES):
        course.slug = wanted if wanted and not Course.objects.filter(slug=wanted).exists() else course_slug(wanted or course.title)
        try:
            with transaction.atomic():
                course.save(force_insert=True)
        except IntegrityError:
            continue
        return course
    raise BadCourse(_("This title is being used just now. Try again."), field="title")


@transaction.atomic
def change_course(course: Course, *, by: User, words: CourseWords) -> Course:
    """Say all of it anew. Raises `BadCourse` (naming the field)."""
    course = lock_course(course)
    _apply(course, words)
    course.save()
    publish(CourseChanged(course_id=course.pk))
    return course


@transaction.atomic
def delete_course(course: Course, *, by: User) -> None:
    """Delete it with all its parts and versions. Raises `CourseKept` while anybody takes or took it, or a listing sells it."""
    course = lock_course(course)
    if is_held(course):
        raise CourseKept
    pk, slug = course.pk, course.slug
    names = {("private", name) for name in Attachment.objects.filter(lesson__course=course).values_list("file", flat=True)}
    names |= {("public", name) for name in Picture.objects.filter(course=course).values_list("image", flat=True)}
    try:
        with transaction.atomic():
            # The course holds its version and the version its course: one of them lets go first.
            Course.objects.filter(pk=pk).update(current_version=None)
            course.delete()
    except ProtectedError as error:
        raise CourseKept from error
    for store, name in sorted(names):
        publish(CourseFileReleased(store=store, name=name))
    publish(CourseDeleted(course_id=pk, slug=slug))


def _apply(course: Course, words: CourseWords) -> None:
    course.title = clean_line(words.title, field="title", most=120)
    course.outcomes = clean_sentences(words.outcomes, field="outcomes")
    course.prerequisites = clean_sentences(words.prerequisites, field="prerequisites")
    course.audience = clean_sentences(words.audience, field="audience")
    for field, value, known in (("level", words.level, Level.values), ("completion", words.completion, Completion.values)):
        if value not in known:
            raise BadCourse(_("Choose one of: %(known)s.") % {"known": ", ".join(known)}, field=field)
    course.level, course.completion = words.level, words.completion
    course.language = clean_line(words.language, field="language", most=10)
    course.gives_certificate = words.gives_certificate
