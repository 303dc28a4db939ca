"""Writing a lesson: what was typed replaces what was seen, never what somebody else wrote meanwhile."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.errors import StaleEdit
from courses.models import Course, Lesson
from courses.services.lessons import LessonWords, apply_words
from courses.services.locks import lock_course
from kit.errors import NotFound


@transaction.atomic
def save_lesson(lesson: Lesson, *, by: User, stamp: int, words: LessonWords) -> Lesson:
    """The lesson with these words, if it still stands as the writer saw it at `stamp` (its `edit_stamp`).

    The stored lesson is returned with its new stamp. Words that are stored already are accepted whatever the stamp, so that a
    save whose answer was lost can be sent again. Raises `StaleEdit` when it was changed meanwhile, `BadCourse` (naming the
    field), `NotFound` when it was removed.
    """
    lock_course(lesson.course)
    lesson = _read(lesson)
    before = LessonWords.of(lesson)
    apply_words(lesson, words)
    if LessonWords.of(lesson) == before:
        return lesson
    if lesson.edit_stamp != stamp:
        raise StaleEdit
    lesson.edit_stamp += 1
    lesson.save()
    Course.objects.filter(pk=lesson.course_id).update(updated_at=timezone.now())
    return lesson


def _read(lesson: Lesson) -> Lesson:
    found = Lesson.objects.present().select_related("course", "module").filter(pk=lesson.pk).first()
    if found is None:
        raise NotFound
    return found
