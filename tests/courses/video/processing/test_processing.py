"""From a waiting job to a ready video, and every way in between of coming to grief (R176, R177, R181)."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.db.models.functions import Now

from accounts.models import User
from courses.video.encoders import FfmpegEncoder, Made, Order, Sink
from courses.video.errors import NothingToProcess
from courses.video.events import VideoFailed, VideoPlayable, VideoReady
from courses.video.models import VideoAsset, VideoRendition
from courses.video.outputs import keep_file
from courses.video.reasons import REASONS, Trouble
from courses.video.services import processing
from courses.video.services.generations import sweep_generations
from courses.video.services.processing import measured_bitrates, process_video, retry_processing
from kit.events.models import OutboxEvent
from kit.events.testing import deliver_all
from kit.jobs import LeaseLost
from kit.jobs.models import Job
from kit.jobs.running import cancel_job, claim_next, sweep, work
from kit.jobs.testing import run_all
from tests.courses.video.processing.conftest import Uploaded

pytestmark = pytest.mark.django_db

State = VideoAsset.State


def published(event: type) -> int:
    return OutboxEvent.objects.filter(name=f"courses.video.{event.__name__}").count()


class Watching(FfmpegEncoder):
    """ffmpeg, with somebody who looks (or acts) after each segment has been taken."""

    def __init__(self, look: Callable[[int], None]) -> None:
        self.look = look

    def encode(self, order: Order, sink: Sink) -> None:
        take, look = sink.take_segments, self.look

        def taking(number: int, segments: Mapping[str, Made]) -> None:
            take(number, segments)
            look(number)

        sink.take_segments = taking  # type: ignore[method-assign]
        super().encode(order, sink)


def test_it_can_be_played_while_the_rest_is_made(uploaded: Uploaded, store: Path) -> None:  # R176, R181
    video = uploaded("24 frames")
    seen: list[tuple[bool, int, int, bool]] = []

    def look(number: int) -> None:
        now = VideoAsset.objects.get(pk=video.pk)
        row = VideoRendition.objects.exclude(quality="audio").get(video=video)
        assert all((store / now.folder / row.segment_name(at)).stat().st_size == size for at, (_, size, _) in enumerate(row.segments))
        seen.append((now.is_playable, len(row.segments), now.progress, row.is_complete))

    process_video(claim_next("video"), encoder=Watching(look))  # type: ignore[arg-type]
    assert [(playable, segments, complete) for playable, segments, _, complete in seen] == [
        (True, 1, False),
        (True, 2, False),
        (True, 3, False),
    ]
    progress = [percent for _, _, percent, _ in seen]
    assert 5 < progress[0] < progress[1] <= progress[2] < 100
    video.refresh_from_db()
    assert (video.state, video.progress) == (State.READY, 100)
    assert [published(event) for event in (VideoPlayable, VideoReady, VideoFailed)] == [1, 1, 0]


def test_what_can_be_played_can_be_heard(uploaded: Uploaded) -> None:
    video = uploaded("24 frames")

    def look(number: int) -> None:
        rows = VideoRendition.objects.filter(video=video)
        heard, seen = (sum(part[0] for part in row.segments) for row in (rows.get(quality="audio"), rows.exclude(quality="audio").get()))
        assert heard >= seen - 100

    process_video(claim_next("video"), encoder=Watching(look))  # type: ignore[arg-type]


def test_the_next_try_goes_on_at_the_segment_where_the_last_one_broke_off(uploaded: Uploaded) -> None:
    video = uploaded("24 frames")

    def fall(number: int) -> None:
        if number == 0:
            raise MemoryError

    job = claim_next("video")
    assert job is not None
    with pytest.raises(MemoryError):
        process_video(job, encoder=Watching(fall))
    made: list[int] = []
    begun = VideoRendition.objects.get(video=video, quality="audio")
    assert not begun.is_complete
    Job.objects.update(attempt=2)
    job.refresh_from_db()

    def look(number: int) -> None:
        made.append(number)
        # Sound that was only begun is made anew, whole, before anything else; until then what there was has stayed.
        sound = VideoRendition.objects.get(video=video, quality="audio")
        assert (sound.is_complete, {part[2] for part in sound.segments}) == (True, {2})

    process_video(job, encoder=Watching(look))
    assert made == [1, 2]
    video.refresh_from_db()
    assert video.state == State.READY
    assert VideoRendition.objects.get(video=video, quality="audio").is_complete
    assert published(VideoPlayable) == 1


def test_a_second_run_of_a_finished_job_changes_nothing(uploaded: Uploaded) -> None:
    video = uploaded("half a second")
    run_all()
    before = list(VideoRendition.objects.filter(video=video).values())
    job = Job.objects.get()
    process_video(job)
    assert list(VideoRendition.objects.filter(video=video).values()) == before
    assert published(VideoReady) == 1


def test_whoever_lost_the_job_writes_nothing_more(uploaded: Uploaded) -> None:
    video = uploaded("24 frames")

    def lose(number: int) -> None:
        if number == 0:
            Job.objects.update(lease_until=Now() - timedelta(seconds=1))
            sweep()
            other = claim_next("video")
            assert other is not None
            assert other.attempt == 2

    job = claim_next("video")
    assert job is not None
    with pytest.raises(LeaseLost):
        process_video(job, encoder=Watching(lose))
    assert len(VideoRendition.objects.exclude(quality="audio").get(video=video).segments) == 1
    assert VideoAsset.objects.get(pk=video.pk).state == State.PROCESSING


def test_what_is_made_for_a_generation_that_was_given_up_is_not_recorded(uploaded: Uploaded, ada: User) -> None:
    video = uploaded("24 frames")

    def start_anew(number: int) -> None:
        VideoAsset.objects.filter(pk=video.pk).update(state=State.FAILED, error="x")
        retry_processing(VideoAsset.objects.get(pk=video.pk), by=ada)

    process_video(claim_next("video"), encoder=Watching(start_anew))  # type: ignore[arg-type]
    assert not VideoRendition.objects.filter(video=video).exists()
    run_all()
    video.refresh_from_db()
    assert (video.generation, video.state) == (2, State.READY)
    assert set(VideoRendition.objects.filter(video=video).values_list("generation", flat=True)) == {2}


def test_processing_a_removed_video_stops(uploaded: Uploaded) -> None:
    video = uploaded("24 frames")
    VideoAsset.objects.update(removed_at=Now())
    run_all()
    video.refresh_from_db()
    assert video.state == State.PROCESSING
    assert not VideoRendition.objects.exists()


def test_a_failed_video_can_be_tried_again(uploaded: Uploaded, store: Path, ada: User) -> None:  # R176
    video = uploaded("half a second")
    original = store / video.original_file
    content = original.read_bytes()
    original.write_bytes(b"")
    work("video")
    video.refresh_from_db()
    assert video.state == State.FAILED
    original.write_bytes(content)
    again = retry_processing(video, by=ada)
    assert (again.state, again.error, again.error_code, again.generation) == (State.PROCESSING, "", "", 2)
    assert retry_processing(video, by=ada).generation == 2, "it is under way already"
    run_all()
    again.refresh_from_db()
    assert again.state == State.READY


def test_without_an_original_there_is_nothing_to_try_again(uploaded: Uploaded, ada: User) -> None:
    video = uploaded("half a second")
    run_all()
    VideoAsset.objects.update(original_file="")
    with pytest.raises(NothingToProcess):
        retry_processing(video, by=ada)
    assert VideoAsset.objects.get().state == State.READY


def full_disk(path: Path, name: str) -> int:
    raise Trouble("disk_full", str(OSError(errno.ENOSPC, "No space left on device")))


def test_a_full_disk_is_tried_again_and_goes_well_when_there_is_room(uploaded: Uploaded, monkeypatch: pytest.MonkeyPatch) -> None:
    video = uploaded("half a second")
    monkeypatch.setattr(processing, "keep_file", full_disk)
    work("video")
    video.refresh_from_db()
    assert (video.state, Job.objects.get().state) == (State.PROCESSING, Job.State.QUEUED)
    monkeypatch.undo()
    run_all()
    video.refresh_from_db()
    assert video.state == State.READY


def test_a_disk_that_stays_full_ends_in_words(uploaded: Uploaded, monkeypatch: pytest.MonkeyPatch) -> None:
    video = uploaded("half a second")
    monkeypatch.setattr(processing, "keep_file", full_disk)
    for _ in range(8):
        Job.objects.update(due_at=Now())
        work("video")
    deliver_all()
    video.refresh_from_db()
    assert (video.state, video.error_code, video.error) == (State.FAILED, "disk_full", str(REASONS["disk_full"]))
    assert Job.objects.get().state == Job.State.FAILED
    assert published(VideoFailed) == 1
    assert not VideoRendition.objects.exists()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (OSError(errno.EDQUOT, "Quota exceeded"), "disk_full"),
        (OSError(errno.EIO, "Input/output error"), "storage"),
        (EndpointConnectionError(endpoint_url="https://s3.example"), "storage"),
    ],
)
def test_what_a_store_does_wrong_is_told_apart(
    error: Exception, code: str, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    path = tmp_path / "x.m4s"
    path.write_bytes(b"x")
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(Trouble) as trouble:
        keep_file(path, "videos/x/1/360p/0.m4s")
    assert trouble.value.code == code


def test_a_store_on_another_disk_gets_a_copy_and_nothing_half_written(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, replace = tmp_path / "x.m4s", Path.replace
    path.write_bytes(b"whole")

    def across_disks(self: Path, target: Path) -> Path:
        if self == path:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", across_disks)
    assert keep_file(path, "videos/x/1/0.m4s") == 5
    assert [(file.name, file.read_bytes()) for file in (store / "videos/x/1").iterdir()] == [("0.m4s", b"whole")]


def test_a_worker_that_is_lost_each_time_is_said_on_the_video(uploaded: Uploaded) -> None:
    video = uploaded("half a second")
    for _ in range(8):
        Job.objects.update(due_at=Now())
        assert claim_next("video") is not None
        Job.objects.update(lease_until=Now() - timedelta(seconds=1))
        sweep()
    deliver_all()
    video.refresh_from_db()
    assert (video.state, video.error_code) == (State.FAILED, "interrupted")


def test_a_stopped_job_is_said_on_the_video(uploaded: Uploaded, mo: User) -> None:
    video = uploaded("half a second")
    cancel_job(Job.objects.get(), by=mo)
    deliver_all()
    video.refresh_from_db()
    assert (video.state, video.error_code) == (State.FAILED, "cancelled")


def test_one_creators_queue_does_not_hold_up_another(uploaded: Uploaded, ada: User, cleo: User) -> None:
    mine = [uploaded("half a second", owner=ada) for _ in range(3)]
    hers = uploaded("half a second", owner=cleo)
    first, second = claim_next("video"), claim_next("video")
    assert first is not None
    assert second is not None
    assert [first.params["video"], second.params["video"]] == [str(mine[0].pk), str(hers.pk)]


def test_the_sweep_takes_dead_generations_and_leaves_what_is_served(uploaded: Uploaded, store: Path, tmp_path: Path) -> None:
    ready, waiting = uploaded("half a second"), None
    run_all()
    ready.refresh_from_db()
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"")
    failed = uploaded(bad)
    work("video")
    waiting = uploaded("half a second")

    def leave(video: VideoAsset, generation: int) -> Path:
        file = store / f"videos/{video.pk.hex}/{generation}/360p/7.m4s"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"left")
        return file

    dead = [leave(ready, 0), leave(ready, 2), leave(failed, 1), leave(waiting, 0)]
    alive = leave(waiting, 1)
    served = sorted(path for path in (store / ready.folder).rglob("*") if path.is_file())
    assert sweep_generations() == 4
    assert not any(path.exists() for path in dead)
    assert alive.exists()
    assert sorted(path for path in (store / ready.folder).rglob("*") if path.is_file()) == served
    assert all((store / video.original_file).exists() for video in (ready, failed, waiting))
    assert sweep_generations() == 0


def test_every_file_of_a_ready_video_is_named_by_a_row(uploaded: Uploaded, store: Path) -> None:
    video = uploaded("landscape")
    run_all()
    video.refresh_from_db()
    named = {video.poster, video.storyboard["file"]}
    for row in VideoRendition.objects.filter(video=video):
        named |= {f"{video.folder}/{name}" for name in row.file_names()}
    assert {str(path.relative_to(store)) for path in (store / video.folder).rglob("*") if path.is_file()} == named


def test_nothing_is_left_in_scratch_space(uploaded: Uploaded, scratch: Path) -> None:
    video = uploaded("half a second")
    left = scratch / f"atelier-video-{video.pk.hex}-killed"
    left.mkdir()
    (left / "source").write_bytes(b"left by a killed worker")
    run_all()
    assert list(scratch.glob("atelier-video-*")) == []
    shutil.rmtree(left, ignore_errors=True)


def test_bandwidth_is_the_dearest_segment_of_full_length() -> None:
    assert measured_bitrates([[6000, 600_000], [6000, 900_000], [500, 500_000]]) == (1_280_000, 1_280_000)
    assert measured_bitrates([[6000, 600_000], [6000, 900_000], [4000, 100_000]]) == (800_000, 1_200_000)
    assert measured_bitrates([[500, 10_000]]) == (160_000, 160_000)
