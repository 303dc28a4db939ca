"""Using the embedded Postgres and Valkey: `with EmbeddedServices(os.environ) as services: services.urls`."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType

from scripts.console import Refusal, say
from scripts.layout import BASE, plan_layout
from scripts.locks import FileLock, exclusive
from scripts.processes import wait_until

SETTINGS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")
START_SECONDS = 90
LOOK_EVERY = 2.0


class EmbeddedServices:
    """A share in the embedded services: started if nobody else has, shared if somebody has, stopped when the last user leaves.

    Entering raises `Refusal` with the reason when they cannot be started.
    """

    def __init__(self, environ: Mapping[str, str], *, relaxed: bool = False) -> None:
        self.environ = environ
        self.relaxed = relaxed
        self.layout = plan_layout(environ)
        self.was_running = False
        self._users = FileLock(self.layout.locks / "users.lock")
        self._looked_at = time.monotonic()

    @property
    def urls(self) -> dict[str, str]:
        return self.layout.urls

    def __enter__(self) -> "EmbeddedServices":
        self._users.acquire(shared=True)  # waits here while a keeper is stopping
        try:
            self._ensure()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._leave()

    def watch(self) -> None:
        """Start the keeper again if it was killed. Cheap enough to call several times a second."""
        if time.monotonic() - self._looked_at > LOOK_EVERY:
            self._looked_at = time.monotonic()
            if not self._keeper_is_running():
                say("the keeper of postgres and valkey has gone: starting it again")
                self._ensure()

    def _ensure(self) -> None:
        with exclusive(self.layout.locks / "start.lock"):
            self.was_running = self._keeper_is_running()
            if not self.was_running:
                self._start_keeper()
            elif not wait_until(lambda: self.layout.ready_mark.exists() or not self._keeper_is_running(), START_SECONDS):
                raise Refusal(f"The embedded Postgres and Valkey did not become ready; see {self.layout.logs}.")

    def _keeper_is_running(self) -> bool:
        return FileLock(self.layout.locks / "keeper.lock").is_held_elsewhere()

    def _start_keeper(self) -> None:
        self.layout.ready_mark.unlink(missing_ok=True)
        command = [sys.executable, "-m", "scripts.keeper", *(["--relaxed"] if self.relaxed else [])]
        environment = {**self.environ, "ATELIER_DATA": str(self.layout.data)}
        keeper_log = self.layout.locks / "keeper.log"
        with keeper_log.open("wb") as log:
            keeper = subprocess.Popen(
                command, cwd=BASE, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(lambda: self.layout.ready_mark.exists() or keeper.poll() is not None, START_SECONDS)
        if not self.layout.ready_mark.exists():
            with contextlib.suppress(ProcessLookupError):
                keeper.terminate()
            words = keeper_log.read_text(errors="replace").strip()
            raise Refusal(words or f"The embedded Postgres and Valkey did not start; see {self.layout.logs}.")

    def _leave(self) -> None:
        """Give the services up. The last user to leave waits until they have stopped, so that nothing runs on behind the prompt."""
        if self._users.acquire(wait=False) and self._keeper_is_running():  # turned from shared to exclusive: nobody else is left
            with contextlib.suppress(OSError, ValueError):
                os.kill(int(self.layout.ready_mark.read_text()), signal.SIGTERM)
                wait_until(lambda: not self._keeper_is_running(), 30)
        self._users.release()


class NamedServices:
    """Servers that the environment names: nothing to start, nothing to watch."""

    def __init__(self, urls: dict[str, str]) -> None:
        self.urls = urls

    def watch(self) -> None:
        """Somebody else looks after them."""


@contextmanager
def services(environ: Mapping[str, str], *, relaxed: bool = False) -> Iterator[EmbeddedServices | NamedServices]:
    """The database, the cache and the queue: the environment's if it names all three, embedded ones otherwise."""
    given = {name: environ[name] for name in SETTINGS if environ.get(name)}
    if given and len(given) < len(SETTINGS):
        missing = " and ".join(name for name in SETTINGS if name not in given)
        raise Refusal(f"{' and '.join(given)} set but not {missing}: set all three to use your own servers, or none for the embedded ones.")
    if given:
        yield NamedServices(given)
        return
    with EmbeddedServices(environ, relaxed=relaxed) as embedded:
        say(f"postgres and valkey: {'shared with another process that uses this data' if embedded.was_running else 'up'}")
        yield embedded
