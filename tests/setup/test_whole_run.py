"""`make run` behind its installation step: everything starts, shares, survives and stops, in real processes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.address import Address
from scripts.console import Refusal
from scripts.layout import BASE
from scripts.processes import command_line, is_running, wait_until
from scripts.serve import kept_secret_key

SERVE = "import os; from scripts.serve import serve; serve(os.environ)"
START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    process: subprocess.Popen[str]
    port: int
    log: Path

    def get(self, path: str) -> tuple[int, Any]:
        with contextlib.suppress(OSError):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as refused:
                return refused.code, json.load(refused)
        return 0, None

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return self.get("/readyz")[0] == 200

    def children(self, word: str) -> set[int]:
        """The processes that the supervisor started and whose command line has the word."""
        found = set()
        for entry in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError, ValueError):
                parent = int(entry.read_text().rpartition(")")[2].split()[1])
                if parent == self.process.pid and word in command_line(int(entry.parent.name)):
                    found.add(int(entry.parent.name))
        return found


@contextlib.contextmanager
def site(data: Path, name: str, **environ: str) -> Iterator[Site]:
    """Without demo data unless `DEMO="1"` is given."""
    port, log = free_port(), data / f"{name}.log"
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG"}}
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            cwd=BASE,
            env={**kept, "PORT": str(port), "ATELIER_DATA": str(data / "kept"), "DEMO": "0", **environ},
            stdout=output,
            stderr=output,
            text=True,
        )
    try:
        yield Site(process, port, log)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.mark.worker
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
def test_two_on_different_ports_share_the_data_survive_kills_and_stop_clean(data: Path) -> None:
    with site(data, "one") as one, site(data, "two") as two:
        assert wait_until(lambda: one.is_ready() and two.is_ready(), START_SECONDS, every=0.3)
        assert (data / "kept" / "secret_key").stat().st_mode & 0o077 == 0

        # One beat for both, one web server and one worker for each.
        assert wait_until(lambda: len(one.children("--pidfile=") | two.children("--pidfile=")) == 1, 20)
        assert len(one.children("gunicorn")) == len(two.children("gunicorn")) == 1
        assert len(one.children("worker")) == len(two.children("worker")) == 1

        # A killed web server is back by itself.
        (web,) = one.children("gunicorn")
        os.kill(web, signal.SIGKILL)
        assert wait_until(lambda: bool(one.children("gunicorn") - {web}) and one.is_ready(), 60, every=0.3)
        assert "web ended (killed by SIGKILL): starting it again" in one.log.read_text()

        # The one that started everything leaves; the other keeps database, queue and, from now on, beat.
        everything = one.children("gunicorn") | one.children("celery")
        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(20) == 0
        assert [pid for pid in everything if is_running(pid)] == []
        assert two.is_ready()
        assert wait_until(lambda: len(two.children("--pidfile=")) == 1, 20)

        # Ctrl-C stops the rest, Postgres and Valkey with it.
        postmaster = int((data / "kept" / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        everything = two.children("gunicorn") | two.children("celery") | {postmaster}
        two.process.send_signal(signal.SIGINT)
        assert two.process.wait(20) == 0
        assert [pid for pid in everything if is_running(pid)] == []
        assert "Traceback" not in two.log.read_text()


def test_a_taken_port_is_told_in_one_sentence() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        port = listener.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "run.py"], cwd=BASE, env={**os.environ, "PORT": str(port)}, capture_output=True, text=True, timeout=30
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"Port {port} is already in use: stop what runs there, or choose another, as in PORT=8010 make run.\n"


@pytest.mark.parametrize("given", ["http", "0", "65536", "-1", "80 80", "²"])
def test_a_port_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(Refusal, match="PORT must be a number from 1 to 65535"):
        Address.from_environ({"PORT": given})


def test_the_sites_address_follows_the_port() -> None:
    assert Address.from_environ({}).url == "http://127.0.0.1:8000"
    assert Address.from_environ({"PORT": "8010"}).url == "http://127.0.0.1:8010"


def test_the_secret_key_is_made_once_and_long(tmp_path: Path) -> None:
    key = kept_secret_key(tmp_path)
    assert len(key) >= 50
    assert kept_secret_key(tmp_path) == key
    assert kept_secret_key(tmp_path / "other") != key


def test_an_unknown_command_is_told_which_there_are() -> None:
    done = subprocess.run([sys.executable, "run.py", "fly"], cwd=BASE, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert re.fullmatch(r"There is no command 'fly'\. Commands: serve, .*\.\n", done.stderr)
