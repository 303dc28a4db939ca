"""What the pages of the shelf show."""

from __future__ import annotations

from math import ceil
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from courses.video.models import VideoAsset
from courses.video.querysets import VideoQuerySet

MOVING = (VideoAsset.State.UPLOADING, VideoAsset.State.PROCESSING)


def videos_of(owner: User) -> VideoQuerySet:
    """The shelf, the latest on top, with uploads and renditions."""
    found: VideoQuerySet = (
        VideoAsset.objects.present().of(owner).select_related("upload").prefetch_related("renditions").order_by("-created_at", "-pk")
    )
    return found


def choosable_videos(owner: User, *, chosen: UUID | None = None) -> VideoQuerySet:
    """What a lesson may show: all but the failed ones, and the one that it shows already."""
    shown = ~Q(state=VideoAsset.State.FAILED) | Q(pk=chosen) if chosen else ~Q(state=VideoAsset.State.FAILED)
    found: VideoQuerySet = VideoAsset.objects.present().of(owner).filter(shown).order_by("-created_at", "-pk")
    return found


def seconds_of(video_id: UUID | str) -> int:
    """How long a video is, a begun second counted; 0 while that is not known. One query."""
    milliseconds = VideoAsset.objects.present().filter(pk=video_id).values_list("duration_ms", flat=True).first()
    return ceil((milliseconds or 0) / 1000)
