"""What a lesson and a quiz say, whether read from the creator's draft or from a published revision.

Player, preview, grading and export all take these, so that they cannot disagree.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

from django.utils.safestring import SafeString

from courses.embeds import Embed, embed_or_none
from courses.models import Attachment, Lesson, LessonKind, Question, Quiz
from kit.markdown import render_lesson


@dataclass(frozen=True, kw_only=True)
class AttachmentContent:
    """`file` is the name in the private store, `size` in bytes."""

    id: str
    name: str
    file: str
    size: int
    sha256: str
    content_type: str


@dataclass(frozen=True, kw_only=True)
class LessonContent:
    """One lesson. `text` is Markdown (`kit.markdown.render_lesson`)."""

    id: str
    title: str
    kind: str
    text: str
    takeaways: tuple[str, ...] = ()
    minutes: int = 5
    video_url: str = ""
    video_id: str = ""
    hand_in: str = "nothing"
    self_check: tuple[str, ...] = ()
    attachments: tuple[AttachmentContent, ...] = ()

    @property
    def html(self) -> SafeString:
        """The text as every page shows it. Headings have ids: one lesson stands on a page."""
        return render_lesson(self.text, anchors=True)

    @property
    def embed(self) -> Embed | None:
        """The video elsewhere, in a lesson that is one."""
        return embed_or_none(self.video_url) if self.kind == LessonKind.VIDEO_EMBED else None


@dataclass(frozen=True, kw_only=True)
class OptionContent:
    id: str
    text: str


@dataclass(frozen=True, kw_only=True)
class QuestionContent:
    """`correct` are ids of options. Never goes into a page before the answer was handed in."""

    id: str
    kind: str
    text: str
    options: tuple[OptionContent, ...]
    correct: tuple[str, ...]
    explanation: str = ""
    partial_credit: bool = False
    points: int = 1


@dataclass(frozen=True, kw_only=True)
class QuizContent:
    """`passing_score` in per cent; `time_limit_minutes` None is without end."""

    id: str
    kind: str
    title: str
    description: str
    passing_score: int
    allow_retakes: bool
    shuffle: bool
    time_limit_minutes: int | None
    is_required: bool
    questions: tuple[QuestionContent, ...]


Content = LessonContent | QuizContent


def lesson_content(lesson: Lesson, attachments: Iterable[Attachment]) -> LessonContent:
    """The draft's lesson with its present attachments. No query."""
    return LessonContent(
        id=str(lesson.pk),
        title=lesson.title,
        kind=lesson.kind,
        text=lesson.text,
        takeaways=tuple(lesson.takeaways),
        minutes=lesson.minutes,
        video_url=lesson.video_url,
        video_id=str(lesson.video_id or ""),
        hand_in=lesson.hand_in,
        self_check=tuple(lesson.self_check),
        attachments=tuple(
            AttachmentContent(
                id=str(entry.pk),
                name=entry.name,
                file=entry.file.name or "",
                size=entry.size_bytes,
                sha256=entry.sha256,
                content_type=entry.content_type,
            )
            for entry in attachments
        ),
    )


def quiz_content(quiz: Quiz, questions: Iterable[Question]) -> QuizContent:
    """The draft's quiz with its questions in order. No query."""
    return QuizContent(
        id=str(quiz.pk),
        kind=quiz.kind,
        title=quiz.title,
        description=quiz.description,
        passing_score=quiz.passing_score,
        allow_retakes=quiz.allow_retakes,
        shuffle=quiz.shuffle,
        time_limit_minutes=quiz.time_limit_minutes,
        is_required=quiz.is_required,
        questions=tuple(
            QuestionContent(
                id=str(question.pk),
                kind=question.kind,
                text=question.text,
                options=tuple(OptionContent(id=option["id"], text=option["text"]) for option in question.options),
                correct=tuple(question.correct),
                explanation=question.explanation,
                partial_credit=question.partial_credit,
                points=question.points,
            )
            for question in questions
        ),
    )


def read_lesson_content(stored: Mapping[str, Any]) -> LessonContent:
    """A revision's lesson."""
    return LessonContent(
        **{
            **stored,
            "takeaways": tuple(stored["takeaways"]),
            "self_check": tuple(stored["self_check"]),
            "attachments": tuple(AttachmentContent(**entry) for entry in stored["attachments"]),
        }
    )


def read_quiz_content(stored: Mapping[str, Any]) -> QuizContent:
    """A revision's quiz."""
    questions = tuple(
        QuestionContent(
            **{
                **entry,
                "options": tuple(OptionContent(**option) for option in entry["options"]),
                "correct": tuple(entry["correct"]),
            }
        )
        for entry in stored["questions"]
    )
    return QuizContent(**{**stored, "questions": questions})


def as_stored(content: Content) -> dict[str, Any]:
    """As JSON that `read_lesson_content` or `read_quiz_content` reads back to an equal object."""
    stored: dict[str, Any] = json.loads(_canonical(content))
    return stored


def digest_of(content: Content) -> str:
    """Hex SHA-256 of the canonical JSON (sorted keys, no spaces, UTF-8)."""
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def _canonical(content: Content) -> str:
    return json.dumps(content, default=_fields_of, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _fields_of(part: object) -> dict[str, Any]:
    """As `dataclasses.asdict`, which copies everything at any depth, of this one alone: its parts come by themselves."""
    if not is_dataclass(part):
        raise TypeError(f"{type(part).__qualname__} cannot be stored")
    return {name: getattr(part, name) for name in part.__dataclass_fields__}
