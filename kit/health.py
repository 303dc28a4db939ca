"""Two questions that a load balancer asks: does the process live (`/healthz`), and can it do its work (`/readyz`)?"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

import structlog
from celery import current_app
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache as django_cache
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = structlog.get_logger(__name__)

LONGEST_WAIT = 3.0
"""Seconds after which something that has not answered counts as failing."""
SOCKET_SECONDS = 2


class NotWorking(Exception):
    """Something answers, but not as it should."""


@dataclass(frozen=True)
class Finding:
    """How one check went: `reason` is "" when all is well, otherwise words that give nothing away."""

    name: str
    milliseconds: float
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        told = {"ok": not self.reason, "ms": round(self.milliseconds, 1)}
        return {**told, "reason": self.reason} if self.reason else told


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process can answer at all. Asks nothing else: a dead database is no reason to restart a web server."""
    return JsonResponse({"status": "alive"})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, broker, cache and both file stores answer, otherwise 503 with the names of those that do not."""
    findings = examine(CHECKS)
    failing = [finding.name for finding in findings if finding.reason]
    body = {
        "status": "not ready" if failing else "ready",
        "failing": failing,
        "checks": {finding.name: finding.as_dict() for finding in findings},
    }
    return JsonResponse(body, status=503 if failing else 200)


def examine(checks: dict[str, Callable[[], None]]) -> list[Finding]:
    """Run the checks side by side. None takes longer than `LONGEST_WAIT`, whatever hangs."""
    running = {name: _threads().submit(_timed, name, check) for name, check in checks.items()}
    wait(running.values(), timeout=LONGEST_WAIT)
    return [_finding(name, future) for name, future in running.items()]


def check_database() -> None:
    """The database answers a query. The connection goes back to the pool: this thread has its own."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def check_broker() -> None:
    """The task queue takes a connection."""
    options = {**current_app.conf.broker_transport_options, "socket_timeout": SOCKET_SECONDS, "socket_connect_timeout": SOCKET_SECONDS}
    with current_app.connection_for_write(connect_timeout=SOCKET_SECONDS, transport_options=options) as broker:
        broker.ensure_connection(max_retries=1, timeout=SOCKET_SECONDS)
        cast(Any, broker.default_channel).client.ping()


def check_cache() -> None:
    """The cache gives back what it was given."""
    word = uuid.uuid4().hex
    key = f"readyz:{word}"
    django_cache.set(key, word, timeout=10)
    if django_cache.get(key) != word:
        raise NotWorking("does not keep what it is given")
    django_cache.delete(key)


def check_storage(alias: str) -> None:
    """The file store can be reached, and a local one can be written to."""
    storage = storages[alias]
    if not isinstance(storage, FileSystemStorage):
        storage.exists("readyz")
        return
    folder = Path(storage.location)
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise NotWorking("cannot be written to")


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "broker": check_broker,
    "cache": check_cache,
    "private files": partial(check_storage, "default"),
    "public files": partial(check_storage, "public"),
}


def _timed(name: str, check: Callable[[], None]) -> Finding:
    began = time.perf_counter()
    reason = ""
    try:
        check()
    except NotWorking as fault:
        reason = str(fault)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is the answer
        reason = "does not answer"
        logger.warning("not_ready", check=name, error=f"{type(fault).__name__}: {fault}")
    return Finding(name, (time.perf_counter() - began) * 1000, reason)


def _finding(name: str, future: Future[Finding]) -> Finding:
    if future.done():
        return future.result()
    future.cancel()
    logger.warning("not_ready", check=name, error=f"no answer within {LONGEST_WAIT:g} s")
    return Finding(name, LONGEST_WAIT * 1000, f"no answer within {LONGEST_WAIT:g} s")


@cache
def _threads() -> ThreadPoolExecutor:
    # Made at first use, after the web server has forked. Bounded: a flood of questions waits instead of piling up threads.
    return ThreadPoolExecutor(max_workers=2 * len(CHECKS), thread_name_prefix="readyz")
