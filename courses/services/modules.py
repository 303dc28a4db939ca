"""Modules: added, changed, removed, brought back, copied. Their order is in `courses.services.ordering`."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courses.errors import BadCourse
from courses.limits import MOST_MODULES
from courses.models import Course, Lesson, Module, Quiz
from courses.services.lessons import LessonWords, apply_words, check_room, copied_title, copy_inside
from courses.services.locks import lock_course, stamp_outline
from courses.services.quizzes import copy_quiz
from courses.slugs import lesson_slugs
from courses.texts import clean_line, clean_text


@dataclass(frozen=True, kw_only=True)
class ModuleWords:
    """Everything that a creator says about a module."""

    title: str
    description: str = ""
    is_free_preview: bool = False

    @classmethod
    def of(cls, module: Module) -> ModuleWords:
        """What the module says now; change parts of it with `dataclasses.replace`."""
        return cls(title=module.title, description=module.description, is_free_preview=module.is_free_preview)


@transaction.atomic
def add_module(course: Course, *, by: User, title: str, description: str = "", is_free_preview: bool = False) -> Module:
    """A module at the end (R186). Raises `BadCourse`."""
    course = lock_course(course)
    module = Module(course=course, position=_room_for_one(course))
    _apply(module, ModuleWords(title=title, description=description, is_free_preview=is_free_preview))
    module.save(force_insert=True)
    stamp_outline(course)
    return module


@transaction.atomic
def change_module(module: Module, *, by: User, words: ModuleWords) -> Module:
    """Say all of it anew (R187). Raises `BadCourse`."""
    lock_course(module.course)
    module = Module.objects.select_related("course").get(pk=module.pk)
    _apply(module, words)
    module.save(update_fields=["title", "description", "is_free_preview"])
    return module


@transaction.atomic
def remove_module(module: Module, *, by: User) -> Module:
    """Take it out of the draft with all that is in it (R188); it stays for undoing. Safe to call twice."""
    course = lock_course(module.course)
    module = Module.objects.get(pk=module.pk)
    if module.position is None:
        return module
    Module.objects.present().filter(course=course, position__gt=module.position).update(position=F("position") - 1)
    module.position, module.removed_at = None, timezone.now()
    module.save(update_fields=["position", "removed_at"])
    stamp_outline(course)
    return module


@transaction.atomic
def restore_module(module: Module, *, by: User, position: int | None = None) -> Module:
    """Bring it back with what was in it, at `position` or at the end. Safe to call twice. Raises `BadCourse` when the course is full."""
    course = lock_course(module.course)
    module = Module.objects.get(pk=module.pk)
    if module.removed_at is None:
        return module
    check_room(course, more=Lesson.objects.filter(module=module, removed_at__isnull=True).count())
    count = _room_for_one(course)
    module.position = count if position is None else max(0, min(position, count))
    module.removed_at = None
    Module.objects.present().filter(course=course, position__gte=module.position).update(position=F("position") + 1)
    module.save(update_fields=["position", "removed_at"])
    stamp_outline(course)
    return module


@transaction.atomic
def duplicate_module(module: Module, *, by: User) -> Module:
    """A copy with its lessons, files and quizzes right after it, called “… (copy)”. Raises `BadCourse` when the course is full."""
    course = lock_course(module.course)
    module = Module.objects.get(pk=module.pk)
    count = _room_for_one(course)
    lessons = list(Lesson.objects.filter(module=module, removed_at__isnull=True).order_by("position"))
    check_room(course, more=len(lessons))
    place = count if module.position is None else module.position + 1
    Module.objects.present().filter(course=course, position__gte=place).update(position=F("position") + 1)
    copied = Module.objects.create(
        course=course,
        title=copied_title(module.title),
        description=module.description,
        is_free_preview=module.is_free_preview,
        position=place,
    )
    copies = {}
    for lesson, slug in zip(lessons, lesson_slugs(course, [lesson.title for lesson in lessons]), strict=True):
        copy = Lesson(course=course, module=copied, slug=slug, position=lesson.position, video_id=lesson.video_id)
        apply_words(copy, LessonWords.of(lesson))
        copies[lesson.pk] = copy
    Lesson.objects.bulk_create(copies.values())
    copy_inside(copies, course, by=by)
    for quiz in Quiz.objects.filter(module=module, removed_at__isnull=True).order_by("position"):
        copy_quiz(quiz, course, by=by, module=copied)
    stamp_outline(course)
    return copied


def _room_for_one(course: Course) -> int:
    """How many modules there are, where one more is wanted. Raises `BadCourse` when the course is full."""
    count: int = Module.objects.present().filter(course=course).count()
    if count >= MOST_MODULES:
        raise BadCourse(_("A course has at most %(most)d modules.") % {"most": MOST_MODULES}, field="title")
    return count


def _apply(module: Module, words: ModuleWords) -> None:
    module.title = clean_line(words.title, field="title", most=160)
    module.description = clean_text(words.description, field="description", most=2000).strip()
    module.is_free_preview = words.is_free_preview
