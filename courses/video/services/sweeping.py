"""What nobody goes on with, and what nobody knows, goes (docs/operations.md)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Final
from uuid import UUID

import structlog
from django.utils import timezone

from courses.video.errors import UploadOver
from courses.video.models import UploadSession, VideoAsset
from courses.video.services.shelf import forget_files
from courses.video.services.uploads import abandon_upload
from courses.video.stores import upload_store

logger = structlog.get_logger(__name__)

UNKNOWN_AFTER: Final = timedelta(hours=6)
"""An upload that was begun at the store may be recorded a moment later."""


def sweep_uploads(now: datetime) -> None:
    """Give up uploads whose time is over, and let go of what lies in the store without a row. Raises `StoreAway`."""
    for session in UploadSession.objects.filter(completed_at=None, expires_at__lte=now).select_related("video__owner"):
        try:
            abandon_upload(session, by=session.video.owner)
        except UploadOver:
            continue
    _sweep_folders()
    known = set(UploadSession.objects.filter(completed_at=None).exclude(remote_id="").values_list("remote_id", flat=True))
    if count := upload_store().abort_unknown(known, before=timezone.now() - UNKNOWN_AFTER):
        logger.info("unknown_uploads_aborted", count=count)


def _sweep_folders() -> None:
    """A row is written before its first file, so a folder without one is nobody's."""
    store = upload_store()
    folders = store.folders()
    while names := list(islice(folders, 500)):
        by_id = {found: name for name in names if (found := _id_of(name)) is not None}
        present = {video.pk: video for video in VideoAsset.objects.filter(pk__in=by_id)}
        for video_id, name in by_id.items():
            video = present.get(video_id)
            if video is None:
                store.delete_folder(name)
                logger.info("orphaned_video_folder_deleted", folder=name)
            elif video.removed_at is not None:
                forget_files(video)


def _id_of(name: str) -> UUID | None:
    try:
        found = UUID(hex=name)
    except ValueError:
        return None
    return found if found.hex == name else None
