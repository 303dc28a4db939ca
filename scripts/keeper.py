"""Keeps Postgres and Valkey running for as long as anybody uses them: `python -m scripts.keeper`, started by `scripts.services`.

Whoever uses the services holds a shared lock on one file. The keeper stops them once it can take that lock for itself,
so that two `make run` share one set, neither takes it from the other, and a user who is killed leaves nothing behind.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from types import FrameType

from scripts.console import Refusal
from scripts.layout import Layout, make_private_folder, plan_layout
from scripts.locks import FileLock
from scripts.processes import wait_until
from scripts.servers import Postgres, Server, Valkey

TICK = 0.2  # seconds between two looks at users and servers
START_SECONDS = 60
LONGEST_PAUSE = 10.0


class Keeper:
    """Owns the two servers of one layout."""

    def __init__(self, layout: Layout, *, relaxed: bool) -> None:
        self.layout = layout
        self.postgres = Postgres(layout, relaxed=relaxed)
        self.servers: list[Server] = [self.postgres, Valkey(layout)]
        self.users = FileLock(layout.locks / "users.lock")
        self.told_to_stop = False
        self._failures = {server.name: 0 for server in self.servers}
        self._retry_at = {server.name: 0.0 for server in self.servers}

    def run(self) -> None:
        """Start, watch until the last user has gone, stop."""
        self.layout.ready_mark.unlink(missing_ok=True)
        make_private_folder(self.layout.sockets, self.layout.owner)
        make_private_folder(self.layout.logs, self.layout.owner)
        try:
            for server in self.servers:
                server.prepare()
                server.start()
            self._wait_for_answers()
            self.postgres.ensure_database()
            self.layout.ready_mark.write_text(str(os.getpid()))
            while not self.told_to_stop and not self.users.acquire(wait=False):
                self._restart_what_ended()
                time.sleep(TICK)
        finally:
            self.layout.ready_mark.unlink(missing_ok=True)
            for server in reversed(self.servers):
                server.stop()
            shutil.rmtree(self.layout.sockets, ignore_errors=True)
            self.users.release()

    def stop(self, number: int, frame: FrameType | None) -> None:
        self.told_to_stop = True

    def _wait_for_answers(self) -> None:
        for server in self.servers:
            if not wait_until(server.is_settled, START_SECONDS) or server.has_ended():
                raise Refusal(f"{server.name} did not start; the end of {server.log_file}:\n{server.last_words()}")

    def _restart_what_ended(self) -> None:
        for server in self.servers:
            if server.has_ended() and time.monotonic() >= self._retry_at[server.name]:
                self._failures[server.name] += 1
                pause = min(LONGEST_PAUSE, 0.5 * 2 ** self._failures[server.name])
                self._retry_at[server.name] = time.monotonic() + pause
                server.start()
            elif self._failures[server.name] and not server.has_ended() and time.monotonic() > self._retry_at[server.name] + 30:
                self._failures[server.name] = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relaxed", action="store_true", help="do not wait for the disk: for data that may be lost, such as the tests'")
    arguments = parser.parse_args()
    layout = plan_layout(os.environ)
    alive = FileLock(layout.locks / "keeper.lock")
    if not wait_until(lambda: alive.acquire(wait=False), 5):
        sys.exit(0)  # another keeper is at work
    keeper = Keeper(layout, relaxed=arguments.relaxed)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, keeper.stop)
    keeper.run()


if __name__ == "__main__":
    main()
