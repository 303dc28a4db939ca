"""Quizzes: added, changed, copied, removed and brought back. Questions: added (the rest in `courses.services.questions`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courses.errors import BadCourse, StaleEdit
from courses.limits import MOST_OPTIONS, MOST_QUESTIONS, MOST_QUIZZES
from courses.models import Course, Lesson, Module, Question, QuestionKind, Quiz, QuizKind
from courses.querysets import QuizQuerySet
from courses.services.locks import lock_course, stamp_outline
from courses.slugs import quiz_slug
from courses.texts import clean_line, clean_text


@dataclass(frozen=True, kw_only=True)
class QuizWords:
    """Everything that a creator says about a quiz, besides its questions."""

    title: str
    description: str = ""
    passing_score: int = 70
    allow_retakes: bool = True
    shuffle: bool = False
    time_limit_minutes: int | None = None
    is_required: bool = True
    is_free_preview: bool = False

    @classmethod
    def of(cls, quiz: Quiz) -> QuizWords:
        return cls(**{name: getattr(quiz, name) for name in cls.__dataclass_fields__})


@dataclass(frozen=True, kw_only=True)
class QuestionWords:
    """A question. `options` is [{"id": …, "text": …}]; a draft may lack options or a right answer, publishing may not."""

    text: str
    kind: str = QuestionKind.MULTIPLE_CHOICE
    options: Sequence[Mapping[str, str]] = ()
    correct: Sequence[str] = ()
    explanation: str = ""
    partial_credit: bool = False
    points: int = 1

    @classmethod
    def of(cls, question: Question) -> QuestionWords:
        return cls(**{name: getattr(question, name) for name in cls.__dataclass_fields__})


@transaction.atomic
def add_quiz(
    course: Course, *, by: User, words: QuizWords, module: Module | None = None, lesson: Lesson | None = None, slug: str = ""
) -> Quiz:
    """A quiz of `module`, inside `lesson` (of kind quiz_inline), or of the course. Raises `BadCourse`."""
    course = lock_course(course)
    _check_room(course)
    if lesson is not None and Quiz.objects.filter(lesson=lesson).exists():
        raise BadCourse(_("This lesson has its quiz already."), field="title")
    kind = QuizKind.INLINE if lesson else QuizKind.MODULE if module else QuizKind.COURSE
    quiz = Quiz(course=course, kind=kind, module=module, lesson=lesson)
    apply_quiz_words(quiz, words)
    quiz.slug = quiz_slug(course, slug or quiz.title)
    quiz.position = 0 if lesson else _row_of(quiz).count()
    quiz.save(force_insert=True)
    stamp_outline(course)
    return quiz


@transaction.atomic
def change_quiz(quiz: Quiz, *, by: User, stamp: int, words: QuizWords) -> Quiz:
    """Say all of it anew, having seen the quiz as of `stamp`. Raises `StaleEdit` when it was changed since, and `BadCourse`.

    The same words again change nothing, whatever the stamp.
    """
    lock_course(quiz.course)
    quiz = Quiz.objects.get(pk=quiz.pk)
    before, seen = QuizWords.of(quiz), quiz.edit_stamp
    apply_quiz_words(quiz, words)
    if QuizWords.of(quiz) == before:
        return quiz
    if seen != stamp:
        raise StaleEdit
    quiz.edit_stamp = seen + 1
    quiz.save()
    return quiz


@transaction.atomic
def remove_quiz(quiz: Quiz, *, by: User) -> Quiz:
    """Take it out of the draft; its questions stay with it for undoing. Attempts and what is published stay.

    Raises `BadCourse` for a quiz inside a lesson: it goes with its lesson.
    """
    course = lock_course(quiz.course)
    quiz = Quiz.objects.get(pk=quiz.pk)
    if quiz.kind == QuizKind.INLINE:
        raise BadCourse(_("This quiz is the lesson. Remove the lesson instead."))
    if quiz.position is None:
        return quiz
    _row_of(quiz).filter(position__gt=quiz.position).update(position=F("position") - 1)
    quiz.position, quiz.removed_at = None, timezone.now()
    quiz.save(update_fields=["position", "removed_at"])
    stamp_outline(course)
    return quiz


@transaction.atomic
def restore_quiz(quiz: Quiz, *, by: User, position: int | None = None) -> Quiz:
    """Bring it back at `position` among the quizzes of its module or course, at their end without one. Safe to call twice.

    Raises `BadCourse` when its module is gone, or the course is full.
    """
    course = lock_course(quiz.course)
    quiz = Quiz.objects.select_related("module").get(pk=quiz.pk)
    if quiz.removed_at is None:
        return quiz
    if quiz.module is not None and quiz.module.removed_at is not None:
        raise BadCourse(_("Its module was removed. Bring the module back first."))
    _check_room(course)
    count = _row_of(quiz).count()
    quiz.position = count if position is None else max(0, min(position, count))
    quiz.removed_at = None
    _row_of(quiz).filter(position__gte=quiz.position).update(position=F("position") + 1)
    quiz.save(update_fields=["position", "removed_at"])
    stamp_outline(course)
    return quiz


@transaction.atomic
def duplicate_quiz(quiz: Quiz, *, by: User) -> Quiz:
    """A copy with its questions right after it, called “… (copy)”. Raises `BadCourse` for a quiz inside a lesson, or when it is full."""
    course = lock_course(quiz.course)
    quiz = Quiz.objects.get(pk=quiz.pk)
    if quiz.kind == QuizKind.INLINE:
        raise BadCourse(_("This quiz is the lesson. Copy the lesson instead."))
    title = _("%(title)s (copy)") % {"title": quiz.title[:150]}
    copied = copy_quiz(quiz, course, by=by, module=quiz.module, title=title)
    if quiz.position is not None and copied.position is not None and copied.position > quiz.position + 1:
        _row_of(copied).filter(position__gt=quiz.position).exclude(pk=copied.pk).update(position=F("position") + 1)
        copied.position = quiz.position + 1
        copied.save(update_fields=["position"])
    return copied


def copy_quiz(quiz: Quiz, course: Course, *, by: User, module: Module | None = None, lesson: Lesson | None = None, title: str = "") -> Quiz:
    """The same quiz with the same questions at another place of a course; for whoever copies a module or a lesson. Raises `BadCourse`."""
    words = replace(QuizWords.of(quiz), title=title or quiz.title)
    copied = add_quiz(course, by=by, words=words, module=module, lesson=lesson)
    same = ("kind", "text", "options", "correct", "explanation", "partial_credit", "points", "position")
    Question.objects.bulk_create(
        Question(quiz=copied, **{field: getattr(question, field) for field in same})
        for question in Question.objects.present().filter(quiz=quiz).order_by("position")
    )
    return copied


def _check_room(course: Course) -> None:
    if Quiz.objects.present().filter(course=course).count() >= MOST_QUIZZES:
        raise BadCourse(_("A course has at most %(most)d quizzes.") % {"most": MOST_QUIZZES}, field="title")


def _row_of(quiz: Quiz) -> QuizQuerySet:
    """Those that it stands in one row with: of its module, or of the course."""
    row: QuizQuerySet = Quiz.objects.filter(course_id=quiz.course_id, kind=quiz.kind, removed_at__isnull=True)
    return row.filter(module_id=quiz.module_id) if quiz.module_id else row


def apply_quiz_words(quiz: Quiz, words: QuizWords) -> None:
    """Put cleaned words into the row without saving it. Raises `BadCourse` (naming the field)."""
    quiz.title = clean_line(words.title, field="title", most=160)
    quiz.description = clean_text(words.description, field="description", most=5000)
    if not 0 <= words.passing_score <= 100:
        raise BadCourse(_("Say between 0 and 100 per cent."), field="passing_score")
    if words.time_limit_minutes is not None and not 1 <= words.time_limit_minutes <= 600:
        raise BadCourse(_("Say between 1 and 600 minutes, or leave it empty."), field="time_limit_minutes")
    quiz.passing_score, quiz.time_limit_minutes = words.passing_score, words.time_limit_minutes
    quiz.allow_retakes, quiz.shuffle = words.allow_retakes, words.shuffle
    quiz.is_required, quiz.is_free_preview = words.is_required, words.is_free_preview


@transaction.atomic
def add_question(quiz: Quiz, *, by: User, words: QuestionWords) -> Question:
    """A question at the end of a quiz. Raises `BadCourse`."""
    lock_course(quiz.course)
    question = Question(quiz=quiz, position=count_questions(quiz))
    apply_question_words(question, words)
    question.save(force_insert=True)
    return question


def count_questions(quiz: Quiz) -> int:
    """How many there are, where one more is wanted. Raises `BadCourse` when the quiz is full."""
    count: int = Question.objects.present().filter(quiz=quiz).count()
    if count >= MOST_QUESTIONS:
        raise BadCourse(_("A quiz has at most %(most)d questions.") % {"most": MOST_QUESTIONS}, field="text")
    return count


def apply_question_words(question: Question, words: QuestionWords) -> None:
    """Put cleaned words into the row without saving it. Raises `BadCourse` (naming the field)."""
    question.text = clean_text(words.text, field="text", most=5000).strip()
    if words.kind not in QuestionKind.values:
        raise BadCourse(_("Choose one of: %(known)s.") % {"known": ", ".join(QuestionKind.values)}, field="kind")
    question.kind = words.kind
    if words.kind == QuestionKind.TRUE_FALSE:
        options = [{"id": "true", "text": _("True")}, {"id": "false", "text": _("False")}]
    else:
        options = [
            {"id": str(option["id"]), "text": clean_text(option["text"], field="options", most=1000).strip()} for option in words.options
        ]
    if len(options) > MOST_OPTIONS:
        raise BadCourse(_("A question has at most %(most)d answers.") % {"most": MOST_OPTIONS}, field="options")
    ids = [option["id"] for option in options]
    if len(set(ids)) != len(ids) or not all(0 < len(entry) <= 40 for entry in ids):
        raise BadCourse(_("Each answer needs an id of its own."), field="options")
    correct = list(dict.fromkeys(words.correct))
    if not set(correct) <= set(ids):
        raise BadCourse(_("A right answer has to be one of the answers."), field="correct")
    if words.kind != QuestionKind.MULTI_SELECT and len(correct) > 1:
        raise BadCourse(_("This kind of question has one right answer."), field="correct")
    if not 1 <= words.points <= 100:
        raise BadCourse(_("Say between 1 and 100 points."), field="points")
    question.options, question.correct, question.points = options, correct, words.points
    question.explanation = clean_text(words.explanation, field="explanation", most=5000).strip()
    question.partial_credit = words.partial_credit and words.kind == QuestionKind.MULTI_SELECT
