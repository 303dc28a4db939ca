"""The creator's draft as one object: rows read once, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from django.db.models import Count

from courses.models import Attachment, Course, Lesson, Module, Question, Quiz, QuizKind
from courses.outline import LessonEntry, ModuleEntry, Outline, QuizEntry


class ModuleRow(Protocol):
    """What an outline shows of a module: an instance, or a row of these columns. The same of the others."""

    @property
    def pk(self) -> Any: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def is_free_preview(self) -> bool: ...


class LessonRow(Protocol):
    @property
    def pk(self) -> Any: ...
    @property
    def slug(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def minutes(self) -> int: ...
    @property
    def is_free_preview(self) -> bool: ...


class QuizRow(Protocol):
    @property
    def pk(self) -> Any: ...
    @property
    def slug(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def lesson_id(self) -> UUID | None: ...
    @property
    def module_id(self) -> UUID | None: ...
    @property
    def time_limit_minutes(self) -> int | None: ...
    @property
    def passing_score(self) -> int: ...
    @property
    def is_required(self) -> bool: ...
    @property
    def is_free_preview(self) -> bool: ...


_QUIZ: Final = (
    "pk", "slug", "title", "kind", "lesson_id", "module_id", "time_limit_minutes", "passing_score", "is_required", "is_free_preview",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The present rows of a course, in order. `questions` and `attachments` by their quiz and lesson."""

    course: Course
    modules: list[Module]
    lessons: dict[UUID, list[Lesson]]
    """By module."""
    quizzes: list[Quiz]
    questions: dict[UUID, list[Question]]
    attachments: dict[UUID, list[Attachment]]
    outline: Outline


def read_draft(course: Course) -> Draft:
    """Five queries, however large the course is."""
    modules = list(Module.objects.present().filter(course=course).order_by("position"))
    lessons: dict[UUID, list[Lesson]] = defaultdict(list)
    for lesson in Lesson.objects.present().filter(course=course).in_order():
        lessons[lesson.module_id].append(lesson)
    quizzes = list(Quiz.objects.present().filter(course=course).order_by("position", "created_at"))
    questions: dict[UUID, list[Question]] = defaultdict(list)
    for question in Question.objects.present().filter(quiz__course=course).order_by("position"):
        questions[question.quiz_id].append(question)
    attachments: dict[UUID, list[Attachment]] = defaultdict(list)
    for attachment in Attachment.objects.present().filter(lesson__course=course).order_by("position", "created_at"):
        attachments[attachment.lesson_id].append(attachment)
    counts = {quiz: len(found) for quiz, found in questions.items()}
    return Draft(
        course=course,
        modules=modules,
        lessons=lessons,
        quizzes=quizzes,
        questions=questions,
        attachments=attachments,
        outline=build_outline(modules, lessons, quizzes, counts),
    )


def read_draft_outline(course: Course) -> Outline:
    """The draft's shape alone, without what lessons and quizzes say. Four queries.

    Asked at each act in the builder, so that hundreds of rows are read as they are, not as instances.
    """
    modules = Module.objects.present().filter(course=course).order_by("position")
    rows = Lesson.objects.present().filter(course=course).in_order()
    lessons: dict[UUID, list[LessonRow]] = defaultdict(list)
    for lesson in rows.values_list("pk", "module_id", "slug", "title", "kind", "minutes", "is_free_preview", named=True):
        lessons[lesson.module_id].append(lesson)
    quizzes = Quiz.objects.present().filter(course=course).order_by("position", "created_at")
    counted = Question.objects.present().filter(quiz__course=course).order_by().values_list("quiz").annotate(Count("pk"))
    return build_outline(
        modules.values_list("pk", "title", "description", "is_free_preview", named=True),
        lessons,
        quizzes.values_list(*_QUIZ, named=True),
        dict(counted),
    )


def build_outline(
    modules: Iterable[ModuleRow],
    lessons: Mapping[UUID, Sequence[LessonRow]],
    quizzes: Iterable[QuizRow],
    question_counts: dict[UUID, int],
    *,
    lesson_revisions: dict[UUID, int] | None = None,
    quiz_revisions: dict[UUID, int] | None = None,
) -> Outline:
    """The outline of these rows; with the revisions' pks where it is to be published. No query.

    A quiz inside a lesson is free where the lesson is, a module's where the quiz itself or the module is (R158).
    """
    lesson_revisions, quiz_revisions = lesson_revisions or {}, quiz_revisions or {}
    inside: dict[UUID, QuizRow] = {}
    of_module: dict[UUID, list[QuizRow]] = defaultdict(list)
    of_course: list[QuizRow] = []
    for quiz in quizzes:
        if quiz.kind == QuizKind.COURSE:
            of_course.append(quiz)
        elif quiz.lesson_id is not None:
            inside[quiz.lesson_id] = quiz
        elif quiz.module_id is not None:
            of_module[quiz.module_id].append(quiz)

    def quiz_entry(quiz: QuizRow, *, is_free: bool) -> QuizEntry:
        return QuizEntry(
            id=str(quiz.pk),
            slug=quiz.slug,
            title=quiz.title,
            kind=quiz.kind,
            questions=question_counts.get(quiz.pk, 0),
            minutes=quiz.time_limit_minutes,
            passing_score=quiz.passing_score,
            is_required=quiz.is_required,
            is_free=is_free,
            revision=quiz_revisions.get(quiz.pk),
        )

    def lesson_entry(lesson: LessonRow, module: ModuleRow) -> LessonEntry:
        is_free = lesson.is_free_preview or module.is_free_preview
        quiz = inside.get(lesson.pk) if lesson.kind == "quiz_inline" else None
        return LessonEntry(
            id=str(lesson.pk),
            slug=lesson.slug,
            title=lesson.title,
            kind=lesson.kind,
            minutes=lesson.minutes,
            is_free=is_free,
            revision=lesson_revisions.get(lesson.pk),
            quiz=quiz_entry(quiz, is_free=is_free or quiz.is_free_preview) if quiz else None,
        )

    return Outline(
        modules=tuple(
            ModuleEntry(
                id=str(module.pk),
                title=module.title,
                description=module.description,
                is_free=module.is_free_preview,
                lessons=tuple(lesson_entry(lesson, module) for lesson in lessons.get(module.pk, [])),
                quizzes=tuple(
                    quiz_entry(quiz, is_free=quiz.is_free_preview or module.is_free_preview) for quiz in of_module.get(module.pk, [])
                ),
            )
            for module in modules
        ),
        quizzes=tuple(quiz_entry(quiz, is_free=quiz.is_free_preview) for quiz in of_course),
    )
