"""Modules, lessons and quizzes under one name: what their rows in the outline have in common, and the services behind each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.db.models import Model

from accounts.models import User
from courses.access import get_own_lesson, get_own_module, get_own_quiz, get_removed_lesson, get_removed_module, get_removed_quiz
from courses.models import Course, Lesson, Module, Quiz
from courses.services import lessons, modules, ordering, quizzes
from courses.services.lessons import LessonWords
from courses.services.modules import ModuleWords
from courses.services.quizzes import QuizWords
from kit.errors import NotFound

Part = Module | Lesson | Quiz


@dataclass(frozen=True, kw_only=True)
class PartKind:
    """`find` and `find_removed` are the doors; the rest change the part. `rename` and `offer` do not change the order."""

    find: Callable[[Course, UUID], Any]
    find_removed: Callable[[Course, UUID], Any]
    rename: Callable[..., Any]
    offer: Callable[..., Any]
    step: Callable[..., int]
    copy: Callable[..., Any]
    remove: Callable[..., Any]
    restore: Callable[..., Any]


def rename_module(module: Module, *, by: User, title: str) -> Module:
    return modules.change_module(module, by=by, words=replace(ModuleWords.of(module), title=title))


def offer_module(module: Module, *, by: User, free: bool) -> Module:
    return modules.change_module(module, by=by, words=replace(ModuleWords.of(module), is_free_preview=free))


def offer_lesson(lesson: Lesson, *, by: User, free: bool) -> Lesson:
    return lessons.change_lesson(lesson, by=by, words=replace(LessonWords.of(lesson), is_free_preview=free))


def rename_quiz(quiz: Quiz, *, by: User, title: str) -> Quiz:
    return quizzes.change_quiz(quiz, by=by, stamp=quiz.edit_stamp, words=replace(QuizWords.of(quiz), title=title))


def offer_quiz(quiz: Quiz, *, by: User, free: bool) -> Quiz:
    return quizzes.change_quiz(quiz, by=by, stamp=quiz.edit_stamp, words=replace(QuizWords.of(quiz), is_free_preview=free))


KINDS: Final[dict[str, PartKind]] = {
    "module": PartKind(
        find=get_own_module,
        find_removed=get_removed_module,
        rename=rename_module,
        offer=offer_module,
        step=ordering.step_module,
        copy=modules.duplicate_module,
        remove=modules.remove_module,
        restore=modules.restore_module,
    ),
    "lesson": PartKind(
        find=get_own_lesson,
        find_removed=get_removed_lesson,
        rename=lessons.rename_lesson,
        offer=offer_lesson,
        step=ordering.step_lesson,
        copy=lessons.duplicate_lesson,
        remove=lessons.remove_lesson,
        restore=lessons.restore_lesson,
    ),
    "quiz": PartKind(
        find=get_own_quiz,
        find_removed=get_removed_quiz,
        rename=rename_quiz,
        offer=offer_quiz,
        step=ordering.step_quiz,
        copy=quizzes.duplicate_quiz,
        remove=quizzes.remove_quiz,
        restore=quizzes.restore_quiz,
    ),
}


def kind_of(part: str) -> PartKind:
    """Raises `NotFound` for a word that names no kind of part."""
    if part not in KINDS:
        raise NotFound
    return KINDS[part]


def module_of(part: Part) -> UUID | None:
    """The module in which a part's row stands; None for a module itself and for the course's own quizzes."""
    if isinstance(part, Lesson):
        return part.module_id
    if isinstance(part, Quiz):
        return part.module_id or (part.lesson.module_id if part.lesson else None)
    return None


def anchor_of(part: Model) -> str:
    """Id of a part's row in the page."""
    return f"{part._meta.model_name}-{part.pk}"


def removed_part(course: Course, anchor: str) -> Part | None:
    """The part that a page's address names as just removed, as "lesson-<id>"; None for nonsense and for what is there again."""
    word, _dash, text = anchor.partition("-")
    if word not in KINDS:
        return None
    try:
        part: Part = KINDS[word].find_removed(course, UUID(text))
    except (NotFound, ValueError):
        return None
    return part
