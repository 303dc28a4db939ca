"""The commands of `run.py`; the Makefile gives each of them a short name."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import FrameType

from scripts.address import Address
from scripts.checks import run_checks
from scripts.console import Refusal, say
from scripts.dotenv import read_env_file
from scripts.installation import Installation
from scripts.layout import BASE, data_folder
from scripts.serve import kept_secret_key, serve
from scripts.services import EmbeddedServices, services

INSTALLED = "ATELIER_INSTALLED_FOR"
"""Set to our own pid across the hand-over to the virtual environment's Python, which keeps the pid."""


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    name, rest = (arguments[0], list(arguments[1:])) if arguments else ("serve", [])
    if name not in COMMANDS:
        raise Refusal(f"There is no command {name!r}. Commands: {', '.join(COMMANDS)}.")
    command, development = COMMANDS[name]
    if name in {"serve", "manage"}:
        for setting, value in read_env_file(BASE / ".env").items():
            os.environ.setdefault(setting, value)
    if name == "serve":
        Address.from_environ(os.environ).require_free()  # before minutes go into the set-up
    _install_and_hand_over(development=development)
    return command(rest)


def _install_and_hand_over(*, development: bool) -> None:
    if os.environ.get(INSTALLED) == str(os.getpid()):
        return
    installation = Installation()
    installation.install(development=development)
    os.environ[INSTALLED] = str(os.getpid())
    os.execv(installation.python, [str(installation.python), str(BASE / "run.py"), *sys.argv[1:]])


def serve_site(arguments: Sequence[str]) -> int:
    """Serve the product until stopped."""
    serve(os.environ)
    return 0


def install(arguments: Sequence[str]) -> int:
    """Only install and build."""
    say("installed")
    return 0


def manage(arguments: Sequence[str]) -> int:
    """Run a Django command on the data of `make run`, whether that is running or not."""
    data = data_folder(os.environ)
    with services(os.environ) as running:
        environment = {
            "SECRET_KEY": os.environ.get("SECRET_KEY") or kept_secret_key(data),
            "ATELIER_DATA": str(data),
            "SITE_URL": os.environ.get("SITE_URL") or Address.from_environ(os.environ).url,
        }
        if isinstance(running, EmbeddedServices):  # so that dbshell finds psql
            environment["PATH"] = f"{running.layout.postgres_programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return run_to_the_end([sys.executable, "manage.py", *arguments], {**os.environ, **environment, **running.urls})


def check(arguments: Sequence[str]) -> int:
    """Run the static checks."""
    with services(_test_environ(), relaxed=True) as running:
        return 1 if run_checks({**_test_environ(), **running.urls}) else 0


def test(arguments: Sequence[str]) -> int:
    """Run the static checks and the tests, against services with a data folder of their own."""
    environ = _test_environ()
    with services(environ, relaxed=True) as running:
        environ |= running.urls
        failed = run_checks(environ)
        options = ["-n", os.environ.get("TEST_PROCESSES", "2"), "--dist", "loadscope", "-rs"]
        code = run_to_the_end([sys.executable, "-m", "pytest", *options, *arguments], environ)
    if failed:
        sys.stderr.write(f"Failed checks: {', '.join(failed)}; their messages are above the tests.\n")
    return code or (1 if failed else 0)


def bench(arguments: Sequence[str]) -> int:
    """Run the benchmarks on a database of their own."""
    environ = {**os.environ, "ATELIER_DATA": os.environ.get("ATELIER_DATA") or str(BASE / "var" / "bench")}
    with services(environ) as running:
        return run_to_the_end([sys.executable, "benchmarks/run.py", *arguments], {**environ, **running.urls})


def run_to_the_end(command: Sequence[str], environ: dict[str, str]) -> int:
    """Run a command in the foreground. SIGTERM and Ctrl-C are its to handle; we wait, so that the services outlive it."""
    child = subprocess.Popen(list(command), cwd=BASE, env=environ)

    def pass_on(number: int, frame: FrameType | None) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the child too
    code = child.wait()
    return 128 - code if code < 0 else code


def _test_environ() -> dict[str, str]:
    """The tests see no settings of the developer's but where the services are."""
    data = os.environ.get("ATELIER_TEST_DATA") or str(BASE / "var" / "test")
    return {**os.environ, "ATELIER_DATA": data, "DJANGO_SETTINGS_MODULE": "config.settings.test"}


COMMANDS: dict[str, tuple[Callable[[Sequence[str]], int], bool]] = {
    "serve": (serve_site, False),
    "install": (install, False),
    "manage": (manage, False),
    "check": (check, True),
    "test": (test, True),
    "bench": (bench, True),
}
"""Each command, and whether it needs the development packages."""
