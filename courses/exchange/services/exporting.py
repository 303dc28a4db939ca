"""Exports: a course's draft as one package that imports back to an equal course (docs/course-format.md)."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO, Any, Final

from django.core.files.base import File
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from accounts.models import User
from courses.content import AttachmentContent, QuizContent, lesson_content, quiz_content
from courses.drafting import Draft, read_draft
from courses.exchange.formats.course_json import FORMAT, VERSION
from courses.exchange.limits import AT_ONCE_BYTES, AT_ONCE_FILES, KEEP_HOURS
from courses.exchange.models import CourseExport
from courses.models import Attachment, Course, Picture, Quiz
from kit.files import extension_of
from kit.jobs import enqueue
from kit.storage import private, public, store_upload

Progress = Callable[[int, int], None]
_DATE: Final = (2026, 1, 1, 0, 0, 0)
"""Of every entry, so that an unchanged course gives the same bytes."""


@dataclass
class Packing:
    """What goes into the package: the document, and files by their path in it."""

    document: dict[str, Any]
    pictures: dict[str, str] = field(default_factory=dict)
    attachments: dict[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.pictures) + len(self.attachments)


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a package will hold. Bytes are those of its files as they are stored."""

    pictures: int
    attachments: int
    total_bytes: int


def measure(course: Course) -> Size:
    """Two queries. Pictures that no text shows any more are counted, though they do not go along."""
    pictures = Picture.objects.filter(course=course).aggregate(count=Count("pk"), size=Sum("size_bytes"))
    attachments = Attachment.objects.present().filter(lesson__course=course).aggregate(count=Count("pk"), size=Sum("size_bytes"))
    return Size(
        pictures=pictures["count"],
        attachments=attachments["count"],
        total_bytes=(pictures["size"] or 0) + (attachments["size"] or 0),
    )


def is_large(course: Course) -> bool:
    """Whether packing takes long enough for a job."""
    size = measure(course)
    return size.pictures + size.attachments > AT_ONCE_FILES or size.total_bytes > AT_ONCE_BYTES


def write_package(course: Course, into: IO[bytes], *, progress: Progress | None = None) -> None:
    """The package of the draft as it stands. Memory does not grow with its files; seven queries."""
    packing = pack_course(course)
    done = 0
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(packing.document, ensure_ascii=False, indent=1)
        archive.writestr(zipfile.ZipInfo("course.json", _DATE), text.encode(), zipfile.ZIP_DEFLATED)
        for store, files in ((public(), packing.pictures), (private(), packing.attachments)):
            for path, name in files.items():
                info = zipfile.ZipInfo(path, _DATE)
                with store.open(name) as source, archive.open(info, "w", force_zip64=source.size > 1 << 31) as entry:
                    shutil.copyfileobj(source, entry, 1 << 16)
                done += 1
                if progress:
                    progress(done, packing.count)


def pack_course(course: Course) -> Packing:
    """The draft as a document of our format, and the files that it names."""
    return _Packer(read_draft(course), Picture.objects.filter(course=course)).packing


@transaction.atomic
def start_export(course: Course, *, by: User) -> CourseExport:
    """Let a job pack the course; `CourseExport.file` is there once it is done."""
    export = CourseExport.objects.create(creator=by, course=course, expires_at=timezone.now() + timedelta(hours=KEEP_HOURS))
    enqueue("courses.export", key=export.job_key, params={"export": str(export.pk)}, owner=f"user:{by.pk}")
    return export


def fulfil_export(export: CourseExport, *, progress: Progress | None = None) -> CourseExport:
    """Pack and store. Safe to run twice: the second time finds it done. Nothing is packed of a course that is gone."""
    export.refresh_from_db()
    if export.file or export.course is None:
        return export
    with tempfile.TemporaryFile() as packed:
        write_package(export.course, packed, progress=progress)
        stored = store_upload(File(packed), prefix="exports")
    if not CourseExport.objects.filter(pk=export.pk, file="").update(file=stored.name, size_bytes=stored.size):
        private().delete(stored.name)
    export.refresh_from_db()
    return export


