"""The books are proved at the end of every test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def books_balance(db: None) -> Iterator[None]:
    """After the test: every reconciliation check passes, those of higher storeys included."""
    yield
    from payments.ledger.reconcile import run_checks

    wrong = [f"{result.name}: {finding.subject}: {finding.message}" for result in run_checks() for finding in result.findings]
    assert not wrong, "\n".join(wrong)
