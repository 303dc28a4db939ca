"""What stands in the books for one person. A balance is a sum of entries; none is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from accounts.models import User
from payments.ledger.models import Account, Entry


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What a creator is owed in one currency, in minor units. Each part may be negative, after a refund of what was paid out.

    `total_minor` = `available_minor` + `on_hold_minor`; `next_release_at` is when the next part of the hold ends.
    """

    currency: str
    total_minor: int
    available_minor: int
    on_hold_minor: int
    next_release_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Hold:
    """What becomes available on one day (of the active time zone) in one currency."""

    currency: str
    day: date
    releases_at: datetime
    amount_minor: int


def balances(user: User, *, at: datetime | None = None) -> list[Balance]:
    """One balance per currency in which this creator ever sold, sorted by currency; `at` looks from another moment than now."""
    now = at or timezone.now()
    next_releases: dict[str, datetime] = {}
    for held in _held(user, now):
        next_releases.setdefault(held["account__currency"], held["available_at"])
    rows = (
        Entry.objects.filter(account__kind=Account.Kind.CREATOR, account__owner=user)
        .values("account__currency")
        .annotate(
            total=Sum("amount_minor"),
            available=Coalesce(Sum("amount_minor", filter=Q(available_at__lte=now)), 0),
        )
        .order_by("account__currency")
    )
    return [
        Balance(
            currency=row["account__currency"],
            total_minor=int(row["total"]),
            available_minor=int(row["available"]),
            on_hold_minor=int(row["total"] - row["available"]),
            next_release_at=next_releases.get(row["account__currency"]),
        )
        for row in rows
    ]


def holds(user: User, *, at: datetime | None = None) -> list[Hold]:
    """What is on hold, by the day on which it becomes available, soonest first. Refunded sales have left it."""
    rows = (
        Entry.objects.filter(account__kind=Account.Kind.CREATOR, account__owner=user, available_at__gt=at or timezone.now())
        .annotate(day=TruncDate("available_at"))
        .values("account__currency", "day")
        .annotate(amount=Sum("amount_minor"), releases_at=Min("available_at"))
        .exclude(amount=0)
        .order_by("day", "account__currency")
    )
    return [
        Hold(currency=row["account__currency"], day=row["day"], releases_at=row["releases_at"], amount_minor=int(row["amount"]))
        for row in rows
    ]


def history(user: User) -> QuerySet[Entry]:
    """Every entry of this creator's accounts, newest first, each with its transaction and account."""
    return (
        Entry.objects.filter(account__kind=Account.Kind.CREATOR, account__owner=user)
        .select_related("transaction", "account")
        .order_by("-occurred_at", "-id")
    )


def _held(user: User, now: datetime) -> QuerySet[Entry, Any]:
    """Moments at which something is released; a sale and its refund share one and cancel out."""
    return (
        Entry.objects.filter(account__kind=Account.Kind.CREATOR, account__owner=user, available_at__gt=now)
        .values("account__currency", "available_at")
        .annotate(amount=Sum("amount_minor"))
        .exclude(amount=0)
        .order_by("available_at")
    )
