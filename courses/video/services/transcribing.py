"""Subtitles written by a program: asked for, made by a job of its own, kept as a draft that its owner may replace or delete."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from courses.video.confinement import FfmpegFailed, run_ffmpeg
from courses.video.encoders import AUDIO
from courses.video.errors import BadCaptions, NobodyWrites, NotPlayable, VideoNotFound
from courses.video.models import Caption, CaptionOrder, VideoAsset, VideoRendition
from courses.video.outputs import SCRATCH_PREFIX, answering, read_file, scratch_root
from courses.video.reasons import Trouble, Unprocessable, sentence
from courses.video.services.captions import check_language, save_captions
from courses.video.transcribers import Transcriber, get_transcriber
from courses.video.usage import lessons_showing
from kit.jobs import GiveUp, LeaseLost, enqueue
from kit.jobs.models import Job

logger = structlog.get_logger(__name__)

CAPTIONS_JOB: Final = "video.captions"
WAV_SECONDS: Final = 1800
WAV_BYTES: Final = 2 * 1024**3
"""Twelve hours of sound for a transcriber have 1.4 GB."""
FETCHED_PERCENT: Final = 10
State = CaptionOrder.State


@transaction.atomic
def order_captions(video: VideoAsset, *, by: User, language: str) -> CaptionOrder:
    """Have the words of a video written down in the language that is spoken in it. What is being written goes on.

    Raises `NobodyWrites` where nothing is set up, `VideoNotFound`, `NotPlayable` before the video is ready, and `BadCaptions` (field
    "language") for what is no language, or one that has subtitles which somebody made.
    """
    if get_transcriber() is None:
        raise NobodyWrites
    check_language(language)
    locked = VideoAsset.objects.select_for_update().present().filter(pk=video.pk).first()
    if locked is None:
        raise VideoNotFound
    if locked.state != VideoAsset.State.READY:
        raise NotPlayable
    if Caption.objects.filter(video=locked, language=language, is_automatic=False).exists():
        raise BadCaptions(_("There are subtitles in this language. Delete them first."), field="language")
    order = CaptionOrder.objects.filter(video=locked).first() or CaptionOrder(video=locked, number=0)
    if order.number and order.state == State.WRITING:
        return order
    order.number += 1
    order.language, order.state, order.progress, order.error_code, order.error = language, State.WRITING, 0, "", ""
    order.save()
    enqueue(
        CAPTIONS_JOB,
        key=f"captions:{locked.pk}:{order.number}",
        params={"video": str(locked.pk), "number": order.number},
        owner=f"user:{locked.owner_id}",
    )
    logger.info("captions_ordered", video=str(locked.pk), number=order.number, language=language, by=by.pk)
    return order


def order_captions_of_new(video: VideoAsset) -> CaptionOrder | None:
    """What settings ask for when a video has become ready, unless its subtitles are there. None where there is nothing to do."""
    if not settings.VIDEO_TRANSCRIBER_AUTOMATIC or get_transcriber() is None or not video.has_audio:
        return None
    if video.state != VideoAsset.State.READY or video.removed_at is not None or Caption.objects.filter(video=video).exists():
        return None
    return order_captions(video, by=video.owner, language=spoken_in(video))


def spoken_in(video: VideoAsset) -> str:
    """The language of the course that shows it first; before one does, the site's."""
    showing = lessons_showing(video)
    return showing[0].language if showing else settings.LANGUAGE_CODE.partition("-")[0]


def write_captions(job: Job, *, transcriber: Transcriber | None = None) -> None:
    """Do a `video.captions` job. Safe to run again at any line. Raises `GiveUp` where trying again would not help, `Trouble`."""
    video_id, number = UUID(job.params["video"]), int(job.params["number"])
    log = logger.bind(video=str(video_id), number=number, attempt=job.attempt)
    order = CaptionOrder.objects.filter(video=video_id, number=number, state=State.WRITING).select_related("video__owner").first()
    if order is None or order.video.removed_at is not None:
        log.info("captions_superseded")
        return
    try:
        written = _listen(job, order, transcriber or get_transcriber())
        _record(job, order, written)
    except Unprocessable as refusal:
        log.warning("captions_refused", code=refusal.code, detail=str(refusal))
        _fail_held(job, video_id, number, refusal.code)
        raise GiveUp(sentence(refusal.code)) from refusal
    except Trouble as trouble:
        log.warning("captions_trouble", code=trouble.code, detail=str(trouble))
        if job.attempt >= job.max_attempts:
            _fail_held(job, video_id, number, trouble.code)
        raise


