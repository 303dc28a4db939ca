"""How much a creator may keep, and in what pieces it arrives."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db.models import Sum

from accounts.models import User
from courses.video.models import UploadSession, VideoAsset, VideoRendition

MEBIBYTE: Final = 1024 * 1024
LEAST_PART: Final = 8 * MEBIBYTE
MOST_PART: Final = 64 * MEBIBYTE
MOST_PARTS: Final = 10_000
"""S3 takes no more."""
WANTED_PARTS: Final = 1000
MOST_SIGNED: Final = 100
"""Addresses of parts that are given out at once."""
MOST_UNFINISHED: Final = 50
"""Uploads of one creator that are under way at once."""
SESSION_DAYS: Final = 7
"""How long an upload waits for somebody to go on with it."""


def most_bytes() -> int:
    """Of one file."""
    return settings.MAX_VIDEO_BYTES


def quota_bytes() -> int:
    """Of all of a creator's originals and what was made of them."""
    return settings.VIDEO_QUOTA_BYTES


def used_bytes(owner: User) -> int:
    """Originals, announced ones too, and renditions of every generation that still lies in the store."""
    stored = VideoAsset.objects.of(owner).exclude(original_file="").aggregate(total=Sum("original_size_bytes"))["total"]
    announced = UploadSession.objects.filter(video__owner=owner, completed_at=None).aggregate(total=Sum("size_bytes"))["total"]
    made = VideoRendition.objects.filter(video__owner=owner).aggregate(total=Sum("size_bytes"))["total"]
    return int(stored or 0) + int(announced or 0) + int(made or 0)


def part_bytes_for(size: int) -> int:
    """Whole mebibytes: about a thousand parts, each of 8 to 64 MiB (20 GiB are 976 parts of 21 MiB)."""
    wanted = -(-size // (WANTED_PARTS * MEBIBYTE)) * MEBIBYTE
    return max(LEAST_PART, min(MOST_PART, wanted))
