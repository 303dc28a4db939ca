"""A course with a video of one's own, as far as learning knows of it: no file is behind it."""

from __future__ import annotations

from typing import Final

from django.utils import timezone

from accounts.models import User
from courses.learning.watching import Film
from courses.models import Course
from courses.services.lessons import LessonWords, add_lesson
from courses.services.modules import add_module
from courses.services.publishing import publish_course
from courses.video.models import VideoAsset
from tests.factories.courses import make_course

LENGTH: Final = 100
"""Seconds."""


def make_film(owner: User, *, seconds: int = LENGTH) -> VideoAsset:
    now = timezone.now()
    return VideoAsset.objects.create(
        owner=owner, name="Round letters", state="ready", duration_ms=seconds * 1000 - 300, playable_at=now, ready_at=now, generation=1
    )


def make_film_course(owner: User, *, free: bool = False) -> tuple[Course, Film]:
    """A course of one lesson with a video, and one that is read."""
    video = make_film(owner)
    course = make_course(owner, modules=0, published=False)
    module = add_module(course, by=owner, title="Part")
    add_lesson(module, by=owner, words=LessonWords(title="Watch", kind="video", video_id=video.pk, is_free_preview=free))
    add_lesson(module, by=owner, words=LessonWords(title="Read", text="Words."))
    publish_course(course, by=owner)
    return course, Film(video_id=video.pk, seconds=LENGTH)
