"""Quizzes and questions: added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from courses.errors import BadCourse
from courses.limits import MOST_OPTIONS, MOST_QUESTIONS, MOST_QUIZZES
from courses.models import Course, Lesson, Module, Question, QuestionKind, Quiz, QuizKind
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
    if Quiz.objects.present().filter(course=course).count() >= MOST_QUIZZES:
        raise BadCourse(_("A course has at most %(most)d quizzes.") % {"most": MOST_QUIZZES}, field="title")
    kind = QuizKind.INLINE if lesson else QuizKind.MODULE if module else QuizKind.COURSE
    quiz = Quiz(course=course, kind=kind, module=module, lesson=lesson)
    apply_quiz_words(quiz, words)
    quiz.slug = quiz_slug(course, slug or quiz.title)
    quiz.position = Quiz.objects.present().filter(course=course, kind=kind, module=module).count() if not lesson else 0
    quiz.save(force_insert=True)
    stamp_outline(course)
    return quiz


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
    course = lock_course(quiz.course)
    count = Question.objects.filter(quiz=quiz).count()
    if count >= MOST_QUESTIONS:
        raise BadCourse(_("A quiz has at most %(most)d questions.") % {"most": MOST_QUESTIONS}, field="text")
    question = Question(quiz=quiz, position=count)
    apply_question_words(question, words)
    question.save(force_insert=True)
    stamp_outline(course)
    return question


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
