"""Runs the processes of the product side by side, starts again what ends, and stops them all in good order."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from scripts.console import say
from scripts.locks import FileLock
from scripts.processes import end_with_parent, stop_child

TICK = 0.2
STOP_SECONDS = 8.0
LONGEST_PAUSE = 30.0
SETTLED_AFTER = 60.0
"""Seconds of running after which an earlier failure no longer counts."""


@dataclass(frozen=True)
class Program:
    """One process to keep running. With `only_once`, the lock file makes sure that one copy runs per data folder."""

    name: str
    command: Sequence[str]
    only_once: Path | None = None


class _Running:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.child: subprocess.Popen[bytes] | None = None
        self.lock = FileLock(program.only_once) if program.only_once else None
        self.failures = 0
        self.started_at = 0.0
        self.retry_at = 0.0


class Supervisor:
    """Keeps programs running until it is told to stop."""

    def __init__(self, programs: Sequence[Program], *, environ: Mapping[str, str], folder: Path, tell: Callable[[str], None] = say) -> None:
        self.environ = environ
        self.folder = folder
        self.tell = tell
        self.stopping = False
        self.asked_twice = False
        self._running = [_Running(program) for program in programs]

    def catch_signals(self) -> None:
        """SIGINT (Ctrl-C), SIGTERM and SIGHUP stop everything; a second one stops it at once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop)

    def stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        self.asked_twice = self.stopping
        self.stopping = True

    def tick(self) -> None:
        """Start what is not running and may."""
        now = time.monotonic()
        for running in self._running:
            child = running.child
            if child is not None and child.poll() is None:
                if running.failures and now - running.started_at > SETTLED_AFTER:
                    running.failures = 0
                continue
            if child is not None:
                running.child = None
                running.failures += 1
                pause = min(LONGEST_PAUSE, 0.5 * 2**running.failures)
                running.retry_at = now + pause
                self.tell(f"{running.program.name} ended ({_reason(child.returncode)}): starting it again in {pause:g} s")
            if now >= running.retry_at and (running.lock is None or running.lock.acquire(wait=False)):
                self._start(running)

    def run(self, each_tick: Callable[[], None]) -> None:
        """Watch until told to stop, calling `each_tick` in between; then end the programs, politely and within seconds."""
        try:
            while not self.stopping:
                self.tick()
                each_tick()
                time.sleep(TICK)
        finally:
            self.end_all()

    def end_all(self) -> None:
        """Ask every program to end, wait for those that finish their work, and kill what does not."""
        children = [running.child for running in self._running if running.child is not None]
        for child in children:
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while any(child.poll() is None for child in children) and time.monotonic() < deadline and not self.asked_twice:
            time.sleep(0.05)
        for running in self._running:
            if running.child is not None:
                stop_child(running.child, signal.SIGKILL, 1)
                running.child = None
            if running.lock is not None:
                running.lock.release()

    def process_id(self, name: str) -> int | None:
        """The pid of the named program while it runs."""
        for running in self._running:
            if running.program.name == name and running.child is not None and running.child.poll() is None:
                return running.child.pid
        return None

    def _start(self, running: _Running) -> None:
        running.started_at = time.monotonic()
        running.child = subprocess.Popen(
            list(running.program.command),
            cwd=self.folder,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches only the supervisor, which stops the programs in order
            preexec_fn=end_with_parent(signal.SIGTERM),
        )


def _reason(code: int) -> str:
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"code {code}"


def environment_for(urls: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of the programs: ours, the services' addresses, and what the caller adds."""
    # Celery warns root on each start; on one's own machine that is known.
    return {**os.environ, **urls, **extra, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore:You're running the worker with superuser"}
