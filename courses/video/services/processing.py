"""From an uploaded file to streams that can be played (R181): decided in one transaction, worked on outside of any, and recorded in
steps, each in one transaction with the job's sign of life.

Rows name only what is whole in the store: a segment is stored first and named afterwards. Whoever lost the job, or works on a
generation that is not the video's any more, is stopped at the next step and has written nothing that anybody sees.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.video.encoders import AUDIO, Encoder, Made, Order, can_tone_map, get_encoder
from courses.video.errors import NothingToProcess
from courses.video.events import VideoFailed, VideoPlayable, VideoReady
from courses.video.ladder import Ladder, Rung, make_ladder
from courses.video.models import VideoAsset, VideoRendition
from courses.video.outputs import SCRATCH_PREFIX, answering, keep_file, read_file, scratch_root, source_on_disk
from courses.video.probing import Probe, probe
from courses.video.reasons import Trouble, Unprocessable, sentence
from courses.video.stills import make_poster, make_storyboard
from kit.events import publish
from kit.jobs import GiveUp, enqueue
from kit.jobs.models import Job

logger = structlog.get_logger(__name__)

PROCESS_JOB = "video.process"
OLD_SCRATCH_SECONDS = 86400
SOUND_PERCENT = 5
"""How far the work is when the sound is done; the picture takes it to 98."""
PICTURE_PERCENT = 93
RECORD_SOUND_SECONDS = 2
Segments = list[list[int]]


class Superseded(Exception):
    """This generation of the video is not wanted any more."""


@transaction.atomic
def retry_processing(video: VideoAsset, *, by: User) -> VideoAsset:
    """Process the original anew, whatever came of it before. A video that is being processed goes on as it is.

    Raises `NothingToProcess` when there is no original (any more).
    """
    locked = VideoAsset.objects.select_for_update().get(pk=video.pk)
    if locked.state == VideoAsset.State.PROCESSING:
        return locked
    if not locked.original_file or locked.removed_at is not None:
        raise NothingToProcess
    locked.generation += 1
    locked.state, locked.progress, locked.error_code, locked.error = VideoAsset.State.PROCESSING, 0, "", ""
    locked.playable_at = locked.ready_at = None
    locked.poster, locked.storyboard = "", {}
    locked.save()
    VideoRendition.objects.filter(video=locked).delete()
    enqueue(
        PROCESS_JOB,
        key=f"video:{locked.pk}:{locked.generation}",
        params={"video": str(locked.pk), "generation": locked.generation},
        owner=f"user:{locked.owner_id}",
    )
    logger.info("video_processing_retried", video=str(locked.pk), generation=locked.generation, by=by.pk)
    return locked


@transaction.atomic
def fail_processing(video_id: UUID, *, generation: int, code: str) -> bool:
    """Say why there is no video: what was made so far is served no longer. False when this generation does not matter any more."""
    video = VideoAsset.objects.select_for_update().filter(pk=video_id).first()
    if video is None or video.generation != generation or video.state != VideoAsset.State.PROCESSING:
        return False
    video.state, video.error_code, video.error = VideoAsset.State.FAILED, code, sentence(code)
    video.playable_at = video.ready_at = None
    video.poster, video.storyboard = "", {}
    video.save(update_fields=["state", "error_code", "error", "playable_at", "ready_at", "poster", "storyboard"])
    VideoRendition.objects.filter(video=video).delete()
    publish(VideoFailed(video_id=video.pk))
    return True


def fail_lost_processing(job_id: UUID, *, code: str) -> bool:
    """The same, for a job that ended without having been able to say it. False when that changed nothing."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None or job.state not in (Job.State.FAILED, Job.State.CANCELLED):
        return False
    return fail_processing(UUID(job.params["video"]), generation=int(job.params["generation"]), code=code)