def forget_ended(moment: datetime) -> int:
    """Let go of exports whose time is over by `moment`. Returns how many."""
    count = 0
    for export in CourseExport.objects.filter(expires_at__lte=moment)[:500]:
        name = str(export.file.name or "")
        if CourseExport.objects.filter(pk=export.pk, file=name).delete()[0]:
            count += 1
            if name:
                private().delete(name)
    return count


class _Packer:
    def __init__(self, draft: Draft, pictures: Any) -> None:
        self._draft = draft
        self._pictures = {str(picture.image.name): picture for picture in pictures}
        base = public().url("x").removesuffix("x")
        self._address = re.compile(re.escape(base) + r"([\w./-]+)")
        self.packing = Packing({})
        self.packing.document = self._course()

    def _course(self) -> dict[str, Any]:
        course = self._draft.course
        inside = {quiz.lesson_id: quiz for quiz in self._draft.quizzes if quiz.lesson_id}
        return {
            "format": FORMAT,
            "version": VERSION,
            "title": course.title,
            "slug": course.slug,
            "language": course.language,
            "level": course.level,
            "outcomes": course.outcomes,
            "prerequisites": course.prerequisites,
            "audience": course.audience,
            "completion": course.completion,
            "gives_certificate": course.gives_certificate,
            "modules": [
                {
                    "title": module.title,
                    "description": module.description,
                    "is_free_preview": module.is_free_preview,
                    "lessons": [self._lesson(lesson, inside.get(lesson.pk)) for lesson in self._draft.lessons.get(module.pk, [])],
                    "quizzes": [self._quiz(quiz) for quiz in self._draft.quizzes if quiz.module_id == module.pk],
                }
                for module in self._draft.modules
            ],
            "quizzes": [self._quiz(quiz) for quiz in self._draft.quizzes if quiz.module_id is None and quiz.lesson_id is None],
        }

    def _lesson(self, lesson: Any, quiz: Quiz | None) -> dict[str, Any]:
        content = lesson_content(lesson, self._draft.attachments.get(lesson.pk, ()))
        found = {
            "title": content.title,
            "slug": lesson.slug,
            "kind": content.kind,
            "text": self._text(content.text),
            "takeaways": list(content.takeaways),
            "minutes": content.minutes,
            "video_url": content.video_url,
            "hand_in": content.hand_in,
            "self_check": list(content.self_check),
            "is_free_preview": lesson.is_free_preview,
            "attachments": [{"name": entry.name, "file": self._attachment(entry)} for entry in content.attachments],
        }
        return {**found, "quiz": self._quiz(quiz)} if quiz else found

    def _quiz(self, quiz: Quiz) -> dict[str, Any]:
        content: QuizContent = quiz_content(quiz, self._draft.questions.get(quiz.pk, ()))
        return {
            "title": content.title,
            "slug": quiz.slug,
            "description": self._text(content.description),
            "passing_score": content.passing_score,
            "allow_retakes": content.allow_retakes,
            "shuffle": content.shuffle,
            "time_limit_minutes": content.time_limit_minutes,
            "is_required": content.is_required,
            "is_free_preview": quiz.is_free_preview,
            "questions": [
                {
                    "kind": question.kind,
                    "text": self._text(question.text),
                    "options": [{"id": option.id, "text": option.text} for option in question.options],
                    "correct": list(question.correct),
                    "explanation": self._text(question.explanation),
                    "partial_credit": question.partial_credit,
                    "points": question.points,
                }
                for question in content.questions
            ],
        }

    def _text(self, text: str) -> str:
        """The text with its own pictures named by their places in the package."""

        def place(match: re.Match[str]) -> str:
            picture = self._pictures.get(match[1])
            if picture is None:
                return match[0]
            path = f"files/pictures/{picture.sha256[:20]}.{extension_of(match[1]) or 'webp'}"
            self.packing.pictures[path] = match[1]
            return path

        return self._address.sub(place, text)

    def _attachment(self, entry: AttachmentContent) -> str:
        path = f"files/attachments/{entry.sha256[:20]}.{extension_of(entry.name) or 'bin'}"
        self.packing.attachments[path] = entry.file
        return path
