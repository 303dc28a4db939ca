"""Running ffmpeg, and other programs, on what strangers sent: bounded in time, memory and what it writes, and never left behind.

It gets no standard input and no environment (so no proxy), may open local files and nothing else, and on Linux dies with the worker
that started it.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

from courses.video.binaries import ffmpeg
from courses.video.reasons import Trouble, Unprocessable

MEMORY_BYTES = 8 * 1024**3
"""Address space, of which threads reserve far more than they use."""
FILE_BYTES = 1024**3
"""Most that one file that it writes may hold; a segment has a few megabytes."""
LOOK_SECONDS = 0.2
MOST_WORDS = 4000

_SHELL = 'ulimit -v {kib} 2>/dev/null; ulimit -f {blocks}; ulimit -t {cpu}; ulimit -c 0; exec "$@"'

Beat = Callable[[], None]


def run_ffmpeg(
    arguments: Sequence[str],
    *,
    scratch: Path,
    seconds: float,
    each: Beat,
    cpu_seconds: float | None = None,
    memory_bytes: int = MEMORY_BYTES,
    file_bytes: int = FILE_BYTES,
) -> str:
    """Run ffmpeg to its end; what it wrote to standard error (the last 4,000 characters).

    As `run_confined`, but raises `FfmpegFailed` when it says that it failed.
    """
    try:
        return run_confined(
            [ffmpeg(), "-nostdin", "-hide_banner", *arguments],
            scratch=scratch,
            seconds=seconds,
            each=each,
            cpu_seconds=cpu_seconds,
            memory_bytes=memory_bytes,
            file_bytes=file_bytes,
        )
    except ProgramFailed as error:
        raise FfmpegFailed(str(error)) from error


def run_confined(
    command: Sequence[str],
    *,
    scratch: Path,
    seconds: float,
    each: Beat,
    cpu_seconds: float | None = None,
    memory_bytes: int = MEMORY_BYTES,
    file_bytes: int = FILE_BYTES,
    path: str = "",
) -> str:
    """Run a program in `scratch` to its end; what it wrote to standard error (the last 4,000 characters).

    `each` is called about five times a second while it runs; what it raises ends ffmpeg. `seconds` is wall time, `cpu_seconds`
    of all threads (by default eight times as much), `memory_bytes` address space (0: without bounds), `file_bytes` the most that a
    file may hold which it writes, `path` where it finds programs of its own.

    Raises `Unprocessable("too_heavy")` beyond the limits, `Trouble` when the disk is full or it was killed, `ProgramFailed` when it
    says that it failed, `OSError` when there is no such program.
    """
    words = scratch / "words.txt"
    cpu = int(cpu_seconds or seconds * 8) + 1
    limits = _SHELL.format(kib=memory_bytes // 1024 or "unlimited", blocks=file_bytes // 512, cpu=cpu)
    with words.open("wb") as errors, ExitStack() as undo:
        # Only the arguments are of a file's making, and of those only numbers; the file itself is named by us.
        process = subprocess.Popen(  # noqa: S603
            [*_leash(), "/bin/sh", "-c", limits, "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            # One arena of memory per core, as is usual, would reserve more than the limit on a machine of many cores.
            env={"LC_ALL": "C", "HOME": str(scratch), "MALLOC_ARENA_MAX": "4"} | ({"PATH": path} if path else {}),
            cwd=scratch,
        )
        try:
            wait = _waiting_for(process, undo)
            ends = time.monotonic() + seconds
            while process.poll() is None:
                wait()
                each()
                if time.monotonic() > ends:
                    raise Unprocessable("too_heavy", f"longer than {seconds:.0f} s")
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    said = _last_words(words)
    _judge(process.returncode, said)
    return said


class ProgramFailed(Exception):
    """A program ended with an error; the message is what it said."""


class FfmpegFailed(ProgramFailed):
    """ffmpeg did."""


def _waiting_for(process: subprocess.Popen[bytes], undo: ExitStack) -> Callable[[], object]:
    """What waits until the process ends, for a look's time at most. Popen's own way wakes up twenty times as often."""
    if not hasattr(os, "pidfd_open"):
        return lambda: time.sleep(LOOK_SECONDS)
    descriptor = os.pidfd_open(process.pid)
    undo.callback(os.close, descriptor)
    ended = select.poll()
    ended.register(descriptor, select.POLLIN)
    return lambda: ended.poll(LOOK_SECONDS * 1000)


def _judge(status: int, said: str) -> None:
    if status == 0:
        return
    if "No space left on device" in said:
        raise Trouble("disk_full", said[-300:])
    if status in (-signal.SIGXCPU, -signal.SIGXFSZ, 128 + signal.SIGXCPU, 128 + signal.SIGXFSZ):
        raise Unprocessable("too_heavy", said[-300:])
    if status in (-signal.SIGKILL, -signal.SIGTERM):
        raise Trouble("interrupted", f"the program was ended by signal {-status}")
    if "Cannot allocate memory" in said:
        raise Unprocessable("too_heavy", said[-300:])
    raise ProgramFailed(said or f"status {status}")


def _last_words(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - MOST_WORDS))
        return file.read().decode(errors="replace")


@lru_cache(maxsize=1)
def _leash() -> tuple[str, ...]:
    """What makes ffmpeg die with us, where there is such a thing."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL") if setpriv else ()