def process_video(job: Job, *, encoder: Encoder | None = None) -> None:
    """Do a `video.process` job, from where the last try of it got to. Safe to run again at any line.

    Raises `GiveUp` when the file is the trouble (the video then says why), `Trouble` when another try may go well.
    """
    video_id, generation = UUID(job.params["video"]), int(job.params["generation"])
    log = logger.bind(video=str(video_id), generation=generation, attempt=job.attempt)
    try:
        _Processing(job, video_id, generation, encoder or get_encoder()).run()
    except Superseded:
        log.info("video_processing_superseded")
    except Unprocessable as refusal:
        log.warning("video_refused", code=refusal.code, detail=str(refusal))
        fail_processing(video_id, generation=generation, code=refusal.code)
        raise GiveUp(sentence(refusal.code)) from refusal
    except Trouble as trouble:
        log.warning("video_trouble", code=trouble.code, detail=str(trouble))
        if job.attempt >= job.max_attempts:
            fail_processing(video_id, generation=generation, code=trouble.code)
        raise


@dataclass(frozen=True)
class Standing:
    """What earlier tries have made of this generation."""

    has_sound_done: bool
    segments: int


class _Processing:
    """One try. It is the encoder's `Sink`."""

    def __init__(self, job: Job, video_id: UUID, generation: int, encoder: Encoder) -> None:
        self.job = job
        self.video_id = video_id
        self.generation = generation
        self.encoder = encoder
        self.pause = min(5.0, job.lease.total_seconds() / 4)
        self.beaten_at = 0.0
        self.codecs: dict[str, str] = {}
        self.sound: Segments = []
        self.sound_recorded_at = time.monotonic()
        self.ladder: Ladder | None = None
        self.expected = 0

    # --- the way ---

    def run(self) -> None:
        video = self.begin()
        self.folder = video.folder
        with answering():
            _sweep_scratch(self.video_id)
            scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{self.video_id.hex}-", dir=scratch_root()))
        try:
            with source_on_disk(video.original_file, scratch=scratch, each=self.beat) as source, answering():
                self.make(video, source, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def make(self, video: VideoAsset, source: Path, scratch: Path) -> None:
        found = probe(source, scratch=scratch, each=self.beat)
        picture = found.picture
        ladder = make_ladder(width=picture.width, height=picture.height, frame_rate=picture.frame_rate)
        self.ladder = ladder
        self.expected = max(1, round((found.seconds or 0) / float(ladder.segment_seconds)))
        standing = self.record_probe(found, ladder)
        if not video.poster and (poster := make_poster(source, found, scratch=scratch, each=self.beat)):
            self.record_poster(poster)
        order = Order(source, found, ladder, scratch, done_segments=standing.segments, has_sound_done=standing.has_sound_done)
        self.encoder.encode(order, self)
        self.record_storyboard(ladder, scratch)
        self.finish()

    # --- what the encoder tells ---

    def beat(self) -> None:
        now = time.monotonic()
        if now - self.beaten_at >= self.pause:
            self.job.heartbeat()
            self.beaten_at = now

    def take_header(self, quality: str, path: Path, *, codec: str) -> None:
        self.codecs[quality] = codec
        keep_file(path, f"{self.folder}/{quality}/init.mp4")

    def take_sound(self, number: int, segment: Made) -> None:
        self.sound.append([segment.milliseconds, keep_file(segment.path, f"{self.folder}/{AUDIO}/{number}.m4s")])
        self.beat()
        if time.monotonic() - self.sound_recorded_at > RECORD_SOUND_SECONDS:
            self.record_sound(is_complete=False)

    def end_sound(self) -> None:
        self.record_sound(is_complete=True)

    def take_segments(self, number: int, segments: Mapping[str, Made]) -> None:
        stored = {}
        for quality, made in segments.items():
            stored[quality] = [made.milliseconds, keep_file(made.path, f"{self.folder}/{quality}/{number}.m4s")]
            self.beat()
        self.record_segments(number, stored)

    # --- what is recorded ---

    @transaction.atomic
    def begin(self) -> VideoAsset:
        video = self.locked()
        VideoRendition.objects.filter(video=video).exclude(generation=self.generation).delete()
        if not video.original_file:
            raise Unprocessable("missing")
        video.encoder = self.encoder.name
        video.save(update_fields=["encoder"])
        self.job.heartbeat(message="")
        return video

    @transaction.atomic
    def record_probe(self, found: Probe, ladder: Ladder) -> Standing:
        video, picture = self.locked(), found.picture
        video.duration_ms = round(found.seconds * 1000) if found.seconds else None
        video.width, video.height, video.frame_rate = picture.width, picture.height, float(ladder.rate)
        video.has_audio = found.sound is not None
        video.probe = asdict(found) | {"tone_mapped": picture.is_hdr and can_tone_map()}
        video.save(update_fields=["duration_ms", "width", "height", "frame_rate", "has_audio", "probe"])
        return self.standing(video, ladder)

    def standing(self, video: VideoAsset, ladder: Ladder) -> Standing:
        """Where to go on. What was made for another ladder, by an earlier release say, is let go."""
        rows = {row.quality: row for row in VideoRendition.objects.filter(video=video)}
        sound = rows.pop(AUDIO, None)
        has_sound = sound is not None and sound.is_complete
        if sound is not None and not has_sound:
            sound.delete()
        if not rows:
            # A silent video has no row of sound: that there is none is found again, which costs nothing.
            return Standing(has_sound, 0)
        counts = {len(row.segments) for row in rows.values()}
        same = {(name, row.width, row.height, row.frame_rate) for name, row in rows.items()} == {
            (rung.quality, rung.width, rung.height, float(ladder.rate)) for rung in ladder.rungs
        }
        if len(counts) != 1 or not same:
            VideoRendition.objects.filter(video=video).delete()
            return Standing(has_sound_done=False, segments=0)
        return Standing(has_sound, counts.pop())

    def record_poster(self, path: Path) -> None:
        name = f"{self.folder}/poster.webp"
        keep_file(path, name)
        with transaction.atomic():
            video = self.locked()
            video.poster = name
            video.save(update_fields=["poster"])
            self.job.heartbeat()

    @transaction.atomic
    def record_sound(self, *, is_complete: bool) -> None:
        video = self.locked()
        self.sound_recorded_at = time.monotonic()
        if self.sound:
            row = VideoRendition(video=video, generation=self.generation, quality=AUDIO, codecs=self.codecs[AUDIO])
            _save_measured(row, self.sound, is_complete=is_complete)
        elif is_complete and video.has_audio:
            # A track of sound that holds none.
            video.has_audio = False
        done = SOUND_PERCENT if is_complete else min(SOUND_PERCENT, SOUND_PERCENT * len(self.sound) // self.expected)
        video.progress = max(video.progress, done)
        video.save(update_fields=["has_audio", "progress"])
        self.job.heartbeat(progress=video.progress)

    @transaction.atomic
    def record_segments(self, number: int, stored: Mapping[str, list[int]]) -> None:
        assert self.ladder is not None
        video = self.locked()
        rows = {row.quality: row for row in VideoRendition.objects.filter(video=video, generation=self.generation)}
        for rung in self.ladder.rungs:
            row = rows.get(rung.quality) or self.new_row(video, rung)
            if len(row.segments) != number:
                raise Superseded(f"{rung.quality} has {len(row.segments)} segments, not {number}")
            _save_measured(row, [*row.segments, stored[rung.quality]], is_complete=False)
        if video.playable_at is None:
            video.playable_at = timezone.now()
            publish(VideoPlayable(video_id=video.pk))
        video.progress = min(98, SOUND_PERCENT + PICTURE_PERCENT * (number + 1) // max(self.expected, number + 1))
        video.save(update_fields=["playable_at", "progress"])
        self.job.heartbeat(checkpoint={"segments": number + 1}, progress=video.progress)
        self.beaten_at = time.monotonic()

    def new_row(self, video: VideoAsset, rung: Rung) -> VideoRendition:
        assert self.ladder is not None
        return VideoRendition(
            video=video,
            generation=self.generation,
            quality=rung.quality,
            width=rung.width,
            height=rung.height,
            frame_rate=float(self.ladder.rate),
            codecs=self.codecs[rung.quality],
        )

    def record_storyboard(self, ladder: Ladder, scratch: Path) -> None:
        lowest = VideoRendition.objects.get(video_id=self.video_id, generation=self.generation, quality=ladder.rungs[0].quality)

        def read(number: int | None) -> bytes:
            return read_file(f"{self.folder}/{lowest.quality}/{'init.mp4' if number is None else f'{number}.m4s'}")

        sheet = make_storyboard(ladder, [segment[0] for segment in lowest.segments], read, scratch=scratch, each=self.beat)
        if sheet is None:
            return
        name = f"{self.folder}/storyboard.webp"
        keep_file(sheet.path, name)
        with transaction.atomic():
            video = self.locked()
            video.storyboard = {"file": name} | {
                field: getattr(sheet, field) for field in ("width", "height", "columns", "rows", "interval_ms")
            }
            video.save(update_fields=["storyboard"])
            self.job.heartbeat()

    @transaction.atomic
    def finish(self) -> None:
        video = self.locked()
        rows = VideoRendition.objects.filter(video=video, generation=self.generation)
        rows.update(is_complete=True)
        longest = max(sum(segment[0] for segment in row.segments) for row in rows.exclude(quality=AUDIO))
        video.state, video.progress, video.ready_at, video.duration_ms = VideoAsset.State.READY, 100, timezone.now(), longest
        video.save(update_fields=["state", "progress", "ready_at", "duration_ms"])
        publish(VideoReady(video_id=video.pk))
        self.job.heartbeat(progress=100)

    def locked(self) -> VideoAsset:
        """The video, locked, as long as it is this generation that is being made of it. Raises `Superseded`."""
        video = VideoAsset.objects.select_for_update().filter(pk=self.video_id).first()
        if video is None or video.removed_at is not None or video.generation != self.generation:
            raise Superseded
        if video.state != VideoAsset.State.PROCESSING:
            raise Superseded(video.state)
        return video


def _save_measured(row: VideoRendition, segments: Segments, *, is_complete: bool) -> None:
    """The row with these segments and what they measure."""
    row.segments, row.is_complete = segments, is_complete
    row.size_bytes = sum(size for _, size in segments)
    row.bitrate, row.peak_bitrate = measured_bitrates(segments)
    VideoRendition.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["video", "generation", "quality"],
        update_fields=["segments", "is_complete", "size_bytes", "bitrate", "peak_bitrate", "codecs"],
    )


def measured_bitrates(segments: Sequence[Sequence[int]]) -> tuple[int, int]:
    """Average and peak in bits per second. A last segment of less than half the usual length has no peak of its own (RFC 8216bis,
    4.4.6.2: BANDWIDTH)."""
    length = sum(milliseconds for milliseconds, _ in segments)
    usual = max(milliseconds for milliseconds, _ in segments)
    average = sum(size for _, size in segments) * 8000 // max(1, length)
    peak = max(size * 8000 // max(1, milliseconds) for milliseconds, size in segments if milliseconds * 2 >= usual)
    return average, max(average, peak)


def _sweep_scratch(video_id: UUID) -> None:
    """What killed tries left on this machine: this video's at once, that of others after a day."""
    for folder in scratch_root().glob(f"{SCRATCH_PREFIX}*"):
        if folder.name.startswith(f"{SCRATCH_PREFIX}{video_id.hex}-") or time.time() - folder.stat().st_mtime > OLD_SCRATCH_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
