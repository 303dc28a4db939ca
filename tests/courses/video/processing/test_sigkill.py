"""SIGKILL of a real worker at random moments: every video ends ready, once, with nothing left over (goals.md, 13)."""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db.models import Max

from courses.video.events import VideoPlayable, VideoReady
from courses.video.models import VideoAsset, VideoRendition
from kit.events.models import OutboxEvent
from kit.jobs.models import Job
from kit.jobs.running import sweep
from tests.courses.video.processing.conftest import Uploaded
from tests.courses.video.processing.test_sources import check_files
from tests.kit.worker.conftest import DEADLINE, ROOT, Post, post

__all__ = ["post"]

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

VIDEOS = 5
KILLS = 10
LONGEST_PAUSE = 1.2
"""Seconds; about as long as a job of these takes."""
MOST_TRIES = 6
"""A job that has been tried so often is left in peace: after eight it is given up, rightly."""


class Press:
    """A Celery worker for videos, and ways to kill it."""

    def __init__(self, office: Post, store: Path, scratch: Path) -> None:
        self.office = office
        self.env = office.env | {"ATELIER_DATA": str(store.parent), "TMPDIR": str(scratch)}
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-c", "2", "-Q", "video", "-l", "WARNING"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-n", f"video-{secrets.token_hex(3)}@test"]
        with (self.office.folder / "worker-video.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, *quiet], cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.office.workers.append(process)
        return process

    def kill_its_hands(self) -> None:
        """The processes that do the work; Celery replaces them."""
        for child in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)

    def kill_all(self) -> None:
        self.office.kill(self.process)
        self.process = self.start()


@pytest.fixture
def press(post: Post, store: Path, scratch: Path) -> Press:
    return Press(post, store, scratch)


def pause(seconds: float) -> None:
    """Let the worker work, and do what beat does: take back what lost its lease."""
    ends, wait = time.monotonic() + seconds, threading.Event()
    while True:
        sweep()
        left = ends - time.monotonic()
        if left <= 0:
            return
        wait.wait(min(0.1, left))


def until_done(what: str, done: object, *, seconds: float = DEADLINE) -> None:
    end = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        assert time.monotonic() < end, what
        pause(0.05)


def test_ten_kills_at_random_moments_and_every_video_is_ready_once(
    press: Press, uploaded: Uploaded, store: Path, scratch: Path, tmp_path: Path
) -> None:
    seed = secrets.randbits(32)
    moments = random.Random(seed)
    videos = [uploaded("24 frames") for _ in range(VIDEOS)]
    jobs = Job.objects.filter(name="video.process")
    kills = 0
    while kills < KILLS:
        until_done(
            f"seed {seed}: no job ran, {kills} kills, {list(jobs.values_list('state', 'attempt', 'error'))}\n{press.office.logs()}",
            lambda: jobs.filter(state=Job.State.RUNNING).exists() or not jobs.filter(state=Job.State.QUEUED).exists(),
        )
        if not jobs.filter(state=Job.State.RUNNING).exists():
            videos.append(uploaded("half a second"))
            continue
        pause(moments.uniform(0, LONGEST_PAUSE))
        if (jobs.filter(state=Job.State.RUNNING).aggregate(most=Max("attempt"))["most"] or 0) >= MOST_TRIES:
            continue
        if kills == KILLS // 2:
            press.kill_all()
        else:
            press.kill_its_hands()
        kills += 1
    until_done(
        f"seed {seed}: {list(jobs.values_list('state', 'attempt', 'error'))}\n{press.office.logs()}",
        lambda: not jobs.exclude(state=Job.State.FINISHED).exists(),
        seconds=5 * DEADLINE,
    )
    assert jobs.filter(attempt__gt=1).exists(), f"seed {seed}: no kill met a job"
    for video in videos:
        video.refresh_from_db()
        assert (video.state, video.progress, video.generation) == (VideoAsset.State.READY, 100, 1), f"seed {seed}"
        for row in VideoRendition.objects.filter(video=video):
            assert row.is_complete
            check_files(row, store, tmp_path)
        named = {video.poster, video.storyboard["file"]}
        found = {str(path.relative_to(store)) for path in (store / video.folder).iterdir() if path.is_file()}
        assert found == named
    for event in (VideoPlayable, VideoReady):
        assert OutboxEvent.objects.filter(name=f"courses.video.{event.__name__}").count() == len(videos), f"seed {seed}: {event.__name__}"
    assert list(scratch.glob("atelier-video-*")) == []
    assert not still_running(str(scratch)), "an ffmpeg outlived its worker"


def still_running(mark: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if mark in line and "ffmpeg" in line:
            found.append(line)
    return found
