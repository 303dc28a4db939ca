"""The supervisor with real children: it starts again what ends, runs some programs only once, and stops in seconds."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from scripts.processes import is_running, wait_until
from scripts.supervisor import Program, Supervisor

FOREVER = [sys.executable, "-c", "import signal; signal.pause()"]
STUBBORN = [sys.executable, "-c", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: signal.pause()"]


def supervisor(tmp_path: Path, *programs: Program, told: list[str] | None = None) -> Supervisor:
    said = [] if told is None else told
    return Supervisor(programs, environ=dict(os.environ), folder=tmp_path, tell=said.append)


def test_a_killed_program_is_started_again_and_the_reason_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    watched = supervisor(tmp_path, Program("web", FOREVER), told=told)
    watched.tick()
    first = watched.process_id("web")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    try:
        assert wait_until(lambda: (watched.tick(), watched.process_id("web") not in {None, first})[1], 10)
        assert told == ["web ended (killed by SIGKILL): starting it again in 1 s"]
    finally:
        watched.end_all()


def test_a_program_that_keeps_failing_is_started_less_and_less_often(tmp_path: Path) -> None:
    told: list[str] = []
    watched = supervisor(tmp_path, Program("worker", [sys.executable, "-c", "raise SystemExit(3)"]), told=told)
    try:
        assert wait_until(lambda: (watched.tick(), len(told) >= 2)[1], 15)
        assert told == ["worker ended (code 3): starting it again in 1 s", "worker ended (code 3): starting it again in 2 s"]
    finally:
        watched.end_all()


def test_a_program_that_may_run_once_waits_for_the_other_supervisor(tmp_path: Path) -> None:
    beat = Program("beat", FOREVER, only_once=tmp_path / "beat.lock")
    one, two = supervisor(tmp_path, beat), supervisor(tmp_path, beat)
    one.tick()
    two.tick()
    try:
        assert one.process_id("beat") is not None
        assert two.process_id("beat") is None
        one.end_all()
        two.tick()
        assert two.process_id("beat") is not None
    finally:
        one.end_all()
        two.end_all()


def test_stopping_ends_every_program_and_kills_what_does_not_listen(tmp_path: Path) -> None:
    watched = supervisor(tmp_path, Program("web", FOREVER), Program("worker", STUBBORN))
    watched.tick()
    pids = [watched.process_id("web"), watched.process_id("worker")]
    watched.stop()
    watched.stop()  # asked twice: does not wait for the stubborn one
    began = time.monotonic()
    watched.run(lambda: None)
    assert time.monotonic() - began < 5
    assert [pid for pid in pids if pid is not None and is_running(pid)] == []


def test_programs_are_ended_when_the_watching_fails(tmp_path: Path) -> None:
    watched = supervisor(tmp_path, Program("web", FOREVER))
    pids: list[int | None] = []

    def fail() -> None:
        pids.append(watched.process_id("web"))
        raise SystemExit("the services have gone")

    with pytest.raises(SystemExit, match="the services have gone"):
        watched.run(fail)
    assert pids[0] is not None
    assert not is_running(pids[0])
