"""Questions about quizzes that were taken."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from courses.content import QuizContent, read_quiz_content
from courses.learning.models import Enrolment, QuizAttempt
from courses.models import QuizRevision
from courses.outline import QuizEntry


def attempts_at(enrolment: Enrolment, quiz_id: str | UUID) -> list[QuizAttempt]:
    """Every attempt at one quiz, the newest first, without arrangement and answers. One query."""
    attempts = QuizAttempt.objects.filter(enrolment=enrolment, quiz_id=quiz_id).defer("arrangement", "answers")
    return list(attempts.order_by("-number"))


@lru_cache(maxsize=512)
def revision_content(revision_id: int) -> QuizContent:
    """What a published quiz says, kept in memory: a revision never changes. Raises `QuizRevision.DoesNotExist`."""
    return read_quiz_content(QuizRevision.objects.values_list("content", flat=True).get(pk=revision_id))


def published_quiz(entry: QuizEntry) -> QuizContent:
    """What the quiz of a published outline says. One query at first, none later."""
    assert entry.revision is not None, "this entry is of a draft"
    return revision_content(entry.revision)
