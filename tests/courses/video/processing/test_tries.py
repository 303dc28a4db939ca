"""Workers that wake up too late, and videos that are processed anew while somebody watches them (R176, R181)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from courses.video.encoders import FfmpegEncoder, Made, Order, Sink, ffmpeg
from courses.video.models import VideoAsset, VideoRendition
from courses.video.reasons import Trouble, Unprocessable
from courses.video.services.generations import WATCHED_FOR, sweep_generations
from courses.video.services.processing import process_video, retry_processing
from kit.jobs import LeaseLost
from kit.jobs.models import Job
from kit.jobs.running import claim_next, run, sweep, work
from kit.jobs.testing import run_all
from kit.signing import BadLink
from tests.courses.video.processing.checker import read_track
from tests.courses.video.processing.conftest import Uploaded

pytestmark = pytest.mark.django_db

State = VideoAsset.State


def served_files(video: VideoAsset, store: Path) -> dict[str, str]:
    """What players may be sent, with what it holds."""
    rows = VideoRendition.objects.filter(video=video, generation=video.generation)
    names = sorted(f"{video.folder}/{name}" for row in rows for name in row.file_names())
    return {name: hashlib.sha256((store / name).read_bytes()).hexdigest() for name in [*names, video.poster, video.storyboard["file"]]}


def files_of(video: VideoAsset, store: Path) -> set[str]:
    return {str(path.relative_to(store)) for path in (store / video.files).rglob("*") if path.is_file()} - {video.original_file}


class Sleeper(FfmpegEncoder):
    """A worker that is frozen with segment `at` in its hands, until somebody else has done its job. Its pictures are not quite
    those that the other makes."""

    def __init__(self, at: int, take_over: Callable[[], object]) -> None:
        self.at = at
        self.take_over = take_over
        self.woke_up = False

    def encode(self, order: Order, sink: Sink) -> None:
        take, usual = sink.take_segments, ffmpeg.x264
        patch = pytest.MonkeyPatch()

        def taking(number: int, segments: Mapping[str, Made]) -> None:
            if number == self.at and not self.woke_up:
                self.woke_up = True
                patch.undo()
                self.take_over()
            take(number, segments)

        sink.take_segments = taking  # type: ignore[method-assign]
        patch.setattr(ffmpeg, "x264", lambda rung, ladder: [*usual(rung, ladder), "-subq", "0", "-trellis", "2"])
        try:
            super().encode(order, sink)
        finally:
            patch.undo()


def take_over() -> None:
    """Somebody else finds that the lease is over, and does the whole job."""
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=Now() - timedelta(seconds=1))
    sweep()
    other = claim_next("video")
    assert other is not None
    run(other, reraise=True)


@pytest.mark.parametrize("at", [0, 1])
def test_a_worker_that_wakes_up_after_its_job_was_done_changes_nothing_that_is_served(
    at: int, uploaded: Uploaded, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video, seen = uploaded("24 frames"), dict[str, str]()

    def noting() -> None:
        with monkeypatch.context() as elsewhere:
            # Another machine: on one and the same the scratch space of the first would be swept.
            elsewhere.setattr("tempfile.tempdir", str(tmp_path))
            take_over()
        seen.update(served_files(VideoAsset.objects.get(pk=video.pk, state=State.READY), store))

    sleeper, job = Sleeper(at, noting), claim_next("video")
    assert job is not None
    with suppress(LeaseLost):
        process_video(job, encoder=sleeper)
    assert sleeper.woke_up
    video.refresh_from_db()
    assert (video.state, video.progress) == (State.READY, 100)
    assert served_files(video, store) == seen, "what is served was written to by somebody who had lost the job"
    rung = VideoRendition.objects.exclude(quality="audio").get(video=video)
    assert [segment[2] for segment in rung.segments] == [1] * at + [2] * (3 - at)
    read = [(store / video.folder / rung.segment_name(number)).read_bytes() for number in range(3)]
    assert len(read_track((store / video.folder / rung.header_name).read_bytes(), read).starts) == 3
    left = files_of(video, store) - set(seen)
    assert left, "the sleeper has written something"
    sweep_generations()
    assert files_of(video, store) == set(seen)


@pytest.mark.parametrize("trouble", [Unprocessable("corrupt"), Trouble("storage")], ids=lambda trouble: trouble.code)
def test_the_trouble_of_a_worker_that_lost_its_job_is_not_the_videos(trouble: Exception, uploaded: Uploaded) -> None:
    video = uploaded("24 frames")

    def stumble() -> None:
        # Somebody else is at work by now, and has swept the scratch space of the first.
        Job.objects.update(attempt=2)
        raise trouble

    job = claim_next("video")
    assert job is not None
    job.max_attempts = 1
    with pytest.raises(LeaseLost):
        process_video(job, encoder=Sleeper(1, stumble))
    video.refresh_from_db()
    assert (video.state, video.error) == (State.PROCESSING, "")
    assert len(VideoRendition.objects.exclude(quality="audio").get(video=video).segments) == 1


def test_late_files_are_left_alone_while_the_job_still_runs(uploaded: Uploaded, store: Path) -> None:
    video = uploaded("half a second")
    assert claim_next("video") is not None
    Job.objects.update(attempt=2)
    late = store / video.folder / "1-1/90p/7.m4s"
    late.parent.mkdir(parents=True)
    late.write_bytes(b"late")
    sweep_generations()
    assert late.exists()
    Job.objects.update(state=Job.State.QUEUED, lease_until=None)
    run_all()
    sweep_generations()
    assert not late.parent.exists()


def test_what_another_ffmpeg_began_is_made_anew_rather_than_mixed(uploaded: Uploaded, monkeypatch: pytest.MonkeyPatch) -> None:
    video = uploaded("24 frames")
    job = claim_next("video")
    assert job is not None
    with pytest.raises(LeaseLost):
        process_video(job, encoder=Sleeper(1, lambda: Job.objects.update(attempt=2)))
    assert len(VideoRendition.objects.exclude(quality="audio").get(video=video).segments) == 1
    # A release with other settings: its pictures need another header.
    monkeypatch.setattr(ffmpeg, "CRF", 30)
    Job.objects.update(state=Job.State.QUEUED, lease_until=None)
    work("video")
    video.refresh_from_db()
    assert (video.state, video.playable_at) == (State.PROCESSING, None)
    Job.objects.update(due_at=Now())
    run_all()
    rung = VideoRendition.objects.exclude(quality="audio").get(video=video)
    assert {segment[2] for segment in rung.segments} == {4}
    assert VideoAsset.objects.get().state == State.READY


# --- Anew ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def watched(uploaded: Uploaded, client: Client, ada: User) -> VideoAsset:
    """A ready video whose owner watches it."""
    video = uploaded("24 frames")
    run_all()
    video.refresh_from_db()
    client.force_login(ada)
    return video


def playlist_of(client: Client, video: VideoAsset) -> tuple[str, list[str]]:
    """The media playlist of the lowest rung that a player is given now: its address, and those of its header and segments."""
    master = client.get(reverse("video_play", args=[video.pk, "master.m3u8"])).content.decode()
    address = next(line for line in master.splitlines() if line.endswith("p.m3u8"))
    return address, parts_of(client, address)


def parts_of(client: Client, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    lines = answer.content.decode().replace('#EXT-X-MAP:URI="', "").replace('"', "").splitlines()
    return [f"{address.rpartition('/')[0]}/{line}" for line in lines if not line.startswith("#")]


def fetched(client: Client, addresses: list[str]) -> list[bytes]:
    answers = [client.get(address) for address in addresses]
    assert {answer.status_code for answer in answers} == {200}
    return [b"".join(answer.streaming_content) for answer in answers]  # type: ignore[attr-defined]


def test_a_ready_video_plays_on_while_it_is_processed_anew(watched: VideoAsset, client: Client, ada: User, store: Path) -> None:
    address, parts = playlist_of(client, watched)
    before = fetched(client, parts)
    looks: list[int] = []

    class Looking(FfmpegEncoder):
        def encode(self, order: Order, sink: Sink) -> None:
            take = sink.take_segments

            def taking(number: int, segments: Mapping[str, Made]) -> None:
                take(number, segments)
                now = VideoAsset.objects.get()
                assert (now.state, now.is_playable, now.generation, now.is_remade) == (State.READY, True, 1, True)
                assert (now.poster, now.duration_ms, now.storyboard) == (watched.poster, watched.duration_ms, watched.storyboard)
                # A page that is opened now is given the old one, whole; the sweep takes neither.
                sweep_generations()
                assert fetched(client, playlist_of(client, watched)[1]) == before
                assert now.remake["progress"] > 0
                looks.append(number)

            sink.take_segments = taking  # type: ignore[method-assign]
            super().encode(order, sink)

    retry_processing(watched, by=ada)
    assert retry_processing(watched, by=ada).newest_generation == 2, "it is under way already"
    job = claim_next("video")
    assert job is not None
    process_video(job, encoder=Looking())
    assert looks == [0, 1, 2]
    now = VideoAsset.objects.get()
    assert (now.state, now.generation, now.remake) == (State.READY, 2, {})
    assert now.poster.startswith(f"{now.folder}/")
    assert now.duration_ms == watched.duration_ms

    # Who began with the old one goes on with it, also after a fresh pass; who begins now is given the new one.
    assert fetched(client, parts) == before
    fresh = client.get(reverse("video_play", args=[now.pk, "pass.json"])).json()["pass"]
    old_pass = address.split("/")[3]
    assert fetched(client, [part.replace(old_pass, fresh) for part in parts]) == before
    assert parts_of(client, address) == parts
    assert all("/2-1/" in part for part in playlist_of(client, now)[1])
    assert sweep_generations() == 0
    VideoAsset.objects.update(ready_at=timezone.now() - WATCHED_FOR)
    assert sweep_generations() == 1
    assert not (store / now.files / "1").exists()
    assert set(VideoRendition.objects.values_list("generation", flat=True)) == {2}
    assert files_of(now, store) == set(served_files(now, store))


def test_a_ready_video_stays_ready_when_processing_it_anew_comes_to_nothing(
    watched: VideoAsset, client: Client, ada: User, store: Path
) -> None:
    before = fetched(client, playlist_of(client, watched)[1])
    original = store / watched.original_file
    content = original.read_bytes()
    original.write_bytes(content[:1000])
    retry_processing(watched, by=ada)
    work("video")
    now = VideoAsset.objects.get()
    assert (now.state, now.generation, now.error) == (State.READY, 1, "")
    assert now.remake["error_code"] == "corrupt"
    assert not now.is_remade
    assert fetched(client, playlist_of(client, now)[1]) == before
    page = client.get(reverse("video", args=[now.pk])).content.decode()
    assert "The file is damaged" in page
    assert sweep_generations() <= 1
    assert files_of(now, store) == set(served_files(now, store))
    # Another go takes the next number.
    original.write_bytes(content)
    client.post(reverse("video_attempts", args=[now.pk]))
    assert "Prepared anew: 0" in client.get(reverse("video", args=[now.pk])).content.decode()
    run_all()
    now.refresh_from_db()
    assert (now.state, now.generation, now.remake) == (State.READY, 3, {})


def test_a_name_leads_to_files_of_renditions_alone() -> None:
    from courses.video.playback import Pass

    held = Pass(video="ab" * 16, generation=2)
    assert held.path("360p/0.m4s") == f"videos/{held.video}/2/360p/0.m4s"
    assert held.path("1-3/360p/0.m4s") == f"videos/{held.video}/1/1-3/360p/0.m4s"
    for name in ("original", "1/original", "1-1/original", "../1-1/360p/0.m4s", "1-1/../original", "1-1/1-1/360p/0.m4s", "1-1/poster.webp"):
        with pytest.raises(BadLink):
            held.path(name)
