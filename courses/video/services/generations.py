"""What processings left in the store that nobody serves: of earlier generations, of failed ones, of workers that came too late."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import structlog

from courses.video.models import VideoAsset
from courses.video.outputs import delete_generation, generations_in_store

logger = structlog.get_logger(__name__)

BATCH = 500
SERVED = (VideoAsset.State.PROCESSING, VideoAsset.State.READY)


def sweep_generations() -> int:
    """Delete the files of dead generations; how many generations. Folders of unknown and removed videos are swept with uploads.

    Raises `Trouble` when the store does not answer.
    """
    count = 0
    ids: Iterator = VideoAsset.objects.filter(generation__gt=0).values_list("pk", flat=True).iterator(chunk_size=BATCH)
    while batch := list(islice(ids, BATCH)):
        # What lies there is listed before the rows are read: a generation that begins in between is newer than any listed.
        found = {pk: generations_in_store(pk) for pk in batch}
        rows = {video.pk: video for video in VideoAsset.objects.filter(pk__in=batch)}
        for pk, generations in found.items():
            video = rows.get(pk)
            if video is None:
                continue
            for generation in generations:
                if generation == video.generation and video.state in SERVED:
                    continue
                delete_generation(f"videos/{pk.hex}/{generation}")
                logger.info("dead_generation_deleted", video=str(pk), generation=generation)
                count += 1
    return count
