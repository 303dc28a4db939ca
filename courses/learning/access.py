"""The doors to learning: who may open which lesson, and why not (R200-R202).

A course is open for the person who made it, for staff, and for those with a full enrolment. A lesson is open where the course
is, or where the lesson or its module is a free preview. Everything here is about the published version; a draft has no door.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courses.errors import CourseNotFound
from courses.learning.errors import LessonLocked, LessonNotFound, NoteNotFound, NotEnrolled, SubmissionNotFound
from courses.learning.models import Enrolment, Note, Submission
from courses.learning.showing import is_shown
from courses.models import Course
from courses.outline import LessonEntry, Outline, QuizEntry, version_outline
from kit.prepared import Prepared

Visitor = User | AnonymousUser


class Reason(StrEnum):
    """Why a lesson is open or not (R202)."""

    OWNER = "owner"
    STAFF = "staff"
    ENROLLED = "enrolled"
    FREE_PREVIEW = "free_preview"
    SIGN_IN = "sign_in"
    REVOKED = "revoked"
    LOCKED = "locked"
    CLOSED = "closed"


OPEN: Final = frozenset({Reason.OWNER, Reason.STAFF, Reason.ENROLLED, Reason.FREE_PREVIEW})
SENTENCES: Final[dict[Reason, Promise]] = {
    Reason.OWNER: _("You made this course."),
    Reason.STAFF: _("Staff may look at every lesson."),
    Reason.ENROLLED: _("You have this course."),
    Reason.FREE_PREVIEW: _("This lesson is free for everybody."),
    Reason.SIGN_IN: _("This lesson is for those who have the course. Log in if you have it."),
    Reason.REVOKED: _("You no longer have this course. Your progress and your notes are kept."),
    Reason.LOCKED: _("This lesson is for those who have the course."),
    Reason.CLOSED: _("The law forbids us to show this course. Write to us about your money. Your notes are kept."),
}


@dataclass(frozen=True, kw_only=True)
class LessonAccess:
    """Whether a lesson (or a quiz) is open, the word for why, and a sentence for people."""

    accessible: bool
    reason: Reason
    sentence: str | Promise


_ENROLMENT: Final = Prepared(
    lambda user, slug: Enrolment.objects.filter(user_id=user, course__slug=slug).select_related("course"), -1, "no-such-course"
)
_ACCESS: Final = {reason: LessonAccess(accessible=reason in OPEN, reason=reason, sentence=SENTENCES[reason]) for reason in Reason}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How somebody stands to a course. `reason` is about what is not free; `enrolment` is theirs, whatever it opens."""

    course: Course
    user: User | None
    enrolment: Enrolment | None
    reason: Reason

    @property
    def has_full_access(self) -> bool:
        return self.reason in OPEN

    @property
    def may_preview(self) -> bool:
        """Whether free lessons are what is open: the course is not, and nothing forbids them."""
        return self.reason not in OPEN and self.reason is not Reason.CLOSED

    def access_to(self, entry: LessonEntry | QuizEntry) -> LessonAccess:
        """Owner, staff and learners have their own reasons, also for what is free."""
        if entry.is_free and self.may_preview:
            return _ACCESS[Reason.FREE_PREVIEW]
        return _ACCESS[self.reason]

    def is_learner_of(self, entry: LessonEntry | QuizEntry) -> bool:
        """Whether progress, notes and the like are kept: for learners, and in free lessons for whoever is signed in.

        Its creator and staff only look: they would stand in the learners' table.
        """
        if self.reason in (Reason.LOCKED, Reason.REVOKED):
            return entry.is_free
        return self.reason is Reason.ENROLLED

    @property
    def outline(self) -> Outline:
        """Of the version that learners take now. No query once the process knows the version."""
        assert self.course.current_version_id is not None
        return version_outline(self.course.current_version_id)


def reason_for(user: User | None, course: Course, enrolment: Enrolment | None) -> Reason:
    """Why everything is open, or why what is not free is closed."""
    if user is None:
        return Reason.SIGN_IN if course.closed_at is None else Reason.CLOSED
    if course.creator_id == user.pk:
        return Reason.OWNER
    if course.closed_at is not None:
        return Reason.STAFF if user.is_staff else Reason.CLOSED
    if enrolment is not None and enrolment.is_full:
        return Reason.ENROLLED
    if user.is_staff:
        return Reason.STAFF
    return Reason.REVOKED if enrolment is not None and enrolment.revoked_at is not None else Reason.LOCKED


def standing_of(user: Visitor, course: Course) -> Standing:
    """How `user` stands to a course. One query for who is signed in, none for others."""
    person = user if isinstance(user, User) else None
    enrolment = Enrolment.objects.filter(user=person, course=course).first() if person else None
    if enrolment is not None:
        enrolment.course = course
    return Standing(course=course, user=person, enrolment=enrolment, reason=reason_for(person, course, enrolment))


