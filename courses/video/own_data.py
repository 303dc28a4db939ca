"""What a creator's account takes along and leaves behind of videos."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accounts.models import User
from courses.video.errors import VideoInUse
from courses.video.models import VideoAsset
from courses.video.services.shelf import remove_video


def videos_of_account(user: User) -> Iterator[dict[str, Any]]:
    """The shelf in words, with its subtitles. The films themselves are the creator's own files, and too large for an archive."""
    for video in VideoAsset.objects.present().of(user).prefetch_related("captions").order_by("created_at", "pk"):
        yield {
            "name": video.name,
            "state": video.state,
            "size_bytes": video.original_size_bytes,
            "duration_ms": video.duration_ms,
            "uploaded_at": video.created_at,
            "subtitles": [{"language": caption.language, "webvtt": caption.webvtt} for caption in video.captions.all()],
        }


def close_shelf(user: User) -> None:
    """What no lesson shows goes; what learners still watch stays for them."""
    for video in VideoAsset.objects.present().of(user).order_by("pk"):
        try:
            remove_video(video, by=user)
        except VideoInUse:
            continue
