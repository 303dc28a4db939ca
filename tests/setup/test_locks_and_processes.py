"""The small parts of the launcher: locks that cannot go stale, and processes that look alive but are not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.console import Refusal
from scripts.layout import BASE
from scripts.locks import FileLock, exclusive
from scripts.processes import end_with_parent, is_running, stop_child, wait_until

HOLDER = """
import sys
from pathlib import Path
from scripts.locks import FileLock
lock = FileLock(Path(sys.argv[1]))
lock.acquire(shared=sys.argv[2] == "shared")
print("held", flush=True)
sys.stdin.read()
"""


def start_holder(path: Path, how: str) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), how], cwd=BASE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def end_at_once(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_lock_is_free_again_as_soon_as_its_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "one.lock"
    holder = start_holder(path, "alone")
    assert FileLock(path).is_held_elsewhere()
    end_at_once(holder)
    assert path.exists()
    assert not FileLock(path).is_held_elsewhere()


def test_the_last_sharer_can_tell_that_it_is_the_last(tmp_path: Path) -> None:
    path = tmp_path / "users.lock"
    other = start_holder(path, "shared")
    ours = FileLock(path)
    assert ours.acquire(shared=True)
    assert not ours.acquire(wait=False)
    assert ours.acquire(shared=True)
    end_at_once(other)
    assert ours.acquire(wait=False)
    ours.release()


def test_exclusive_bodies_do_not_overlap(tmp_path: Path) -> None:
    path = tmp_path / "body.lock"
    with exclusive(path):
        assert FileLock(path).is_held_elsewhere()
    assert not FileLock(path).is_held_elsewhere()


def test_a_lock_in_another_users_folder_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *arguments: object, **options: object) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", refuse)  # root, whom these tests may run as, is refused nothing
    with pytest.raises(Refusal, match=r"one\.lock belongs to another user: use the account that first ran"):
        FileLock(tmp_path / "one.lock").acquire()


def test_a_zombie_is_not_running_although_it_takes_signals() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    assert wait_until(lambda: not is_running(child.pid), 10)
    os.kill(child.pid, 0)  # still there until somebody asks how it ended
    assert child.wait() == 0


def test_a_pid_that_nobody_has_is_not_running() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    assert not is_running(child.pid)
    assert is_running(os.getpid())


def test_a_child_that_ignores_the_polite_signal_is_killed_with_its_whole_group() -> None:
    stubborn = "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    stubborn += (
        "inner = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\nprint(inner.pid, flush=True); signal.pause()"
    )
    child = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE, start_new_session=True)
    assert child.stdout is not None
    inner = int(child.stdout.readline())
    stop_child(child, signal.SIGTERM, 0.3)
    assert child.returncode == -signal.SIGKILL
    assert wait_until(lambda: not is_running(inner), 5)
    child.stdout.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child that its parent has gone")
def test_a_child_ends_with_a_parent_that_was_killed() -> None:
    parent = "import signal, subprocess, sys; from scripts.processes import end_with_parent\n"
    parent += (
        "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'], preexec_fn=end_with_parent(signal.SIGTERM))\n"
    )
    parent += "print(child.pid, flush=True); signal.pause()"
    process = subprocess.Popen([sys.executable, "-c", parent], cwd=BASE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    assert is_running(child)
    end_at_once(process)
    assert wait_until(lambda: not is_running(child), 5)
    assert end_with_parent(signal.SIGTERM) is not None
