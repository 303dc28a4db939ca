"""The doors to videos, for those who own them."""

from __future__ import annotations

import uuid

from accounts.models import User
from courses.video.errors import VideoNotFound
from courses.video.models import VideoAsset


def get_own_video(user: User, video_id: uuid.UUID) -> VideoAsset:
    """A present video of the user's shelf. Raises `VideoNotFound` for anybody else's."""
    video = VideoAsset.objects.present().of(user).filter(pk=video_id).first()
    if video is None:
        raise VideoNotFound
    return video
