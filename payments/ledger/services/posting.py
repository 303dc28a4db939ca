"""Writing a transaction: whole, balanced, and once per cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from payments.ledger.errors import ConflictingPosting, Unbalanced
from payments.ledger.models import Account, Entry, Transaction


class AccountKey(NamedTuple):
    """Which account: it is opened when it is first needed."""

    kind: str
    currency: str
    owner_id: int | None = None
    gateway: str = ""


@dataclass(frozen=True, kw_only=True)
class Posting:
    """One side: `amount_minor` above zero is a credit (owed, earned), below zero a debit.

    `available_at` is when a creator may be paid it; without it, as soon as it has happened.
    """

    account: AccountKey
    amount_minor: int
    available_at: datetime | None = None
    reference: str = ""


def post(*, kind: str, cause: str, occurred_at: datetime, description: str, entries: Sequence[Posting]) -> Transaction:
    """Write one transaction, or return the one that this cause has written already.

    Joins the caller's transaction. Two callers with one cause at once: the second waits for the first and finds its
    posting. Raises `Unbalanced` when a currency does not sum to zero, and `ConflictingPosting` when the cause was
    posted with other entries.
    """
    _check_balance(entries)
    with transaction.atomic():
        pk = _insert_once(kind=kind, cause=cause, occurred_at=occurred_at, description=description, entry_count=len(entries))
        if pk is None:
            return _same_as_before(cause, kind, entries)
        accounts = _open_accounts({entry.account for entry in entries})
        Entry.objects.bulk_create(
            Entry(
                transaction_id=pk,
                account_id=accounts[entry.account],
                amount_minor=entry.amount_minor,
                occurred_at=occurred_at,
                available_at=entry.available_at or occurred_at,
                reference=entry.reference,
            )
            for entry in entries
        )
        return Transaction.objects.get(pk=pk)


def _check_balance(entries: Sequence[Posting]) -> None:
    sums: dict[str, int] = defaultdict(int)
    for entry in entries:
        sums[entry.account.currency] += entry.amount_minor
    if len(entries) < 2 or any(sums.values()) or any(entry.amount_minor == 0 for entry in entries):
        raise Unbalanced


def _insert_once(*, kind: str, cause: str, occurred_at: datetime, description: str, entry_count: int) -> int | None:
    """The new row's key; None when the cause exists. Waits for an unfinished twin (that is what the unique index does)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_transaction (kind, cause, description, entry_count, occurred_at, created_at)"
            " VALUES (%s, %s, %s, %s, %s, now()) ON CONFLICT (cause) DO NOTHING RETURNING id",
            [kind, cause, description[:200], entry_count, occurred_at],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _same_as_before(cause: str, kind: str, entries: Sequence[Posting]) -> Transaction:
    before = Transaction.objects.get(cause=cause)
    written = [
        (AccountKey(e.account.kind, e.account.currency, e.account.owner_id, e.account.gateway), e.amount_minor, e.reference)
        for e in before.entries.select_related("account")
    ]
    asked = [(entry.account, entry.amount_minor, entry.reference) for entry in entries]
    if before.kind != kind or _comparable(written) != _comparable(asked):
        raise ConflictingPosting(cause=cause)
    return before


def _comparable(sides: Iterable[tuple[AccountKey, int, str]]) -> list[tuple[str, ...]]:
    return sorted(tuple(map(str, (*account, amount, reference))) for account, amount, reference in sides)


def _open_accounts(keys: set[AccountKey]) -> dict[AccountKey, int]:
    found = _find_accounts(keys)
    # Sorted: two transactions that open the same accounts do it in the same order and cannot wait for each other.
    missing = sorted(keys - found.keys(), key=lambda key: tuple(map(str, key)))
    if missing:
        Account.objects.bulk_create((Account(**key._asdict()) for key in missing), ignore_conflicts=True)
        found = _find_accounts(keys)
    return found


def _find_accounts(keys: set[AccountKey]) -> dict[AccountKey, int]:
    wanted = Q()
    for key in keys:
        wanted |= Q(kind=key.kind, currency=key.currency, owner_id=key.owner_id, gateway=key.gateway)
    rows = Account.objects.filter(wanted).values_list("kind", "currency", "owner_id", "gateway", "pk")
    return {AccountKey(kind, currency, owner_id, gateway): pk for kind, currency, owner_id, gateway, pk in rows}
