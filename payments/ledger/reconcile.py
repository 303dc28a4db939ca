"""Proving the books: every check looks at the whole of them, with set-based SQL, in one snapshot.

Higher storeys register what only they can know (`register_check`), such as that who holds a purchase has paid for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from django.db import connection, transaction

MOST_FINDINGS = 100
"""Per check: whoever sees a hundred has seen enough to start."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong: `subject` says where to look (an id), `message` what is wrong with it."""

    subject: str
    message: str


Check = Callable[[], Iterable[Finding]]


@dataclass(frozen=True, kw_only=True)
class Result:
    name: str
    findings: list[Finding]
    seconds: float

    @property
    def is_cut(self) -> bool:
        return len(self.findings) >= MOST_FINDINGS


_checks: dict[str, Check] = {}


def register_check(name: str, check: Check) -> None:
    """Add a check; `name` is the sentence that is true when it finds nothing ("every sale has its posting")."""
    _checks[name] = check


def run_checks() -> list[Result]:
    """All checks, over one snapshot of the database."""
    with transaction.atomic():
        if len(connection.atomic_blocks) == 1:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("SET LOCAL work_mem = '128MB'")
        return [_run(name, check) for name, check in _checks.items()]


def _run(name: str, check: Check) -> Result:
    started = time.perf_counter()
    findings = list(islice(check(), MOST_FINDINGS))
    return Result(name=name, findings=findings, seconds=time.perf_counter() - started)
