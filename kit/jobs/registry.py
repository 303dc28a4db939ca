"""Which function does which job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., None])


@dataclass(frozen=True)
class Handler:
    """`time_limit` is in seconds, for one try; `lease` in seconds, None for the site's default."""

    name: str
    function: Callable[[Any], None]
    queue: str
    max_attempts: int
    time_limit: int
    lease: int | None


class UnknownJob(LookupError):
    """No function does a job of this name."""


_handlers: dict[str, Handler] = {}


def job_handler(
    name: str, *, queue: str = "default", max_attempts: int = 5, time_limit: int = 3600, lease: int | None = None
) -> Callable[[F], F]:
    """Let a function `(job: Job) -> None` do the jobs called `name`.

    It may be started several times (a worker can die at any line), so it goes on from `job.checkpoint`, and calls
    `job.heartbeat(...)` more often than its lease is long. What it does in the database commits together with the
    checkpoint when both are in one transaction.
    """

    def register(function: F) -> F:
        earlier = _handlers.get(name)
        if earlier is not None and earlier.function.__qualname__ != function.__qualname__:
            raise ValueError(f"two functions do the job {name!r}")
        _handlers[name] = Handler(name, function, queue, max_attempts, time_limit, lease)
        return function

    return register


def get_handler(name: str) -> Handler:
    try:
        return _handlers[name]
    except KeyError:
        raise UnknownJob(f"no function does the job {name!r}") from None
