"""Lessons: added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from courses.errors import BadCourse
from courses.limits import MOST_LESSONS
from courses.models import HandIn, Lesson, LessonKind, Module
from courses.services.locks import lock_course, stamp_outline
from courses.slugs import lesson_slug
from courses.texts import clean_line, clean_sentences, clean_text


@dataclass(frozen=True, kw_only=True)
class LessonWords:
    """Everything that a creator says in one lesson."""

    title: str
    kind: str = LessonKind.TEXT
    text: str = ""
    takeaways: Sequence[str] = ()
    minutes: int = 5
    video_url: str = ""
    hand_in: str = HandIn.TEXT
    self_check: Sequence[str] = ()
    is_free_preview: bool = False

    @classmethod
    def of(cls, lesson: Lesson) -> LessonWords:
        """What the lesson says now; change parts of it with `dataclasses.replace`."""
        return cls(**{name: getattr(lesson, name) for name in cls.__dataclass_fields__})


@transaction.atomic
def add_lesson(module: Module, *, by: User, words: LessonWords, slug: str = "") -> Lesson:
    """A lesson at the end of a module (R190). Raises `BadCourse`."""
    course = lock_course(module.course)
    if Lesson.objects.present().filter(course=course).count() >= MOST_LESSONS:
        raise BadCourse(_("A course has at most %(most)d lessons.") % {"most": MOST_LESSONS}, field="title")
    lesson = Lesson(course=course, module=module, position=Lesson.objects.present().filter(module=module).count())
    apply_words(lesson, words)
    lesson.slug = lesson_slug(course, slug or lesson.title)
    lesson.save(force_insert=True)
    stamp_outline(course)
    return lesson


def apply_words(lesson: Lesson, words: LessonWords) -> None:
    """Put cleaned words into the row without saving it. Raises `BadCourse` (naming the field)."""
    lesson.title = clean_line(words.title, field="title", most=160)
    for field, value, known in (("kind", words.kind, LessonKind.values), ("hand_in", words.hand_in, HandIn.values)):
        if value not in known:
            raise BadCourse(_("Choose one of: %(known)s.") % {"known": ", ".join(known)}, field=field)
    lesson.kind, lesson.hand_in = words.kind, words.hand_in
    lesson.text = clean_text(words.text, field="text", most=100_000)
    lesson.takeaways = clean_sentences(words.takeaways, field="takeaways")
    lesson.self_check = clean_sentences(words.self_check, field="self_check")
    if not 1 <= words.minutes <= 600:
        raise BadCourse(_("Say between 1 and 600 minutes."), field="minutes")
    lesson.minutes = words.minutes
    lesson.video_url = clean_text(words.video_url, field="video_url", most=300).strip()
    lesson.is_free_preview = words.is_free_preview
