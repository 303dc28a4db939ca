"""From an uploaded file to streams that can be played (R181): decided in one transaction, worked on outside of any, and recorded in
steps, each in one transaction with the job's sign of life.

Rows name only what is whole in the store: a segment is stored first and named afterwards, and each try stores below a folder of
its own. Whoever lost the job, or works on a generation that is not the video's any more, is stopped at the next step and has written
nothing that anybody sees, however late it wakes up.

A ready video may be processed anew: the new generation is made behind the one that is served and takes its place when it is whole.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from courses.video.encoders import AUDIO, Encoder, Made, Order, RemoteEncoder, can_tone_map, get_remote_encoder
from courses.video.errors import NothingToProcess
from courses.video.events import VideoFailed, VideoPlayable, VideoReady
from courses.video.ladder import Ladder, Rung, make_ladder
from courses.video.models import VideoAsset, VideoRendition
from courses.video.models.asset import try_folder
from courses.video.outputs import SCRATCH_PREFIX, answering, keep_file, read_file, scratch_root, source_on_disk
from courses.video.probing import Probe, probe
from courses.video.reasons import Trouble, Unprocessable, sentence
from courses.video.services.commissions import close_commission, encoder_for, made_elsewhere, order_elsewhere, read_commission
from courses.video.stills import make_poster, make_storyboard
from kit.events import publish
from kit.jobs import GiveUp, LeaseLost, enqueue
from kit.jobs.models import Job

logger = structlog.get_logger(__name__)

PROCESS_JOB = "video.process"
COLLECT_JOB = "video.collect"
OLD_SCRATCH_SECONDS = 86400
SOUND_PERCENT = 5
"""How far the work is when the sound is done; the picture takes it to 98."""
PICTURE_PERCENT = 93
RECORD_SOUND_SECONDS = 10
"""Sound is recorded with the pictures that it belongs to; while there are none, so often."""
Segments = list[list[int]]


class Superseded(Exception):
    """This generation of the video is not wanted any more."""


@transaction.atomic
def retry_processing(video: VideoAsset, *, by: User) -> VideoAsset:
    """Process the original anew, whatever came of it before. A video that is being processed goes on as it is, and a ready one is
    served as it is until what is made anew is whole.

    Raises `NothingToProcess` when there is no original (any more).
    """
    locked = VideoAsset.objects.select_for_update().get(pk=video.pk)
    if locked.state == VideoAsset.State.PROCESSING or locked.is_remade:
        return locked
    if not locked.original_file or locked.removed_at is not None:
        raise NothingToProcess
    generation = locked.newest_generation + 1
    if locked.state == VideoAsset.State.READY:
        locked.remake = {"generation": generation, "progress": 0}
    else:
        locked.generation, locked.remake = generation, {}
        locked.state, locked.progress, locked.error_code, locked.error = VideoAsset.State.PROCESSING, 0, "", ""
        locked.playable_at = locked.ready_at = None
        locked.poster, locked.storyboard = "", {}
        VideoRendition.objects.filter(video=locked).delete()
    locked.save()
    enqueue(
        PROCESS_JOB,
        key=f"video:{locked.pk}:{generation}",
        params={"video": str(locked.pk), "generation": generation},
        owner=f"user:{locked.owner_id}",
    )
    logger.info("video_processing_retried", video=str(locked.pk), generation=generation, by=by.pk)
    return locked


@transaction.atomic
def fail_processing(video_id: UUID, *, generation: int, code: str) -> bool:
    """Say why there is no video: what was made so far is served no longer. One that was ready before stays as it is, and the reason
    is said beside it. False when this generation does not matter any more."""
    video = VideoAsset.objects.select_for_update().filter(pk=video_id).first()
    if video is None:
        return False
    if video.is_remade and video.remake["generation"] == generation:
        video.remake = {"generation": generation, "error_code": code, "error": sentence(code)}
        video.save(update_fields=["remake"])
        VideoRendition.objects.filter(video=video, generation=generation).delete()
        return True
    if video.generation != generation or video.state != VideoAsset.State.PROCESSING:
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


def process_video(job: Job, *, encoder: Encoder | RemoteEncoder | None = None) -> None:
    """Do a `video.process` job, from where the last try of it got to. Safe to run again at any line. With an encoder that works
    elsewhere it is done when that has its order.

    Raises `GiveUp` when the file is the trouble (the video then says why), `Trouble` when another try may go well.
    """
    _try(job, encoder or encoder_for(UUID(job.params["video"]), int(job.params["generation"])), _Processing.run)


def collect_video(job: Job) -> None:
    """Do a `video.collect` job: take over what an encoder elsewhere has made. Safe to run again at any line. Raises the same."""
    row = made_elsewhere(UUID(job.params["video"]), int(job.params["generation"]))
    if row is not None:
        _try(job, get_remote_encoder(row.encoder), _Processing.collect)


def _try(job: Job, encoder: Encoder | RemoteEncoder, way: Callable[[_Processing], None]) -> None:
    video_id, generation = UUID(job.params["video"]), int(job.params["generation"])
    log = logger.bind(video=str(video_id), generation=generation, attempt=job.attempt)
    try:
        way(_Processing(job, video_id, generation, encoder))
    except Superseded:
        # The one before may have been killed between its last word and its clearing up.
        sweep_scratch(video_id)
        log.info("video_processing_superseded")
    except Unprocessable as refusal:
        log.warning("video_refused", code=refusal.code, detail=str(refusal))
        _fail_held(job, video_id, generation, refusal.code)
        raise GiveUp(sentence(refusal.code)) from refusal
    except Trouble as trouble:
        log.warning("video_trouble", code=trouble.code, detail=str(trouble))
        if job.attempt >= job.max_attempts:
            _fail_held(job, video_id, generation, trouble.code)
        raise


@transaction.atomic
def _fail_held(job: Job, video_id: UUID, generation: int, code: str) -> None:
    """The trouble of somebody who has lost the job is their own: their scratch space was swept, say. Raises `LeaseLost`."""
    fail_processing(video_id, generation=generation, code=code)
    if not job.held().update(heartbeat_at=Now()):
        raise LeaseLost(f"{job} was taken from try {job.attempt}")


@dataclass(frozen=True)
class Standing:
    """What earlier tries have made of this generation."""

    has_sound_done: bool
    segments: int


class _Processing:
    """One try. It is the encoder's `Sink`."""

    def __init__(self, job: Job, video_id: UUID, generation: int, encoder: Encoder | RemoteEncoder) -> None:
        self.job = job
        self.video_id = video_id
        self.generation = generation
        self.encoder = encoder
        self.pause = min(5.0, job.lease.total_seconds() / 4)
        self.beaten_at = 0.0
        self.try_folder = try_folder(generation, job.attempt)
        self.is_remake = False
        self.codecs: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        """Of rungs that an earlier try began: the header that its segments need."""
        self.sound: Segments = []
        self.sound_before = 0
        self.sound_is_complete = False
        self.sound_recorded_at = time.monotonic()
        self.ladder: Ladder | None = None
        self.expected = 0

    # --- the way ---

    def run(self) -> None:
        video = self.begin()
        with self.scratch() as scratch, source_on_disk(video.original_file, scratch=scratch, each=self.beat) as source, answering():
            self.make(video, source, scratch)

    def collect(self) -> None:
        """The same, with what an encoder elsewhere has made of its order."""
        row = made_elsewhere(self.video_id, self.generation)
        if row is None or not isinstance(self.encoder, RemoteEncoder):
            raise Superseded
        ordered = read_commission(row)
        self.begin()
        with self.scratch() as scratch, answering():
            standing = self.plan(ordered.probe, ordered.ladder)
            self.encoder.collect(ordered, self, scratch=scratch, done_segments=standing.segments, has_sound_done=standing.has_sound_done)
            self.record_storyboard(ordered.ladder, scratch)
            self.finish()
        close_commission(row)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        with answering():
            sweep_scratch(self.video_id)
            scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{self.video_id.hex}-", dir=scratch_root()))
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def make(self, video: VideoAsset, source: Path, scratch: Path) -> None:
        found = probe(source, scratch=scratch, each=self.beat)
        picture = found.picture
        ladder = make_ladder(width=picture.width, height=picture.height, frame_rate=picture.frame_rate)
        standing = self.plan(found, ladder)
        if not self.known(video, "poster") and (poster := make_poster(source, found, scratch=scratch, each=self.beat)):
            self.record_poster(poster)
        if isinstance(self.encoder, RemoteEncoder):
            self.order_elsewhere(self.encoder, video, found, ladder)
            return
        order = Order(source, found, ladder, scratch, done_segments=standing.segments, has_sound_done=standing.has_sound_done)
        self.encoder.encode(order, self)
        self.record_storyboard(ladder, scratch)
        self.finish()

    def plan(self, found: Probe, ladder: Ladder) -> Standing:
        self.ladder = ladder
        self.expected = max(1, round((found.seconds or 0) / float(ladder.segment_seconds)))
        return self.record_probe(found, ladder)

    def order_elsewhere(self, encoder: RemoteEncoder, video: VideoAsset, found: Probe, ladder: Ladder) -> None:
        folder = f"{self.folder}/{encoder.name}"
        placed = order_elsewhere(
            self.video_id, self.generation, source=video.original_file, folder=folder, found=found, ladder=ladder, encoder=encoder
        )
        if not placed:
            raise Superseded

    # --- what the encoder tells ---

    def beat(self) -> None:
        now = time.monotonic()
        if now - self.beaten_at >= self.pause:
            self.job.heartbeat()
            self.beaten_at = now

    def take_header(self, quality: str, path: Path, *, codec: str) -> None:
        self.codecs[quality] = codec
        if quality in self.headers and read_file(f"{self.folder}/{self.headers[quality]}") != path.read_bytes():
            self.forget_pictures()
            raise Trouble("encoder", f"this machine's ffmpeg writes another header of {quality} than the one before")
        self.keep(path, f"{quality}/init.mp4")

    def take_sound(self, number: int, segment: Made) -> None:
        self.sound.append([segment.milliseconds, self.keep(segment.path, f"{AUDIO}/{number}.m4s"), self.job.attempt])
        self.beat()
        if time.monotonic() - self.sound_recorded_at > RECORD_SOUND_SECONDS:
            self.record_sound(is_complete=False)

    def end_sound(self) -> None:
        self.record_sound(is_complete=True)

    def take_segments(self, number: int, segments: Mapping[str, Made]) -> None:
        stored = {}
        for quality, made in segments.items():
            stored[quality] = [made.milliseconds, self.keep(made.path, f"{quality}/{number}.m4s"), self.job.attempt]
            self.beat()
        self.record_segments(number, stored)

    def keep(self, path: Path, name: str) -> int:
        """Into this try's own folder, which nobody else ever writes to; its size in bytes."""
        return keep_file(path, f"{self.folder}/{self.try_folder}/{name}")

    # --- what is recorded ---

    @transaction.atomic
    def begin(self) -> VideoAsset:
        video = self.locked()
        if not self.is_remake:
            VideoRendition.objects.filter(video=video).exclude(generation=self.generation).delete()
        if not video.original_file:
            raise Unprocessable("missing")
        self.note(video, encoder=self.encoder.name)
        self.folder = f"{video.files}/{self.generation}"
        self.job.heartbeat(message="")
        return video

    @transaction.atomic
    def record_probe(self, found: Probe, ladder: Ladder) -> Standing:
        video, picture = self.locked(), found.picture
        self.note(
            video,
            duration_ms=round(found.seconds * 1000) if found.seconds else None,
            width=picture.width,
            height=picture.height,
            frame_rate=float(ladder.rate),
            has_audio=found.sound is not None,
            probe=asdict(found) | {"tone_mapped": picture.is_hdr and can_tone_map()},
        )
        return self.standing(video, ladder)

    def note(self, video: VideoAsset, **facts: Any) -> None:
        """Keep facts of this generation: on the video itself, or beside what is served until they take its place."""
        if self.is_remake:
            video.remake = video.remake | facts
            video.save(update_fields=["remake"])
            return
        for name, value in facts.items():
            setattr(video, name, value)
        video.save(update_fields=list(facts))

    def known(self, video: VideoAsset, name: str) -> Any:
        """What `note` kept."""
        return video.remake.get(name) if self.is_remake else getattr(video, name)

    def standing(self, video: VideoAsset, ladder: Ladder) -> Standing:
        """Where to go on. What was made for another ladder, by an earlier release say, is let go."""
        rows = {row.quality: row for row in self.rows()}
        sound = rows.pop(AUDIO, None)
        has_sound = sound is not None and sound.is_complete
        # Begun sound is made anew from its beginning; until that has come as far, what there is stays.
        self.sound_before = len(sound.segments) if sound is not None else 0
        if not rows:
            # A silent video has no row of sound: that there is none is found again, which costs nothing.
            return Standing(has_sound, 0)
        counts = {len(row.segments) for row in rows.values()}
        same = {(name, row.width, row.height, row.frame_rate) for name, row in rows.items()} == {
            (rung.quality, rung.width, rung.height, float(ladder.rate)) for rung in ladder.rungs
        }
        if len(counts) != 1 or not same:
            self.rows().delete()
            return Standing(has_sound_done=False, segments=0)
        self.headers = {name: row.header_name for name, row in rows.items()}
        return Standing(has_sound, counts.pop())

    def rows(self) -> QuerySet[VideoRendition]:
        return VideoRendition.objects.filter(video_id=self.video_id, generation=self.generation)

    @transaction.atomic
    def forget_pictures(self) -> None:
        """The next try begins anew."""
        video = self.locked()
        self.rows().exclude(quality=AUDIO).delete()
        if not self.is_remake:
            self.note(video, playable_at=None)

    def record_poster(self, path: Path) -> None:
        self.keep(path, "poster.webp")
        with transaction.atomic():
            self.note(self.locked(), poster=f"{self.folder}/{self.try_folder}/poster.webp")
            self.job.heartbeat()

    @transaction.atomic
    def record_sound(self, *, is_complete: bool) -> None:
        video = self.locked()
        self.save_sound(video, is_complete=is_complete)
        if is_complete and not self.sound and self.known(video, "has_audio"):
            # A track of sound that holds none.
            self.note(video, has_audio=False)
        done = SOUND_PERCENT if is_complete else min(SOUND_PERCENT, SOUND_PERCENT * len(self.sound) // self.expected)
        progress = max(self.known(video, "progress"), done)
        self.note(video, progress=progress)
        self.job.heartbeat(progress=progress)

    def save_sound(self, video: VideoAsset, *, is_complete: bool) -> None:
        self.sound_recorded_at = time.monotonic()
        if self.sound and (is_complete or len(self.sound) >= self.sound_before):
            row = VideoRendition(video=video, generation=self.generation, quality=AUDIO, codecs=self.codecs[AUDIO])
            _save_measured(row, self.sound, is_complete=is_complete)
        self.sound_is_complete = is_complete

    @transaction.atomic
    def record_segments(self, number: int, stored: Mapping[str, list[int]]) -> None:
        assert self.ladder is not None
        video = self.locked()
        if self.sound and not self.sound_is_complete:
            self.save_sound(video, is_complete=False)
        rows = {row.quality: row for row in self.rows()}
        for rung in self.ladder.rungs:
            row = rows.get(rung.quality) or self.new_row(video, rung)
            if len(row.segments) != number:
                raise Superseded(f"{rung.quality} has {len(row.segments)} segments, not {number}")
            _save_measured(row, [*row.segments, stored[rung.quality]], is_complete=False)
        if video.playable_at is None:
            self.note(video, playable_at=timezone.now())
            publish(VideoPlayable(video_id=video.pk))
        done = min(98, SOUND_PERCENT + PICTURE_PERCENT * (number + 1) // max(self.expected, number + 1))
        progress = max(self.known(video, "progress"), done)
        self.note(video, progress=progress)
        self.job.heartbeat(checkpoint={"segments": number + 1}, progress=progress)
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
        lowest = self.rows().get(quality=ladder.rungs[0].quality)

        def read(number: int | None) -> bytes:
            return read_file(f"{self.folder}/{lowest.header_name if number is None else lowest.segment_name(number)}")

        sheet = make_storyboard(ladder, [segment[0] for segment in lowest.segments], read, scratch=scratch, each=self.beat)
        if sheet is None:
            return
        self.keep(sheet.path, "storyboard.webp")
        facts = {field: getattr(sheet, field) for field in ("width", "height", "columns", "rows", "interval_ms")}
        with transaction.atomic():
            self.note(self.locked(), storyboard={"file": f"{self.folder}/{self.try_folder}/storyboard.webp"} | facts)
            self.job.heartbeat()

    @transaction.atomic
    def finish(self) -> None:
        video = self.locked()
        rows = self.rows()
        rows.update(is_complete=True)
        longest = max(sum(segment[0] for segment in row.segments) for row in rows.exclude(quality=AUDIO))
        if self.is_remake:
            # It takes the place of what was served. Whoever is watching that goes on with it (`services.generations`).
            facts, video.remake = video.remake, {}
            for name, value in ({"poster": "", "storyboard": {}} | facts).items():
                setattr(video, name, value)
        video.state, video.progress, video.ready_at, video.duration_ms = VideoAsset.State.READY, 100, timezone.now(), longest
        video.save()
        publish(VideoReady(video_id=video.pk))
        self.job.heartbeat(progress=100)

    def locked(self) -> VideoAsset:
        """The video, locked, as long as it is this generation that is being made of it. Raises `Superseded`."""
        video = VideoAsset.objects.select_for_update().filter(pk=self.video_id).first()
        if video is None or video.removed_at is not None:
            raise Superseded
        self.is_remake = video.is_remade and video.remake["generation"] == self.generation
        if not self.is_remake and (video.generation != self.generation or video.state != VideoAsset.State.PROCESSING):
            raise Superseded(video.state)
        return video


def _save_measured(row: VideoRendition, segments: Segments, *, is_complete: bool) -> None:
    """The row with these segments and what they measure."""
    row.segments, row.is_complete = segments, is_complete
    row.size_bytes = sum(segment[1] for segment in segments)
    row.bitrate, row.peak_bitrate = measured_bitrates(segments)
    VideoRendition.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["video", "generation", "quality"],
        update_fields=["segments", "is_complete", "size_bytes", "bitrate", "peak_bitrate", "codecs"],
    )


def measured_bitrates(segments: Sequence[Sequence[int]]) -> tuple[int, int]:
    """Average and peak in bits per second of segments, whose first two numbers are milliseconds and bytes. A last segment of less
    than half the usual length has no peak of its own (RFC 8216bis, 4.4.6.2: BANDWIDTH)."""
    length = sum(segment[0] for segment in segments)
    usual = max(segment[0] for segment in segments)
    average = sum(segment[1] for segment in segments) * 8000 // max(1, length)
    peak = max(segment[1] * 8000 // max(1, segment[0]) for segment in segments if segment[0] * 2 >= usual)
    return average, max(average, peak)


def sweep_scratch(video_id: UUID) -> None:
    """What killed tries left on this machine: this video's at once, that of others after a day."""
    for folder in scratch_root().glob(f"{SCRATCH_PREFIX}*"):
        if folder.name.startswith(f"{SCRATCH_PREFIX}{video_id.hex}-") or time.time() - folder.stat().st_mtime > OLD_SCRATCH_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
