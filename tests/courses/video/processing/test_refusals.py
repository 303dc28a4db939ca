"""Files that are no videos, or pretend to be: each refused with its reason, nothing read outside, no connection made (R181)."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from courses.video.binaries import ffmpeg
from courses.video.encoders import FfmpegEncoder
from courses.video.models import VideoAsset, VideoRendition
from courses.video.reasons import REASONS, Unprocessable
from kit.events.testing import deliver_all
from kit.jobs import GiveUp
from kit.jobs.models import Job
from kit.jobs.running import work
from kit.jobs.testing import run_all
from tests.courses.video.processing.clips import BY_NAME, H264, make_clip, picture, run, tone
from tests.courses.video.processing.collector import Collector, order_for
from tests.courses.video.processing.conftest import Uploaded
from tests.courses.video.processing.hostile import ALL, MARK, PLAYS, Traps, honest_clips


class Canary:
    """A server on the loopback address that only counts who comes."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.visits = 0
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self) -> None:
        while True:
            try:
                visitor, _ = self.socket.accept()
            except OSError:
                return
            self.visits += 1
            visitor.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    bird = Canary()
    yield bird
    bird.socket.shutdown(socket.SHUT_RDWR)
    bird.socket.close()
    bird.thread.join(timeout=5)


@dataclass
class Meter:
    """What ffmpeg took, as the system counted it: measured by a small process around it, since ours is large itself."""

    log: Path

    def peak_mib(self) -> float:
        return max((float(line.split()[0]) / 1024 for line in self.lines()), default=0.0)

    def cpu_seconds(self) -> float:
        return sum(float(line.split()[1]) for line in self.lines())

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


METER = """#!{python} -SE
import os, resource, subprocess, sys
status = subprocess.call([{program!r}, *sys.argv[1:]])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open({log!r}, "a") as file:
    print(used.ru_maxrss, used.ru_utime + used.ru_stime, file=file)
os.kill(os.getpid(), -status) if status < 0 else sys.exit(status)
"""


@pytest.fixture
def meter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Meter:
    found, program = Meter(tmp_path / "meter.txt"), tmp_path / "metered"
    program.write_text(METER.format(python=sys.executable, program=ffmpeg(), log=str(found.log)))
    program.chmod(0o755)
    monkeypatch.setattr("courses.video.confinement.ffmpeg", lambda: str(program))
    return found


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return honest_clips(tmp_path_factory.mktemp("honest"), run)


MOST_MIB, MOST_SECONDS = 300, 5


@pytest.mark.parametrize("name", ALL)
def test_what_wants_something_else_than_to_be_watched(
    name: str, tmp_path: Path, scratch: Path, canary: Canary, meter: Meter, honest: dict[str, bytes]
) -> None:
    verdict, make = ALL[name]
    secret = tmp_path / "secret.ts"
    secret.write_bytes(honest["mp4"])
    before = secret.stat().st_atime_ns
    content = make(Traps(secret, canary.port, honest))
    path = tmp_path / "upload.mp4"
    path.write_bytes(content.encode("latin1") if isinstance(content, str) else content)
    sink = Collector(tmp_path / "out")
    if verdict == PLAYS:
        order = order_for(path, scratch)
        FfmpegEncoder().encode(order, sink)
        made = b"".join(sink.track(order.ladder.rungs[0].quality))
        assert len(sink.numbers) == 1
        assert MARK not in made
    else:
        with pytest.raises(Unprocessable) as refusal:
            FfmpegEncoder().encode(order_for(path, scratch), sink)
        assert refusal.value.code in verdict.split(), str(refusal.value)
        assert refusal.value.code in REASONS
    assert meter.peak_mib() < MOST_MIB
    assert meter.cpu_seconds() < MOST_SECONDS
    assert canary.visits == 0
    assert secret.stat().st_atime_ns == before


def test_there_are_enough_of_them() -> None:
    assert len(ALL) >= 40


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reason", "make"),
    [
        ("empty", lambda clip: b""),
        ("not_a_video", lambda clip: b"%PDF-1.7" + clip[8:]),
        ("corrupt", lambda clip: clip[:2000]),
        ("corrupt", lambda clip: clip[:64] + bytes(len(clip) - 64)),
    ],
    ids=["zero length", "another kind", "broken off in the header", "zeroed"],
)
def test_a_useless_file_fails_at_once_with_its_reason(reason: str, make: object, uploaded: Uploaded, clips: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.mp4"
    path.write_bytes(make(make_clip(BY_NAME["60 frames"], clips).read_bytes()))  # type: ignore[operator]
    video = uploaded(path)
    with pytest.raises(GiveUp):
        work("video", reraise=True)
    check_failed(video, reason)
    assert Job.objects.get().state == Job.State.FAILED


@pytest.mark.django_db
def test_a_file_that_breaks_off_is_refused_and_nothing_of_it_is_served(uploaded: Uploaded, tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    run(*f"{picture('160x90', '30', 20)} {H264} -movflags +faststart".split(" "), str(path))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    video = uploaded(path)
    with pytest.raises(GiveUp):
        work("video", reraise=True)
    check_failed(video, "cut_short")


@pytest.mark.django_db
def test_sound_alone_is_no_video(uploaded: Uploaded, tmp_path: Path) -> None:
    path = tmp_path / "song.mp4"
    run(*f"{tone(1)} -c:a aac".split(" "), str(path))
    video = uploaded(path)
    with pytest.raises(GiveUp):
        work("video", reraise=True)
    check_failed(video, "no_picture")


@pytest.mark.django_db
def test_a_file_that_says_it_lasts_for_days_is_refused_before_it_is_decoded(
    uploaded: Uploaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.mp4"
    run(*f"{picture('64x64', '1', 2)} -vf setpts=PTS*50000 -fps_mode passthrough -c:v libx264".split(" "), str(path))
    video = uploaded(path)
    with pytest.raises(GiveUp):
        work("video", reraise=True)
    check_failed(video, "too_long")


@pytest.mark.django_db
def test_a_missing_original_is_said(uploaded: Uploaded, store: Path) -> None:
    video = uploaded("half a second")
    (store / video.original_file).unlink()
    with pytest.raises(GiveUp):
        work("video", reraise=True)
    check_failed(video, "missing")


@pytest.mark.django_db
def test_one_bad_video_does_not_hold_up_the_next(uploaded: Uploaded, tmp_path: Path) -> None:
    path = tmp_path / "bad.mp4"
    path.write_bytes(b"")
    bad, good = uploaded(path), uploaded("half a second")
    work("video")
    run_all()
    check_failed(bad, "empty")
    good.refresh_from_db()
    assert good.state == VideoAsset.State.READY


def check_failed(video: VideoAsset, reason: str) -> None:
    deliver_all()
    video.refresh_from_db()
    assert (video.state, video.error_code) == (VideoAsset.State.FAILED, reason)
    assert video.error == str(REASONS[reason])
    assert video.playable_at is None
    assert not video.poster
    assert not VideoRendition.objects.filter(video=video).exists()
