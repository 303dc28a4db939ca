"""What happens to videos."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kit.events import Event


@dataclass(frozen=True, kw_only=True)
class VideoUploaded(Event):
    """All of the file is in the store."""

    video_id: UUID


@dataclass(frozen=True, kw_only=True)
class VideoPlayable(Event):
    """Its first rung can be played."""

    video_id: UUID


@dataclass(frozen=True, kw_only=True)
class VideoReady(Event):
    """Each rung is there."""

    video_id: UUID


@dataclass(frozen=True, kw_only=True)
class VideoFailed(Event):
    """It could not be processed; the row says why."""

    video_id: UUID


@dataclass(frozen=True, kw_only=True)
class VideoRemoved(Event):
    """Its owner took it from the shelf: its files go."""

    video_id: UUID
