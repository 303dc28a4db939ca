"""Questions of a quiz: changed, moved, copied, removed and brought back. What was answered before stays with its attempts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from courses.errors import StaleEdit, StaleOutline
from courses.models import Question, Quiz
from courses.querysets import QuestionQuerySet
from courses.services.locks import lock_course
from courses.services.quizzes import QuestionWords, apply_question_words, count_questions


@transaction.atomic
def change_question(question: Question, *, by: User, stamp: int, words: QuestionWords) -> Question:
    """Say all of it anew, having seen it as of `stamp`. Raises `StaleEdit` when it was changed since, and `BadCourse`.

    The same words again change nothing, whatever the stamp: an autosave that is sent twice is no conflict.
    """
    lock_course(question.quiz.course)
    question = Question.objects.select_related("quiz").get(pk=question.pk)
    before, seen = QuestionWords.of(question), question.edit_stamp
    apply_question_words(question, words)
    if QuestionWords.of(question) == before:
        return question
    if seen != stamp:
        raise StaleEdit
    question.edit_stamp = seen + 1
    question.save()
    return question


@transaction.atomic
def remove_question(question: Question, *, by: User) -> Question:
    """Take it out of the draft. Safe to call twice."""
    lock_course(question.quiz.course)
    question = Question.objects.select_related("quiz").get(pk=question.pk)
    if question.position is None:
        return question
    _row_of(question).filter(position__gt=question.position).update(position=F("position") - 1)
    question.position, question.removed_at = None, timezone.now()
    question.save(update_fields=["position", "removed_at"])
    return question


@transaction.atomic
def restore_question(question: Question, *, by: User, position: int | None = None) -> Question:
    """Bring it back at `position`, at the end without one. Safe to call twice. Raises `BadCourse` when the quiz is full."""
    lock_course(question.quiz.course)
    question = Question.objects.select_related("quiz").get(pk=question.pk)
    if question.removed_at is None:
        return question
    count = count_questions(question.quiz)
    question.position = count if position is None else max(0, min(position, count))
    question.removed_at = None
    _row_of(question).filter(position__gte=question.position).update(position=F("position") + 1)
    question.save(update_fields=["position", "removed_at"])
    return question


@transaction.atomic
def duplicate_question(question: Question, *, by: User) -> Question:
    """A copy right after it. Raises `BadCourse` when the quiz is full."""
    lock_course(question.quiz.course)
    question = Question.objects.select_related("quiz").get(pk=question.pk)
    count = count_questions(question.quiz)
    place = count if question.position is None else question.position + 1
    _row_of(question).filter(position__gte=place).update(position=F("position") + 1)
    copied = Question(quiz=question.quiz, position=place)
    apply_question_words(copied, QuestionWords.of(question))
    copied.save(force_insert=True)
    return copied


@transaction.atomic
def move_question(question: Question, *, by: User, direction: Literal["up", "down"]) -> Question:
    """Change places with its neighbour; at either end nothing happens."""
    lock_course(question.quiz.course)
    question = Question.objects.select_related("quiz").get(pk=question.pk)
    if question.position is None:
        return question
    wanted = question.position + (-1 if direction == "up" else 1)
    if _row_of(question).filter(position=wanted).update(position=question.position):
        question.position = wanted
        question.save(update_fields=["position"])
    return question


@transaction.atomic
def arrange_questions(quiz: Quiz, *, by: User, seen: Sequence[UUID], order: Sequence[UUID]) -> None:
    """Put the questions into `order`, having seen them as `seen`. Raises `StaleOutline` when they stand otherwise by now."""
    lock_course(quiz.course)
    questions = list(Question.objects.present().filter(quiz=quiz).order_by("position"))
    if [question.pk for question in questions] != list(seen) or sorted(order) != sorted(seen):
        raise StaleOutline
    places = {pk: at for at, pk in enumerate(order)}
    for question in questions:
        question.position = places[question.pk]
    Question.objects.bulk_update(questions, ["position"])


def _row_of(question: Question) -> QuestionQuerySet:
    row: QuestionQuerySet = Question.objects.present().filter(quiz_id=question.quiz_id)
    return row
