"""Which lessons show a video, in drafts and in what learners take now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from courses.media import VideoState
from courses.models import Lesson, LessonKind, LessonRevision
from courses.outline import version_outline
from courses.video.models import VideoAsset


@dataclass(frozen=True, kw_only=True)
class Showing:
    """A lesson that shows a video; `is_published` where learners have it now, `is_draft` where the builder has it."""

    lesson: str
    course: str
    course_slug: str
    lesson_id: str
    language: str
    is_draft: bool
    is_published: bool


def lessons_showing(video: VideoAsset) -> list[Showing]:
    """In the order of courses and lessons. Three queries and one per course that published it."""
    drafts = Lesson.objects.present().filter(video_id=video.pk, kind=LessonKind.VIDEO, course__creator=video.owner_id)
    found: dict[str, dict[str, Any]] = {}
    for lesson in drafts.select_related("course").order_by("course_id", "module__position", "position"):
        found[str(lesson.pk)] = {"lesson": lesson.title, "course": lesson.course, "is_draft": True, "is_published": False}
    revisions = LessonRevision.objects.filter(
        lesson__course__creator=video.owner_id, content__video_id=str(video.pk), content__kind=LessonKind.VIDEO
    )
    for revision in revisions.select_related("lesson__course").order_by("pk"):
        course = revision.lesson.course
        if course.current_version_id is None:
            continue
        entry = version_outline(course.current_version_id).lesson_by_id.get(str(revision.lesson_id))
        if entry is not None and entry.revision == revision.pk:
            known = found.setdefault(entry.id, {"lesson": entry.title, "course": course, "is_draft": False})
            known["is_published"] = True
    return [
        Showing(
            lesson=one["lesson"],
            course=one["course"].title,
            course_slug=one["course"].slug,
            lesson_id=lesson_id,
            language=one["course"].language,
            is_draft=one["is_draft"],
            is_published=one["is_published"],
        )
        for lesson_id, one in found.items()
    ]


def video_states(ids: Collection[UUID], owner_id: int) -> dict[UUID, VideoState]:
    """What the builder says about videos of `owner_id`; those of somebody else, or removed ones, are not in it. One query."""
    states = VideoAsset.State
    found: dict[UUID, VideoState] = {}
    for video in VideoAsset.objects.present().filter(pk__in=ids, owner=owner_id).only("state", "playable_at"):
        sentence = ""
        if not video.is_playable:
            match video.state:
                case states.PENDING | states.UPLOADING:
                    sentence = _("its video is not uploaded yet.")
                case states.FAILED:
                    sentence = _("its video could not be prepared.")
                case _other:
                    sentence = _("its video is still being prepared.")
        found[video.pk] = VideoState(sentence=sentence, url=reverse("video", args=[video.pk]))
    return found