@transaction.atomic
def _fail_held(job: Job, video_id: UUID, number: int, code: str) -> None:
    """The trouble of somebody who has lost the job is their own. Raises `LeaseLost`."""
    fail_captions(video_id, number=number, code=code)
    if not job.held().update(heartbeat_at=Now()):
        raise LeaseLost(f"{job} was taken from try {job.attempt}")


def fail_captions(video_id: UUID, *, number: int, code: str) -> bool:
    """Say why there are none. False when this order does not matter any more."""
    orders = CaptionOrder.objects.filter(video=video_id, number=number, state=State.WRITING)
    return bool(orders.update(state=State.FAILED, error_code=code, error=sentence(code)))


def fail_lost_captions(job_id: UUID, *, code: str) -> bool:
    """The same, for a job that ended without having been able to say it."""
    job = Job.objects.filter(pk=job_id, state__in=[Job.State.FAILED, Job.State.CANCELLED]).first()
    return job is not None and fail_captions(UUID(job.params["video"]), number=int(job.params["number"]), code=code)


def _listen(job: Job, order: CaptionOrder, transcriber: Transcriber | None) -> bytes:
    if transcriber is None:
        raise Unprocessable("transcriber", "none is set up any more")
    beat = _beating(job)
    with answering():
        scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}words-", dir=scratch_root()))
    try:
        seconds = _fetch_sound(order.video, scratch, beat)
        job.heartbeat(progress=FETCHED_PERCENT)
        CaptionOrder.objects.filter(pk=order.pk, number=order.number).update(progress=FETCHED_PERCENT)
        with answering():
            return transcriber.transcribe(scratch / "sound.wav", language=order.language, seconds=seconds, each=beat)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _fetch_sound(video: VideoAsset, scratch: Path, beat: Callable[[], None]) -> float:
    """The sound that learners hear, as transcribers want it; its seconds. Ours, so that no decoder sees the upload again."""
    row = VideoRendition.objects.filter(video=video, generation=video.generation, quality=AUDIO, is_complete=True).first()
    if row is None:
        raise Unprocessable("no_sound")
    joined = scratch / "sound.mp4"
    with answering(), joined.open("wb") as file:
        for name in [row.header_name, *map(row.segment_name, range(len(row.segments)))]:
            file.write(read_file(f"{video.folder}/{name}"))
            beat()
    arguments = ["-v", "error", "-protocol_whitelist", "file", "-f", "mov", "-i", f"file:{joined}", "-vn", "-ac", "1", "-ar", "16000"]
    try:
        run_ffmpeg(
            [*arguments, "-c:a", "pcm_s16le", "-y", str(scratch / "sound.wav")],
            scratch=scratch,
            seconds=WAV_SECONDS,
            each=beat,
            file_bytes=WAV_BYTES,
        )
    except FfmpegFailed as error:
        raise Trouble("encoder", str(error)[-300:]) from error
    joined.unlink()
    return sum(segment[0] for segment in row.segments) / 1000


def _record(job: Job, order: CaptionOrder, written: bytes) -> None:
    with transaction.atomic():
        locked = CaptionOrder.objects.select_for_update().filter(pk=order.pk, number=order.number, state=State.WRITING).first()
        if locked is None:
            return
        if Caption.objects.filter(video=order.video_id, language=order.language, is_automatic=False).exists():
            raise Unprocessable("captions_exist")
        if b"-->" not in written:
            raise Unprocessable("no_words")
        try:
            save_captions(order.video, by=order.video.owner, language=order.language, raw=written, is_automatic=True)
        except BadCaptions as error:
            raise Unprocessable("transcriber", str(error)) from error
        except VideoNotFound:
            return
        locked.state, locked.progress = State.WRITTEN, 100
        locked.save(update_fields=["state", "progress"])
        job.heartbeat(progress=100)


def _beating(job: Job) -> Callable[[], None]:
    """Tells that the work goes on, as often as the lease needs it."""
    pause, last = min(5.0, job.lease.total_seconds() / 4), 0.0

    def beat() -> None:
        nonlocal last
        if time.monotonic() - last >= pause:
            job.heartbeat()
            last = time.monotonic()

    return beat
