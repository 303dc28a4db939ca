"""A draft as the player shows versions: with addresses of its own, and nobody's progress."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from courses.content import LessonContent, lesson_content
from courses.errors import CourseNotFound
from courses.learning.access import SENTENCES, LessonAccess, Reason
from courses.learning.home import CourseHome, listed_free
from courses.learning.pages import Frame, LessonPage, build_frame, file_rows, rows_of
from courses.learning.selectors import Step
from courses.models import Attachment, Course, Lesson, LessonKind
from courses.outline import LessonEntry, Outline
from courses.video.playing import VideoFrame, play_base, video_frame

Eyes = Literal["buyer", "visitor"]


class DraftAddresses:
    """Those of a preview. Every link keeps the eyes that one looks with; a quiz leads to its own preview."""

    def __init__(self, course: Course, outline: Outline, eyes: Eyes) -> None:
        self.slug, self.outline = course.slug, outline
        self.query = "?as=visitor" if eyes == "visitor" else ""
        self.root = reverse("course_preview", args=[course.slug])
        self.course = f"{self.root}{self.query}"

    def lesson(self, slug: str) -> str:
        return f"{self.root}{slug}/{self.query}"

    def quiz(self, slug: str) -> str:
        try:
            return reverse("course_quiz_preview", args=[self.slug, self.outline.quiz_by_slug[slug].id])
        except NoReverseMatch:
            return ""

    def module(self, module_id: str) -> str:
        return ""

    def file(self, lesson_slug: str, attachment_id: str) -> str:
        return ""


class DraftPreview:
    """The draft of `course` as a buyer or as a visitor would see it."""

    def __init__(self, course: Course, outline: Outline, eyes: Eyes) -> None:
        self.course, self.outline, self.eyes = course, outline, eyes
        self.addresses = DraftAddresses(course, outline, eyes)

    def access(self, step: Step) -> LessonAccess:
        """What a buyer or a visitor would be told (R199, R201, R202)."""
        for_visitor = Reason.FREE_PREVIEW if step.is_free else Reason.SIGN_IN
        reason = Reason.ENROLLED if self.eyes == "buyer" else for_visitor
        return LessonAccess(accessible=reason is not Reason.SIGN_IN, reason=reason, sentence=SENTENCES[reason])

    def frame(self, current: Step | None = None, *, open_at: Step | None = None) -> Frame:
        return build_frame(
            self.outline, title=self.course.title, addresses=self.addresses, access=self.access, current=current, open_at=open_at
        )

    def home(self) -> CourseHome:
        """The course's own page. No query."""
        is_buyer = self.eyes == "buyer"
        steps = self.outline.steps
        free = [lesson for lesson in self.outline.lessons() if lesson.is_free]
        first: Step | None = next(iter(steps if is_buyer else free), None)
        rows = rows_of(self.addresses, self.access, None)
        return CourseHome(
            frame=self.frame(open_at=first),
            totals=self.outline.totals,
            reason="",
            is_learner=False,
            has_full_access=is_buyer,
            has_begun=False,
            is_completed=False,
            resume=rows([first])[0] if first else None,
            free=() if is_buyer else rows(listed_free(self.outline)),
            bookmarks=(),
            notes=0,
            has_notes_page=False,
        )

    def find(self, slug: str) -> LessonEntry:
        """Raises `CourseNotFound` where the draft has no such lesson."""
        entry = self.outline.lesson_by_slug.get(slug)
        if entry is None:
            raise CourseNotFound(_("This lesson is not part of the course."))
        return entry

    def lesson(self, entry: LessonEntry) -> LessonPage:
        """A lesson as the draft has it. Two queries."""
        lesson = Lesson.objects.get(pk=entry.id)
        content = lesson_content(lesson, Attachment.objects.present().filter(lesson=lesson).order_by("position", "created_at"))
        return LessonPage(
            frame=self.frame(entry),
            lesson=entry,
            content=content,
            href="",
            files=file_rows(entry, content.attachments, self.addresses),
            has_quiz=entry.quiz is not None,
            video=video_frame(content.video_id, base=play_base(UUID(content.video_id)))
            if content.kind == LessonKind.VIDEO and content.video_id
            else None,
        )


def _own_video(content: LessonContent) -> VideoFrame | None:
    """A draft's video plays by its owner's addresses."""
    if content.kind != LessonKind.VIDEO or not content.video_id:
        return None
    return video_frame(content.video_id, base=play_base(UUID(content.video_id)))
