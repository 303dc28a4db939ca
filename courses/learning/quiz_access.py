"""The doors to quizzes and attempts."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from accounts.models import User
from courses.learning.access import Standing, check_access, get_standing
from courses.learning.errors import AttemptNotFound, LessonLocked, QuizNotFound
from courses.learning.models import QuizAttempt
from courses.outline import QuizEntry, version_outline
from kit.prepared import Prepared

_OWN: Final = Prepared(
    lambda pk, quiz, user, course: QuizAttempt.objects.select_related("enrolment__course").filter(
        pk=pk, quiz__slug=quiz, enrolment__user_id=user, enrolment__course__slug=course
    ),
    UUID(int=0),
    "no-such-quiz",
    -1,
    "no-such-course",
)


def find_quiz(standing: Standing, slug: str) -> QuizEntry:
    """The quiz at this address of a course, open or not. Raises `QuizNotFound`."""
    entry = standing.outline.quiz_by_slug.get(slug)
    if entry is None:
        raise QuizNotFound
    return entry


def open_quiz(standing: Standing, slug: str) -> QuizEntry:
    """The quiz at this address, where it is open: free, or the whole course is (R201). Raises `QuizNotFound`, and `LessonLocked`."""
    entry = find_quiz(standing, slug)
    check_access(standing, entry)
    return entry


def get_own_attempt(user: User, course: str, quiz: str, attempt_id: UUID) -> QuizAttempt:
    """An attempt of the user's at this quiz of this course (slugs), also when the course has dropped the quiz since. One query.

    Raises `AttemptNotFound`, and `LessonLocked` when the quiz is not open any more.
    """
    attempt = _OWN.first(attempt_id, quiz, user.pk, course)
    if attempt is None:
        raise AttemptNotFound
    if not attempt.enrolment.is_full or attempt.enrolment.course.closed_at is not None:
        _check_without_enrolment(user, attempt)
    return attempt


def entry_of(attempt: QuizAttempt) -> QuizEntry | None:
    """The quiz in the version that is learned now; None when it is not part of the course any more."""
    version = attempt.enrolment.course.current_version_id
    return version_outline(version).quiz_by_id.get(str(attempt.quiz_id)) if version else None


def _check_without_enrolment(user: User, attempt: QuizAttempt) -> None:
    standing, entry = get_standing(user, attempt.enrolment.course.slug), entry_of(attempt)
    if entry is not None:
        check_access(standing, entry)
    elif not standing.has_full_access:
        raise LessonLocked
