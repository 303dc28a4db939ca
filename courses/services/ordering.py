"""The order of modules and lessons: arranged as a whole or moved one by one, always seen first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from courses.errors import BadCourse, StaleOutline
from courses.models import Course, Lesson, Module, Quiz, QuizKind
from courses.services.locks import lock_course, stamp_outline

Direction = Literal["up", "down"]
Order = Sequence[tuple[UUID, Sequence[UUID]]]
"""Every module with its lessons, in order."""


@transaction.atomic
def arrange_outline(course: Course, *, by: User, stamp: int, order: Order) -> int:
    """Put all modules and lessons into this order; the new stamp.

    `stamp` is the outline's as it was seen (`Course.outline_stamp`). Raises `StaleOutline` when modules, lessons or quizzes were added,
    moved or removed since, and `BadCourse` when `order` does not name every present module and lesson exactly once.
    """
    course = lock_course(course)
    if course.outline_stamp != stamp:
        raise StaleOutline
    return _write(course, order)


def order_of(course: Course) -> list[tuple[UUID, list[UUID]]]:
    """How the draft stands now. Two queries."""
    order: dict[UUID, list[UUID]] = {
        pk: [] for pk in Module.objects.present().filter(course=course).order_by("position").values_list("pk", flat=True)
    }
    for pk, module_id in Lesson.objects.present().filter(course=course).in_order().values_list("pk", "module_id"):
        order[module_id].append(pk)
    return list(order.items())


@transaction.atomic
def move_module(module: Module, *, by: User, stamp: int, position: int) -> int:
    """Put a module at `position`, counted from 0 without it; the new stamp. Raises `StaleOutline`."""
    course = _lock_seen(module.course, stamp)
    order = order_of(course)
    part = next(entry for entry in order if entry[0] == module.pk)
    order.remove(part)
    order.insert(max(0, min(position, len(order))), part)
    return _write(course, order)


@transaction.atomic
def step_module(module: Module, *, by: User, stamp: int, direction: Direction) -> int:
    """Change places with the module before or after it; at either end nothing happens. Raises `StaleOutline`."""
    course = _lock_seen(module.course, stamp)
    order = order_of(course)
    at = next(place for place, entry in enumerate(order) if entry[0] == module.pk)
    order.insert(max(0, at + _step(direction)), order.pop(at))
    return _write(course, order)


@transaction.atomic
def move_lesson(lesson: Lesson, *, by: User, stamp: int, module: Module, position: int) -> int:
    """Put a lesson into `module` at `position`, counted from 0 without it; the new stamp. Raises `StaleOutline` and `BadCourse`."""
    course = _lock_seen(lesson.course, stamp)
    order = order_of(course)
    lessons = dict(order)
    if module.pk not in lessons:
        raise BadCourse(_("This module is not part of the course."), field="module")
    lessons[lesson.module_id].remove(lesson.pk)
    there = lessons[module.pk]
    there.insert(max(0, min(position, len(there))), lesson.pk)
    return _write(course, order)


@transaction.atomic
def step_lesson(lesson: Lesson, *, by: User, stamp: int, direction: Direction) -> int:
    """One place up or down; from a module's edge into the neighbouring module. At the outline's ends nothing happens.

    Raises `StaleOutline`.
    """
    course = _lock_seen(lesson.course, stamp)
    order = order_of(course)
    at, lessons = next((place, entry[1]) for place, entry in enumerate(order) if entry[0] == lesson.module_id)
    place = lessons.index(lesson.pk)
    beyond = at + _step(direction)
    if 0 <= place + _step(direction) < len(lessons):
        lessons.insert(place + _step(direction), lessons.pop(place))
    elif 0 <= beyond < len(order):
        neighbour = order[beyond][1]
        neighbour.insert(len(neighbour) if direction == "up" else 0, lessons.pop(place))
    return _write(course, order)


@transaction.atomic
def step_quiz(quiz: Quiz, *, by: User, stamp: int, direction: Direction) -> int:
    """One place up or down among the quizzes of its module or of the course; from a module's edge into the neighbouring module.

    A quiz inside a lesson moves with its lesson: nothing happens. Raises `StaleOutline`.
    """
    course = _lock_seen(quiz.course, stamp)
    beside = list(Quiz.objects.present().filter(course=course, kind=quiz.kind, module=quiz.module_id).order_by("position"))
    place = next(at for at, entry in enumerate(beside) if entry.pk == quiz.pk)
    wanted = place + _step(direction)
    if quiz.kind == QuizKind.INLINE:
        return stamp
    if 0 <= wanted < len(beside):
        beside.insert(wanted, beside.pop(place))
        _number(beside)
        return stamp_outline(course)
    if quiz.module_id is None:
        return stamp
    modules = list(Module.objects.present().filter(course=course).order_by("position").values_list("pk", flat=True))
    to = modules.index(quiz.module_id) + _step(direction)
    if not 0 <= to < len(modules):
        return stamp
    there = list(Quiz.objects.present().filter(module=modules[to]).order_by("position"))
    moved = beside.pop(place)
    moved.module_id = modules[to]
    there.insert(len(there) if direction == "up" else 0, moved)
    _number(beside)
    _number(there)
    return stamp_outline(course)


def _step(direction: Direction) -> int:
    return -1 if direction == "up" else 1


def _lock_seen(course: Course, stamp: int) -> Course:
    course = lock_course(course)
    if course.outline_stamp != stamp:
        raise StaleOutline
    return course


def _write(course: Course, order: Order) -> int:
    """Write the places that differ; the stamp after that."""
    modules = dict(Module.objects.present().filter(course=course).order_by().values_list("pk", "position"))
    rows = Lesson.objects.present().filter(course=course).order_by().values_list("pk", "module_id", "position")
    lessons = {pk: (module_id, position) for pk, module_id, position in rows}
    named = [pk for _module, inside in order for pk in inside]
    if sorted(pk for pk, _inside in order) != sorted(modules) or sorted(named) != sorted(lessons):
        raise BadCourse(_("Name every module and every lesson exactly once."), field="order")
    moved_modules = [Module(pk=pk, position=place) for place, (pk, _inside) in enumerate(order) if modules[pk] != place]
    moved_lessons = [
        Lesson(pk=lesson_id, module_id=pk, position=at)
        for pk, inside in order
        for at, lesson_id in enumerate(inside)
        if lessons[lesson_id] != (pk, at)
    ]
    if not moved_modules and not moved_lessons:
        return course.outline_stamp
    if moved_modules:
        Module.objects.bulk_update(moved_modules, ["position"])
    if moved_lessons:
        Lesson.objects.bulk_update(moved_lessons, ["module", "position"])
    return stamp_outline(course)


def _number(quizzes: Sequence[Quiz]) -> None:
    for at, quiz in enumerate(quizzes):
        quiz.position = at
    Quiz.objects.bulk_update(quizzes, ["module", "position"])
