"""The shape of a course: modules, lessons and quizzes in order, from the creator's draft or from a version.

Small enough to be read for each page: what a lesson or quiz says is elsewhere (`courses.content`), by its revision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from courses.models import CourseVersion


@dataclass(frozen=True, kw_only=True)
class QuizEntry:
    """`revision` is the pk of the `QuizRevision`, None in a draft; `minutes` the time limit."""

    id: str
    slug: str
    title: str
    kind: str
    questions: int
    minutes: int | None
    passing_score: int
    is_required: bool
    is_free: bool
    revision: int | None = None


@dataclass(frozen=True, kw_only=True)
class LessonEntry:
    """`is_free` is true where the lesson or its module is a free preview (R201). `quiz` is the one inside, if any."""

    id: str
    slug: str
    title: str
    kind: str
    minutes: int
    is_free: bool
    revision: int | None = None
    quiz: QuizEntry | None = None


@dataclass(frozen=True, kw_only=True)
class ModuleEntry:
    id: str
    title: str
    description: str
    is_free: bool
    lessons: tuple[LessonEntry, ...]
    quizzes: tuple[QuizEntry, ...] = ()

    @property
    def minutes(self) -> int:
        """The sum of its lessons' (R149)."""
        return sum(lesson.minutes for lesson in self.lessons)


@dataclass(frozen=True, kw_only=True)
class Outline:
    """A whole course. Steps are what one goes through: each lesson, each module's quizzes after its lessons, the course's last."""

    modules: tuple[ModuleEntry, ...]
    quizzes: tuple[QuizEntry, ...] = ()

    def lessons(self) -> Iterator[LessonEntry]:
        for module in self.modules:
            yield from module.lessons

    def all_quizzes(self) -> Iterator[QuizEntry]:
        """Those inside lessons, of modules and of the course, in order."""
        for module in self.modules:
            yield from (lesson.quiz for lesson in module.lessons if lesson.quiz)
            yield from module.quizzes
        yield from self.quizzes

    @cached_property
    def steps(self) -> tuple[LessonEntry | QuizEntry, ...]:
        found: list[LessonEntry | QuizEntry] = []
        for module in self.modules:
            found += [*module.lessons, *module.quizzes]
        return (*found, *self.quizzes)

    @cached_property
    def lesson_by_slug(self) -> dict[str, LessonEntry]:
        return {lesson.slug: lesson for lesson in self.lessons()}

    @cached_property
    def lesson_by_id(self) -> dict[str, LessonEntry]:
        return {lesson.id: lesson for lesson in self.lessons()}

    @cached_property
    def quiz_by_slug(self) -> dict[str, QuizEntry]:
        return {quiz.slug: quiz for quiz in self.all_quizzes()}

    @cached_property
    def quiz_by_id(self) -> dict[str, QuizEntry]:
        return {quiz.id: quiz for quiz in self.all_quizzes()}

    @cached_property
    def module_of(self) -> dict[str, ModuleEntry]:
        """By the id of a lesson or of a module's or a lesson's quiz."""
        found: dict[str, ModuleEntry] = {}
        for module in self.modules:
            found.update({lesson.id: module for lesson in module.lessons})
            found.update({quiz.id: module for quiz in module.quizzes})
            found.update({lesson.quiz.id: module for lesson in module.lessons if lesson.quiz})
        return found

    @cached_property
    def totals(self) -> Totals:
        lessons = list(self.lessons())
        return Totals(
            modules=len(self.modules),
            lessons=len(lessons),
            quizzes=sum(1 for _quiz in self.all_quizzes()),
            minutes=sum(lesson.minutes for lesson in lessons),
            free_lessons=sum(lesson.is_free for lesson in lessons),
        )


@dataclass(frozen=True, kw_only=True)
class Totals:
    """R169, R170. Minutes are the sum of the lessons'."""

    modules: int
    lessons: int
    quizzes: int
    minutes: int
    free_lessons: int


def read_outline(stored: Mapping[str, Any]) -> Outline:
    """The outline of a version."""
    return Outline(
        modules=tuple(
            ModuleEntry(
                **{
                    **module,
                    "lessons": tuple(
                        LessonEntry(**{**lesson, "quiz": QuizEntry(**lesson["quiz"]) if lesson["quiz"] else None})
                        for lesson in module["lessons"]
                    ),
                    "quizzes": tuple(QuizEntry(**quiz) for quiz in module["quizzes"]),
                }
            )
            for module in stored["modules"]
        ),
        quizzes=tuple(QuizEntry(**quiz) for quiz in stored["quizzes"]),
    )


def outline_as_stored(outline: Outline) -> dict[str, Any]:
    """As JSON that `read_outline` reads back to an equal object."""
    return asdict(outline)


def without_revisions(outline: Outline) -> Outline:
    """The same shape without saying which texts: to compare a draft with a version."""

    def bare_quiz(quiz: QuizEntry) -> QuizEntry:
        return replace(quiz, revision=None) if quiz.revision else quiz

    def bare_lesson(lesson: LessonEntry) -> LessonEntry:
        return replace(lesson, revision=None, quiz=bare_quiz(lesson.quiz) if lesson.quiz else None) if lesson.revision else lesson

    return Outline(
        modules=tuple(
            replace(module, lessons=tuple(map(bare_lesson, module.lessons)), quizzes=tuple(map(bare_quiz, module.quizzes)))
            for module in outline.modules
        ),
        quizzes=tuple(map(bare_quiz, outline.quizzes)),
    )


@lru_cache(maxsize=64)
def version_shape(version_id: int) -> Outline:
    """`without_revisions` of a published version, kept in memory."""
    return without_revisions(version_outline(version_id))


@lru_cache(maxsize=256)
def version_outline(version_id: int) -> Outline:
    """The outline of a published version, kept in memory: a version never changes. One query at first, none later."""
    return read_outline(CourseVersion.objects.values_list("outline", flat=True).get(pk=version_id))
