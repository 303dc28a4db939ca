from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from kombu import pools
from redis import Redis

from config.celery import app

ROOT = Path(__file__).resolve().parents[3]
DEADLINE = 150
"""Seconds that anything here may take; far more than it does, and more than a slow machine needs to start three workers."""


class Post:
    """A broker with a prefix of its own, and the workers that serve it."""

    def __init__(self, folder: Path) -> None:
        self.prefix = f"worker-test-{secrets.token_hex(6)}:"
        self.place = f"{self.prefix}place"
        self.folder = folder
        self.valkey: Any = Redis.from_url(django_settings.REDIS_URL, socket_timeout=DEADLINE + 5)
        # The queue may lie in another database than the cache, as it does under `make test`.
        self.queue: Any = Redis(connection_pool=app.connection_for_write().default_channel.client.connection_pool)
        self.workers: list[subprocess.Popen[bytes]] = []
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.kit.worker.settings",
            "WORKER_DATABASE": str(connection.settings_dict["NAME"]),
            "WORKER_PREFIX": self.prefix,
            "PYTHONPATH": str(ROOT),
        }

    def start_worker(self) -> subprocess.Popen[bytes]:
        """A real worker: two processes, and beat."""
        number = len(self.workers)
        log = (self.folder / f"worker-{number}.log").open("wb")
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-c", "2", "-Q", "default,press", "-l", "INFO"]
        quiet = ["--without-gossip", "--without-mingle", "-n", f"w{number}-{secrets.token_hex(3)}@test"]
        beat = ["-B", "-s", str(self.folder / f"beat-{number}")]
        with log:
            worker = subprocess.Popen(
                [*command, *quiet, *beat], cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """SIGKILL to the worker and all its processes: no word of farewell."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(timeout=DEADLINE)

    def until(self, condition: Callable[[], Any], what: str) -> None:
        """Look until `condition` holds. Fails after the deadline, or when the last worker has died by itself."""
        end = time.monotonic() + DEADLINE
        pause = threading.Event()
        while not condition():
            assert self.workers[-1].poll() is None, f"the worker died before this: {what}"
            assert time.monotonic() < end, f"never happened: {what}"
            pause.wait(0.03)

    def run(self, code: str) -> int:
        """Run Python in a process that publishes to this broker; its exit code."""
        start = "import django; django.setup()\n"
        return subprocess.run([sys.executable, "-c", start + code], cwd=ROOT, env=self.env, check=False, timeout=DEADLINE).returncode

    def arrived(self) -> int:
        """Wait until a handler has reached its stopping place; the id of its process."""
        found = self.valkey.blpop([f"{self.place}:here"], timeout=DEADLINE)
        assert found, "no handler came to the stopping place"
        return int(found[1])

    def open_the_place(self) -> None:
        """Whoever stops there from now on goes on, and who stands there too."""
        self.valkey.set(f"{self.place}:open", 1)
        self.valkey.rpush(f"{self.place}:go", 1)

    def messages(self) -> int:
        return sum(int(self.queue.llen(f"{self.prefix}{queue}")) for queue in ("default", "press"))

    def empty(self) -> None:
        """Lose everything that the broker holds."""
        for store in (self.queue, self.valkey):
            if names := list(store.scan_iter(match=f"{self.prefix}*", count=1000)):
                store.delete(*names)

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-6000:] for path in sorted(self.folder.glob("worker-*.log")))


@pytest.fixture
def post(transactional_db: None, tmp_path: Path) -> Iterator[Post]:
    """A broker of this test's own; what the test itself publishes goes there too."""
    office = Post(tmp_path)
    before = {name: app.conf[name] for name in ("broker_transport_options",)}
    app.conf.update(broker_transport_options={**before["broker_transport_options"], "global_keyprefix": office.prefix})
    _forget_connections()
    yield office
    for worker in office.workers:
        if worker.poll() is None:
            office.kill(worker)
    app.conf.update(**before)
    _forget_connections()
    office.empty()


def _forget_connections() -> None:
    pools.reset()
    app._pool = None
    app.amqp._producer_pool = None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    office = getattr(item, "funcargs", {}).get("post")
    if report.failed and office is not None:
        report.sections.append(("worker logs", office.logs()))
