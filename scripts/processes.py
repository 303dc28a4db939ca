"""Starting, watching and ending processes on Linux and macOS."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

PR_SET_PDEATHSIG = 1


def end_with_parent(signal_number: int) -> Callable[[], None] | None:
    """A `preexec_fn` after which the kernel sends the child this signal when its parent ends, even by SIGKILL (Linux only).

    The C library is loaded here, in the parent: a child that has given up its rights may not be able to read it.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask_the_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent:  # it ended before we asked
            os._exit(1)

    return ask_the_kernel


def is_running(pid: int) -> bool:
    """Whether the process exists and is not a zombie: one that ended but was never reaped still has a pid and takes signals."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _state(pid) not in {"Z", "X", ""}


def _state(pid: int) -> str:
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            return stat.read_text(errors="replace").rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            return ""
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return shown.stdout.strip()[:1]


def command_line(pid: int) -> str:
    """The words the process was started with, or '' when it is gone or not ours to read."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        pass
    if Path("/proc/self").exists():
        return ""
    return subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout


def working_in(folder: Path) -> set[int]:
    """The running processes whose working directory is the folder (Linux; elsewhere always empty)."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if os.readlink(entry) == str(folder) and is_running(int(entry.parent.name)):
                found.add(int(entry.parent.name))
    return found


def wait_until(condition: Callable[[], bool], seconds: float, every: float = 0.05) -> bool:
    """Poll until the condition holds; False when it does not within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def stop_strangers(pids: Iterable[int], first: int, seconds: float) -> None:
    """End processes that are not our children: politely first, then with SIGKILL."""
    remaining = _signal_and_wait(set(pids), first, seconds)
    _signal_and_wait(remaining, signal.SIGKILL, 5)


def _signal_and_wait(pids: set[int], number: int, seconds: float) -> set[int]:
    """The processes that are still there afterwards."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    wait_until(lambda: not any(is_running(pid) for pid in pids), seconds)
    return {pid for pid in pids if is_running(pid)}


def stop_child(child: subprocess.Popen[bytes], first: int, seconds: float) -> None:
    """End a child that leads its own session: politely first, then its whole group with SIGKILL."""
    if child.poll() is None:
        child.send_signal(first)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