def get_standing(user: Visitor, slug: str) -> Standing:
    """The door of every page of learning: the published course at this address and how `user` stands to it.

    One query for learners, two for others. Raises `CourseNotFound` for a draft, and where strangers may not see the course.
    """
    person = user if isinstance(user, User) else None
    enrolment = _ENROLMENT.first(person.pk, slug) if person else None
    if enrolment is not None and enrolment.course.is_published:
        course = enrolment.course
    else:
        course, enrolment = get_learnable_course(slug), None
    standing = Standing(course=course, user=person, enrolment=enrolment, reason=reason_for(person, course, enrolment))
    is_told_why = standing.reason is Reason.CLOSED and enrolment is not None and enrolment.is_full
    if not standing.has_full_access and not is_told_why and not is_shown(course):
        raise CourseNotFound
    return standing


def get_learnable_course(slug: str) -> Course:
    """A course with a published version. Raises `CourseNotFound` for drafts and for what is not there."""
    course = Course.objects.published().filter(slug=slug).first()
    if course is None:
        raise CourseNotFound
    return course


def has_full_access(user: Visitor, course: Course) -> bool:
    """Whether every lesson is open (R200): creator, staff, or a full enrolment."""
    return standing_of(user, course).has_full_access


def can_access_lesson(user: Visitor, course: Course, entry: LessonEntry | QuizEntry) -> bool:
    """Whether this lesson or quiz is open (R201): free, or the whole course is."""
    return standing_of(user, course).access_to(entry).accessible


def lesson_access_map(user: Visitor, course: Course, outline: Outline) -> dict[str, LessonAccess]:
    """Every lesson's access by its id (R202). One query at most."""
    standing = standing_of(user, course)
    return {lesson.id: standing.access_to(lesson) for lesson in outline.lessons()}


def find_lesson(standing: Standing, slug: str) -> LessonEntry:
    """The lesson at this address, open or not. Raises `LessonNotFound`."""
    entry = standing.outline.lesson_by_slug.get(slug)
    if entry is None:
        raise LessonNotFound
    return entry


def open_lesson(standing: Standing, slug: str) -> LessonEntry:
    """The lesson at this address, where it is open. Raises `LessonNotFound`, and `LessonLocked` with the reason."""
    entry = find_lesson(standing, slug)
    check_access(standing, entry)
    return entry


def check_access(standing: Standing, entry: LessonEntry | QuizEntry) -> None:
    """Raises `LessonLocked`, with the reason in words, where `entry` is not open."""
    access = standing.access_to(entry)
    if not access.accessible:
        raise LessonLocked(access.sentence, reason=access.reason.value)


def check_open_for(enrolment: Enrolment, entry: LessonEntry | QuizEntry) -> None:
    """Raises `LessonLocked` where this enrolment does not open `entry`, or the law closed its course. No query: its course is at hand."""
    if enrolment.course.closed_at is not None:
        raise LessonLocked(SENTENCES[Reason.CLOSED], reason=Reason.CLOSED.value)
    if not (enrolment.is_full or entry.is_free):
        reason = Reason.LOCKED if enrolment.revoked_at is None else Reason.REVOKED
        raise LessonLocked(SENTENCES[reason], reason=reason.value)


def get_accessible_lesson(user: Visitor, course: Course, slug: str) -> LessonEntry:
    """As `open_lesson`, for those who hold the course already."""
    return open_lesson(standing_of(user, course), slug)


def get_own_enrolment(user: User, course: Course | str) -> Enrolment:
    """The user's enrolment, also after it was taken back: notes stay one's own. `course` may be its slug. Raises `NotEnrolled`."""
    enrolments = Enrolment.objects.of(user).select_related("course")
    found = enrolments.filter(course__slug=course) if isinstance(course, str) else enrolments.filter(course=course)
    enrolment = found.first()
    if enrolment is None:
        raise NotEnrolled
    return enrolment


def get_own_note(user: User, course: str, note_id: UUID) -> Note:
    """A note of the user's in the course at this address, also after the course was taken back. Raises `NoteNotFound`."""
    note = (
        Note.objects.select_related("enrolment__course", "lesson")
        .filter(pk=note_id, enrolment__user=user, enrolment__course__slug=course)
        .first()
    )
    if note is None:
        raise NoteNotFound
    return note


def get_own_submission(user: User, course: str, lesson: str, submission_id: UUID) -> Submission:
    """What the user handed in as a file, by the addresses of its course and lesson. Raises `SubmissionNotFound`."""
    submission = Submission.objects.filter(
        pk=submission_id, enrolment__user=user, enrolment__course__slug=course, lesson__slug=lesson
    ).exclude(file="")
    found = submission.first()
    if found is None:
        raise SubmissionNotFound
    return found
