"""Lessons: added, changed, removed, brought back, copied. Their order is in `courses.services.ordering`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courses.embeds import read_video_link
from courses.errors import BadCourse
from courses.limits import MOST_LESSONS
from courses.media import video_states
from courses.models import Attachment, Course, HandIn, Lesson, LessonKind, Module, Quiz
from courses.querysets import LessonQuerySet
from courses.services.locks import lock_course, stamp_outline
from courses.services.quizzes import QuizWords, add_quiz, copy_quiz
from courses.slugs import lesson_slug
from courses.texts import clean_line, clean_sentences, clean_text


@dataclass(frozen=True, kw_only=True)
class LessonWords:
    """Everything that a creator says in one lesson. `video_id` is of a video on the creator's own shelf."""

    title: str
    kind: str = LessonKind.TEXT
    text: str = ""
    takeaways: Sequence[str] = ()
    minutes: int = 5
    video_url: str = ""
    video_id: UUID | None = None
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
    check_room(course)
    lesson = Lesson(course=course, module=module, position=Lesson.objects.present().filter(module=module).count())
    apply_words(lesson, words)
    lesson.slug = lesson_slug(course, slug or lesson.title)
    lesson.save(force_insert=True)
    stamp_outline(course)
    return lesson


@transaction.atomic
def add_quiz_lesson(module: Module, *, by: User, title: str) -> Lesson:
    """A lesson that is a quiz, with the quiz in it. Raises `BadCourse`."""
    lesson = add_lesson(module, by=by, words=LessonWords(title=title, kind=LessonKind.QUIZ_INLINE))
    add_quiz(lesson.course, by=by, words=QuizWords(title=lesson.title), lesson=lesson)
    return lesson


@transaction.atomic
def change_lesson(lesson: Lesson, *, by: User, words: LessonWords) -> Lesson:
    """Say all of it anew (R191), whoever else writes at it: `save_lesson` is for those who saw it first. Raises `BadCourse`."""
    lock_course(lesson.course)
    lesson = Lesson.objects.select_related("course", "module").get(pk=lesson.pk)
    before = LessonWords.of(lesson)
    apply_words(lesson, words)
    if LessonWords.of(lesson) != before:
        lesson.edit_stamp += 1
        lesson.save()
    return lesson


@transaction.atomic
def rename_lesson(lesson: Lesson, *, by: User, title: str) -> Lesson:
    """Another title; its address stays. The quiz inside a lesson that was called like it is renamed too. Raises `BadCourse`."""
    lock_course(lesson.course)
    before = Lesson.objects.get(pk=lesson.pk)
    renamed = change_lesson(before, by=by, words=replace(LessonWords.of(before), title=title))
    Quiz.objects.filter(lesson=renamed, title=before.title).exclude(title=renamed.title).update(
        title=renamed.title, edit_stamp=F("edit_stamp") + 1, updated_at=timezone.now()
    )
    return renamed


@transaction.atomic
def remove_lesson(lesson: Lesson, *, by: User) -> Lesson:
    """Take it out of the draft; its quiz, files and learners' progress stay with it for undoing. Safe to call twice."""
    course = lock_course(lesson.course)
    lesson = Lesson.objects.get(pk=lesson.pk)
    if lesson.position is None:
        return lesson
    _beside(lesson).filter(position__gt=lesson.position).update(position=F("position") - 1)
    lesson.position, lesson.removed_at = None, timezone.now()
    lesson.save(update_fields=["position", "removed_at"])
    stamp_outline(course)
    return lesson


@transaction.atomic
def restore_lesson(lesson: Lesson, *, by: User, position: int | None = None) -> Lesson:
    """Bring it back at `position` of its module, at the end without one. Safe to call twice.

    Raises `BadCourse` when its module was removed, or the course is full.
    """
    course = lock_course(lesson.course)
    lesson = Lesson.objects.select_related("module").get(pk=lesson.pk)
    if lesson.removed_at is None:
        return lesson
    if lesson.module.removed_at is not None:
        raise BadCourse(_("Its module was removed. Bring the module back first."))
    check_room(course)
    count = _beside(lesson).count()
    lesson.position = count if position is None else max(0, min(position, count))
    lesson.removed_at = None
    _beside(lesson).filter(position__gte=lesson.position).update(position=F("position") + 1)
    lesson.save(update_fields=["position", "removed_at"])
    stamp_outline(course)
    return lesson


@transaction.atomic
def duplicate_lesson(lesson: Lesson, *, by: User) -> Lesson:
    """A copy with its files and its quiz right after it, called “… (copy)”. Raises `BadCourse` when the course is full."""
    course = lock_course(lesson.course)
    lesson = Lesson.objects.select_related("module").get(pk=lesson.pk)
    check_room(course)
    title = copied_title(lesson.title)
    copied = Lesson(course=course, module=lesson.module, slug=lesson_slug(course, title), video_id=lesson.video_id)
    apply_words(copied, replace(LessonWords.of(lesson), title=title))
    copied.position = _beside(lesson).count() if lesson.position is None else lesson.position + 1
    _beside(lesson).filter(position__gte=copied.position).update(position=F("position") + 1)
    copied.save(force_insert=True)
    copy_inside({lesson.pk: copied}, course, by=by)
    stamp_outline(course)
    return copied


def copy_inside(copies: Mapping[UUID, Lesson], course: Course, *, by: User) -> None:
    """Give copied lessons, by the pk of what they were copied from, its attachments and its quiz. The caller holds the lock.

    The stored files are shared: the last row that lets go of one takes it away.
    """
    same = ("name", "file", "size_bytes", "sha256", "content_type", "position")
    Attachment.objects.bulk_create(
        Attachment(lesson=copies[entry.lesson_id], **{field: getattr(entry, field) for field in same})
        for entry in Attachment.objects.present().filter(lesson__in=copies)
    )
    for quiz in Quiz.objects.filter(lesson__in=copies, removed_at__isnull=True):
        assert quiz.lesson_id is not None  # the filter takes only those inside a lesson
        copied = copies[quiz.lesson_id]
        copy_quiz(quiz, course, by=by, lesson=copied, title=copied.title if quiz.title in copied.title else quiz.title)


def copied_title(title: str) -> str:
    return _("%(title)s (copy)") % {"title": title[:150]}


def check_room(course: Course, *, more: int = 1) -> None:
    """Whether `more` lessons fit into a course whose lock the caller holds. Raises `BadCourse`."""
    if Lesson.objects.present().filter(course=course).count() + more > MOST_LESSONS:
        raise BadCourse(_("A course has at most %(most)d lessons.") % {"most": MOST_LESSONS}, field="title")


def _beside(lesson: Lesson) -> LessonQuerySet:
    """Those that it stands in one row with."""
    row: LessonQuerySet = Lesson.objects.filter(module_id=lesson.module_id, removed_at__isnull=True)
    return row


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
    link = clean_text(words.video_url, field="video_url", most=4000).strip()
    lesson.video_url = read_video_link(link).page_url if link else ""
    if words.video_id is not None and words.video_id != lesson.video_id and not _is_on_shelf(words.video_id, lesson):
        raise BadCourse(_("Choose a video of your own shelf."), field="video_id")
    lesson.video_id = words.video_id
    lesson.is_free_preview = words.is_free_preview


def _is_on_shelf(video_id: UUID, lesson: Lesson) -> bool:
    """Whether it is one of the course's creator. A lesson of no course, which forms try words on, is nobody's: they check themselves."""
    return lesson.course_id is None or video_id in video_states([video_id], owner_id=lesson.course.creator_id)
