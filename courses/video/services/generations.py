"""What processings left in the store that nobody serves: of earlier generations, of failed ones, of workers that came too late."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Final
from uuid import UUID

import structlog
from django.utils import timezone

from courses.video.models import VideoAsset, VideoRendition
from courses.video.outputs import delete_files, delete_generation, files_below, generations_in_store
from courses.video.services.processing import COLLECT_JOB, PROCESS_JOB
from kit.jobs.models import Job

logger = structlog.get_logger(__name__)

BATCH: Final = 500
SERVED: Final = (VideoAsset.State.PROCESSING, VideoAsset.State.READY)
WATCHED_FOR: Final = timedelta(days=1)
"""How long what was served stays once another generation has taken its place: whoever is watching it may go on to its end, which
is twelve hours off at most."""
_OF_A_TRY: Final = re.compile(r"^[1-9][0-9]*-[0-9]+/")


def sweep_generations() -> int:
    """Delete the files of dead generations; how many generations. Then what tries left in living ones that no row names. Folders of
    unknown and removed videos are swept with uploads.

    Raises `Trouble` when the store does not answer.
    """
    count = 0
    ids: Iterator[UUID] = VideoAsset.objects.filter(generation__gt=0).values_list("pk", flat=True).iterator(chunk_size=BATCH)
    while batch := list(islice(ids, BATCH)):
        # What lies there is listed before the rows are read: a generation that begins in between is newer than any listed.
        found = {pk: generations_in_store(pk) for pk in batch}
        rows = {video.pk: video for video in VideoAsset.objects.filter(pk__in=batch)}
        watched = set(VideoRendition.objects.filter(video__in=batch).values_list("video", "generation"))
        for pk, generations in found.items():
            video = rows.get(pk)
            if video is None:
                continue
            for generation in generations:
                if _is_alive(video, generation, was_served=(pk, generation) in watched):
                    continue
                VideoRendition.objects.filter(video=pk, generation=generation).delete()
                delete_generation(f"{video.files}/{generation}")
                logger.info("dead_generation_deleted", video=str(pk), generation=generation)
                count += 1
    _sweep_tries()
    return count


def _is_alive(video: VideoAsset, generation: int, *, was_served: bool) -> bool:
    if generation == video.generation:
        return video.state in SERVED
    if video.is_remade and generation == video.remake["generation"]:
        return True
    # Rows of an earlier one are kept for those who watch it while another takes its place.
    return was_served and video.ready_at is not None and timezone.now() < video.ready_at + WATCHED_FOR


def _sweep_tries() -> None:
    """A job that took several tries may have left files of the lost ones, also late, when a worker that was thought dead woke up.
    Once it is done nothing but what the rows name is needed. Jobs are remembered for longer than a worker can sleep."""
    jobs = Job.objects.filter(name__in=(PROCESS_JOB, COLLECT_JOB), state=Job.State.FINISHED, attempt__gt=1)
    for params in jobs.values_list("params", flat=True).iterator(chunk_size=BATCH):
        video = VideoAsset.objects.filter(pk=params["video"], generation=params["generation"], state=VideoAsset.State.READY).first()
        if video is None:
            continue
        left = {name for name in files_below(video.folder) if _OF_A_TRY.match(name)} - named_files(video)
        if left:
            delete_files(video.folder, left)
            logger.info("lost_tries_deleted", video=str(video.pk), files=len(left))


def named_files(video: VideoAsset) -> set[str]:
    """All files of the served generation that are needed, below its folder."""
    found = {name.removeprefix(f"{video.folder}/") for name in (video.poster, video.storyboard.get("file", "")) if name}
    for row in VideoRendition.objects.filter(video=video, generation=video.generation):
        found |= row.file_names()
    return found
