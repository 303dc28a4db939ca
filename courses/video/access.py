"""The doors to videos, for those who own them."""

from __future__ import annotations

import uuid

from accounts.models import User
from courses.models import Lesson
from courses.video.errors import UploadOver, VideoNotFound
from courses.video.models import Caption, UploadSession, VideoAsset
from courses.video.stores import PART_SALT
from kit.errors import NotFound
from kit.signing import BadLink, unsign


def get_own_video(user: User, video_id: uuid.UUID) -> VideoAsset:
    """A present video of the user's shelf. Raises `VideoNotFound` for anybody else's."""
    video = VideoAsset.objects.present().of(user).filter(pk=video_id).first()
    if video is None:
        raise VideoNotFound
    return video


def get_own_upload(user: User, upload_id: uuid.UUID) -> UploadSession:
    """An upload of the user's, under way or completed. Raises `UploadOver` when it is gone, or somebody else's."""
    session = UploadSession.objects.select_related("video").filter(pk=upload_id, video__owner=user, video__removed_at=None).first()
    if session is None:
        raise UploadOver
    return session


def get_own_lesson(user: User, lesson_id: uuid.UUID) -> Lesson:
    """A present lesson of a course of the user's. Raises `NotFound`."""
    lesson = Lesson.objects.present().select_related("course", "module").filter(pk=lesson_id, course__creator=user).first()
    if lesson is None:
        raise NotFound
    return lesson


def get_own_caption(video: VideoAsset, caption_id: uuid.UUID) -> Caption:
    """Subtitles of a video that one holds already. Raises `NotFound`."""
    caption = Caption.objects.filter(video=video, pk=caption_id).first()
    if caption is None:
        raise NotFound
    return caption


def get_signed_upload(token: str, number: int) -> UploadSession:
    """The upload whose part `number` the token was signed for. Raises `BadLink`, `ExpiredLink`, `UploadOver`."""
    link = unsign(token, salt=PART_SALT)
    if link["n"] != number:
        raise BadLink
    session = UploadSession.objects.filter(pk=link["s"], video__removed_at=None).first()
    if session is None:
        raise UploadOver
    return session
