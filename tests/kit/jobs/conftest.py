from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kit.jobs import registry
from kit.jobs.models import Job


@pytest.fixture
def handle() -> Iterator[Callable[..., None]]:
    """Let a function do a job for the length of a test."""
    before = dict(registry._handlers)

    def add(function: Callable[[Job], None], *, name: str = "tests.job", **options: Any) -> None:
        registry._handlers.pop(name, None)
        registry.job_handler(name, **options)(function)

    yield add
    registry._handlers.clear()
    registry._handlers.update(before)


@pytest.fixture
def quick(settings: Any) -> Any:
    """Retries without waiting."""
    settings.JOBS_BACKOFF_SECONDS = 0
    return settings
