"""Taking quizzes: begun, answered, handed in, ended by the clock.

Each attempt is graded once, with what its learner saw (its revision) and what was saved by its end. Whoever begins or ends an
attempt holds the enrolment's row, then the attempt's; whoever saves answers holds the attempt's alone.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from courses.content import QuizContent
from courses.grading import grade_quiz
from courses.learning.errors import AttemptNotFound, AttemptOver, NoMoreAttempts
from courses.learning.events import AttemptCompleted
from courses.learning.models import Enrolment, QuizAttempt
from courses.learning.selectors_quizzes import published_quiz, revision_content
from courses.learning.services.progress import lock_enrolment, recount
from courses.models import QuestionKind
from courses.outline import QuizEntry
from kit.events import publish
from kit.prepared import Prepared, PreparedSave

GRACE: Final = timedelta(seconds=5)
"""So much after the deadline answers are still taken: they were on their way when the clock ran out."""

_LOCKED: Final = Prepared(lambda pk: QuizAttempt.objects.filter(pk=pk).select_for_update(no_key=True), UUID(int=0))
# Postgres takes the rows in the order in which they are named.
_LOCKED_BOTH: Final = Prepared(
    lambda pk: QuizAttempt.objects.filter(pk=pk).select_related("enrolment").select_for_update(of=("enrolment", "self"), no_key=True),
    UUID(int=0),
)
_SAVE_GRADED: Final = PreparedSave(QuizAttempt, "answers", "points", "most_points", "percentage", "is_passed", "completed_at")
_SAVE_ACTIVITY: Final = PreparedSave(Enrolment, "last_activity_at")

Answers = Mapping[str, Sequence[str]]
"""Question ids to the ids of the chosen options."""


@transaction.atomic
def start_attempt(enrolment: Enrolment, *, quiz: QuizEntry) -> QuizAttempt:
    """Begin the published quiz, or go on where one is: there is one open attempt at a time, whatever tabs and devices ask for it.

    An open attempt whose time is over is ended first. Raises `NoMoreAttempts` for a quiz that is taken once.
    """
    enrolment = lock_enrolment(enrolment)
    attempts = list(QuizAttempt.objects.filter(enrolment=enrolment, quiz_id=quiz.id).order_by("-number"))
    for attempt in attempts:
        if attempt.completed_at is None:
            if not is_over(attempt, timezone.now()):
                return attempt
            complete_attempt(attempt)
    content = published_quiz(quiz)
    if attempts and not content.allow_retakes:
        raise NoMoreAttempts
    assert quiz.revision is not None
    now = timezone.now()
    return QuizAttempt.objects.create(
        enrolment=enrolment,
        quiz_id=UUID(quiz.id),
        revision_id=quiz.revision,
        number=attempts[0].number + 1 if attempts else 1,
        arrangement=arrange(content),
        started_at=now,
        deadline_at=now + timedelta(minutes=content.time_limit_minutes) if content.time_limit_minutes else None,
    )


@transaction.atomic
def save_answers(attempt: QuizAttempt, *, answers: Answers) -> QuizAttempt:
    """Keep answers while one is answering. `answers` holds the changed ones; those to other questions stay, so that two devices
    do not undo each other's. Unknown questions and options are left out. Raises `AttemptOver`.
    """
    attempt = lock_attempt(attempt.pk)
    if attempt.completed_at is not None or is_over(attempt, timezone.now()):
        raise AttemptOver
    attempt.answers = _merged(attempt, answers)
    attempt.save(update_fields=["answers"])
    return attempt


@transaction.atomic
def complete_attempt(attempt: QuizAttempt, *, answers: Answers | None = None) -> QuizAttempt:
    """Hand in: grade what was saved, with the changes in `answers` where they came in time, and count it toward the course.

    Whatever comes second, from another tab, another device or the clock, finds it done and changes nothing. An attempt that its
    clock ended is dated at its deadline.
    """
    attempt = lock_attempt(attempt.pk, with_enrolment=True)
    enrolment = attempt.enrolment
    if attempt.completed_at is not None:
        return attempt
    now = timezone.now()
    if answers and not is_over(attempt, now):
        attempt.answers = _merged(attempt, answers)
    grade = grade_quiz(revision_content(attempt.revision_id), attempt.answers)
    attempt.points, attempt.most_points = grade.points, grade.most
    attempt.percentage, attempt.is_passed = grade.percentage, grade.is_passed
    attempt.completed_at = min(now, attempt.deadline_at) if attempt.deadline_at else now
    _SAVE_GRADED(attempt)
    publish(AttemptCompleted(attempt_id=attempt.pk))
    enrolment.last_activity_at = max(enrolment.last_activity_at, attempt.completed_at)
    if attempt.is_passed:
        recount(enrolment)
    else:
        _SAVE_ACTIVITY(enrolment)
    return attempt


def end_if_over(attempt: QuizAttempt) -> QuizAttempt:
    """The attempt as it stands, ended first when its time ran out: nobody waits for the sweep to see a result."""
    if attempt.completed_at is None and is_over(attempt, timezone.now()):
        return complete_attempt(attempt)
    return attempt


def is_over(attempt: QuizAttempt, now: datetime) -> bool:
    """Whether its time, and the grace for what was on its way, ran out by the server's clock."""
    return attempt.deadline_at is not None and now > attempt.deadline_at + GRACE


def end_overdue_attempts(*, limit: int = 500) -> int:
    """End what nobody came back to, each in its own transaction; how many there were."""
    overdue = QuizAttempt.objects.open().filter(deadline_at__lt=timezone.now() - GRACE).order_by("deadline_at")[:limit]
    for attempt in overdue:
        complete_attempt(attempt)
    return len(overdue)


def arrange(content: QuizContent) -> list[list[object]]:
    """The order in which questions and their options are asked, [[question id, [option ids]], …]: shuffled where the quiz says so.

    True always stands before false.
    """
    chance = random.SystemRandom()
    questions = list(content.questions)
    if content.shuffle:
        chance.shuffle(questions)
    arrangement: list[list[object]] = []
    for question in questions:
        options = [option.id for option in question.options]
        if content.shuffle and question.kind != QuestionKind.TRUE_FALSE:
            chance.shuffle(options)
        arrangement.append([question.id, options])
    return arrangement


def lock_attempt(pk: UUID, *, with_enrolment: bool = False) -> QuizAttempt:
    """The attempt, after its enrolment where that is wanted too. Raises `AttemptNotFound` when it is gone."""
    attempt = (_LOCKED_BOTH if with_enrolment else _LOCKED).first(pk)
    if attempt is None:
        raise AttemptNotFound
    return attempt


def _merged(attempt: QuizAttempt, changes: Answers) -> dict[str, list[str]]:
    answers = dict(attempt.answers)
    for question, options in attempt.arrangement:
        if question in changes:
            chosen = set(changes[question])
            answers[question] = [option for option in options if option in chosen]
    return answers
