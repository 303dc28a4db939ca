"""`make run`: the whole product with demo data on one address of this machine."""

import contextlib
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from scripts.address import Address
from scripts.console import Refusal, say
from scripts.layout import BASE, data_folder
from scripts.locks import exclusive
from scripts.services import EmbeddedServices, services
from scripts.supervisor import Program, Supervisor, environment_for

SERVING_SECONDS = 90
QUEUES = "default,video"


def serve(environ: Mapping[str, str]) -> None:
    """Start the services unless the environment names some, prepare the data, and run web, worker and beat until stopped."""
    address = Address.from_environ(environ)
    address.require_free()
    data = data_folder(environ)
    with services(environ) as running:
        embedded = isinstance(running, EmbeddedServices)
        extra = {
            "DJANGO_SETTINGS_MODULE": environ.get("DJANGO_SETTINGS_MODULE") or "config.settings.local",
            "ATELIER_DATA": str(data),
            "SITE_URL": environ.get("SITE_URL") or address.url,
            "SECRET_KEY": environ.get("SECRET_KEY") or kept_secret_key(data),
        }
        child_environ = environment_for(running.urls, extra)
        # Demo accounts have a well-known password: they go into a database of our own, and into another only when asked to.
        demo = environ.get("DEMO", "1" if embedded else "0") not in {"0", "", "no", "false"}
        with exclusive(data / "locks" / "prepare.lock"):
            done = subprocess.run([sys.executable, "-m", "scripts.prepare", *(["--demo"] if demo else [])], cwd=BASE, env=child_environ)
        if done.returncode:
            raise Refusal("The database or the static files could not be prepared; the reason is above.")
        supervisor = Supervisor(programs(address, data), environ=child_environ, folder=BASE)
        supervisor.catch_signals()
        greeting = Greeting(address, demo=demo)

        def each_tick() -> None:
            greeting.tick()
            running.watch()

        supervisor.run(each_tick)
        say("stopping")
    say("stopped")


def programs(address: Address, data: Path) -> list[Program]:
    """What runs, started as modules of this Python: scripts in the virtual environment name the folder it was made in."""
    python = sys.executable
    celery = [python, "-m", "celery", "--quiet", "-A", "config"]
    lean = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [
        Program("web", [python, "-m", "gunicorn", "config.wsgi", "--config", "config/gunicorn.py", "--bind", address.bind]),
        Program("worker", [*celery, "worker", "-c", "2", "-Q", QUEUES, "-n", f"worker-{address.port}@%h", "-l", "INFO", *lean]),
        Program(
            "beat",
            [*celery, "beat", "-l", "WARNING", "--pidfile=", "-s", str(data / "beat-schedule")],
            only_once=data / "locks" / "beat.lock",
        ),
    ]


def kept_secret_key(data: Path) -> str:
    """A random SECRET_KEY, made once per data folder, so that sessions outlive a restart and no two installations share one."""
    path = data / "secret_key"
    with exclusive(data / "locks" / "secret_key.lock"):
        if path.exists():
            return path.read_text().strip()
        key = secrets.token_urlsafe(50)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key + "\n")
        return key


class Greeting:
    """Waits for the site to answer, then says where it is, once."""

    def __init__(self, address: Address, *, demo: bool) -> None:
        self.address = address
        self.demo = demo
        self.said = False
        self.deadline = time.monotonic() + SERVING_SECONDS

    def tick(self) -> None:
        if self.said:
            return
        if self._answers():
            self.said = True
            say(f"serving on {self.address.url}  (stop with Ctrl-C)")
            if self.demo:
                say("sign in as ada@example.com (creator), ben@example.com (buyer) or mo@example.com (staff), password demo-pass-1234")
        elif time.monotonic() > self.deadline:
            raise Refusal(f"The site did not answer on {self.address.url} within {SERVING_SECONDS} s; the reason is above.")

    def _answers(self) -> bool:
        with (
            contextlib.suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(f"{self.address.url}/healthz", timeout=1) as answer,
        ):
            return answer.status == 200
        return False
