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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Max

from courses.video.events import VideoPlayable, VideoReady
from courses.video.models import VideoAsset, VideoRendition
from courses.video.services.generations import named_files, sweep_generations
from courses.video.services.processing import sweep_scratch
from kit.events.models import OutboxEvent
from kit.jobs.models import Job
from kit.jobs.running import sweep
from tests.courses.video.processing.conftest import Uploaded
from tests.courses.video.processing.test_sources import check_files
from tests.kit.worker.conftest import DEADLINE, ROOT, Post, post

__all__ = ["post"]

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

VIDEOS = 3
KILLS = 10
LONGEST_PAUSE = 0.8
"""Seconds; about as long as a job of these takes."""
SEED = int(os.environ.get("SIGKILL_SEED") or secrets.randbits(32))
"""What the moments are drawn from; a failure names it, and SIGKILL_SEED gives the same ones again."""
MOST_TRIES = 6
"""A job that has been tried so often is left in peace: after eight it is given up, rightly."""


class Press:
    """A Celery worker for videos, and ways to kill it."""

    def __init__(self, office: Post, store: Path, scratch: Path) -> None:
        self.office = office
        self.env = office.env | {"ATELIER_DATA": str(store.parent), "TMPDIR": str(scratch)}
        self.process = self.start()
        self.next: subprocess.Popen[bytes] | None = None

    def start_another(self) -> None:
        """It takes seconds to start, in which the first one works on and is killed."""
        self.next = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-c", "1", "-Q", "video", "-l", "WARNING"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-n", f"video-{secrets.token_hex(3)}@test"]
        with (self.office.folder / "worker-video.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, *quiet], cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.office.workers.append(process)
        return process

    def kill_its_hands(self) -> None:
        """The processes that do the work; Celery replaces them."""
        with lost_jobs():
            for worker in filter(None, (self.process, self.next)):
                for child in Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split():
                    with suppress(ProcessLookupError):
                        os.kill(int(child), signal.SIGKILL)

    def kill_all(self) -> None:
        assert self.next is not None
        with lost_jobs():
            self.kill_its_hands()
            self.office.kill(self.process)
        self.process, self.next = self.next, None


@pytest.fixture
def press(post: Post, store: Path, scratch: Path, settings: Any) -> Press:
    # Messages die with who was told; `sweep` says it again.
    settings.JOBS_RESEND_SECONDS = 0.3
    return Press(post, store, scratch)


@contextmanager
def lost_jobs() -> Iterator[None]:
    """Whoever works on something now is killed meanwhile: nobody has to wait until the lease of the dead is over. A job that another
    has claimed since is not touched."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        (now,) = cursor.fetchone()
    yield
    Job.objects.filter(state=Job.State.RUNNING, started_at__lt=now, heartbeat_at__lt=now).update(lease_until=now)
    sweep()


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
    moments = random.Random(SEED)
    videos = [uploaded("24 frames") for _ in range(VIDEOS)]
    jobs = Job.objects.filter(name="video.process")
    kills = 0
    while kills < KILLS:
        until_done(
            f"seed {SEED}: no job ran, {kills} kills, {list(jobs.values_list('state', 'attempt', 'error'))}\n{press.office.logs()}",
            lambda: jobs.filter(state=Job.State.RUNNING).exists() or not jobs.filter(state=Job.State.QUEUED).exists(),
        )
        if not jobs.filter(state=Job.State.RUNNING).exists():
            videos.append(uploaded("half a second"))
            continue
        pause(moments.uniform(0, LONGEST_PAUSE))
        if (jobs.filter(state=Job.State.RUNNING).aggregate(most=Max("attempt"))["most"] or 0) >= MOST_TRIES:
            continue
        if kills == KILLS - 2:
            press.kill_all()
        else:
            press.kill_its_hands()
        kills += 1
        if kills == KILLS // 2 - 1:
            press.start_another()
    until_done(
        f"seed {SEED}: {list(jobs.values_list('state', 'attempt', 'error'))}\n{press.office.logs()}",
        lambda: not jobs.exclude(state=Job.State.FINISHED).exists(),
        seconds=5 * DEADLINE,
    )
    sweep_generations()
    assert jobs.filter(attempt__gt=1).exists(), f"seed {SEED}: no kill met a job"
    for video in videos:
        video.refresh_from_db()
        assert (video.state, video.progress, video.generation) == (VideoAsset.State.READY, 100, 1), f"seed {SEED}"
        for row in VideoRendition.objects.filter(video=video):
            assert row.is_complete
            check_files(row, store, tmp_path)
        folder = store / video.folder
        assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == named_files(video)
    for event in (VideoPlayable, VideoReady):
        assert OutboxEvent.objects.filter(name=f"courses.video.{event.__name__}").count() == len(videos), f"seed {SEED}: {event.__name__}"
    for video in videos:  # As the next try on this machine does.
        sweep_scratch(video.pk)
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
