"""Real concurrency: each in a thread of its own, with a connection of its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection


def at_once(*functions: Callable[[], Any]) -> list[Any]:
    """Let all go together. What each returned or raised, in order."""
    barrier = threading.Barrier(len(functions))

    def run(function: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            return function()
        except Exception as error:  # noqa: BLE001 - what it raised is what the caller wants to see
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(functions)) as pool:
        return list(pool.map(run, functions))


KEPT_OUT = 0.5
"""Seconds that one waits for another whom a lock may keep out."""
EXPECTED = 20
"""Seconds that one waits for another who will come, however slow the machine: in a twin without the lock."""


def meet(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, *, many: int = 2, unlocked: bool = False) -> None:
    """Whoever has called that function of the module waits until `many` have: for a moment, or `unlocked` until they come."""
    real, barrier = getattr(module, name), threading.Barrier(many)

    def waits(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=EXPECTED if unlocked else KEPT_OUT)
        return result

    monkeypatch.setattr(module, name, waits)
