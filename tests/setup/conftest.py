"""Folders and environments for tests that start real processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.layout import BASE

Run = Callable[..., subprocess.CompletedProcess[str]]

SERVICE_SETTINGS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder that every user may enter, with room for the length of a socket's path."""
    folder = Path(tempfile.mkdtemp(prefix="atelier-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def bare_environ() -> dict[str, str]:
    """This process's environment without any setting of Atelier's."""
    kept = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name in kept}


@pytest.fixture
def python(bare_environ: dict[str, str]) -> Run:
    """Runs this Python in the checkout with nothing in the environment but what is given."""

    def run(*arguments: str, environ: dict[str, str] | None = None, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=BASE,
            env={**bare_environ, **(environ or {})},
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    return run
