"""Read models of the creator's dashboard. Money comes from the ledger, sales from order lines, never from today's prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, UUIDField, Value
from django.db.models.functions import Cast, TruncDate

from accounts.models import User
from marketplace.delivery.models import Download
from marketplace.insights.models import ProductDay
from marketplace.models import Product, State
from marketplace.office.periods import Period
from marketplace.orders.models import OrderLine
from payments.ledger.models import Account, Entry, Transaction
from payments.ledger.selectors import Balance, balances

SOLD = Q(sold_at__isnull=False) & (Q(paid_minor=0) | Q(refunded_minor__lt=F("paid_minor")))


@dataclass(kw_only=True)
class Row:
    """Counts of one day or one product."""

    views: int = 0
    downloads: int = 0
    sold: int = 0
    earned_minor: int = 0

    def add(self, other: Row) -> None:
        self.views += other.views
        self.downloads += other.downloads
        self.sold += other.sold
        self.earned_minor += other.earned_minor


@dataclass(kw_only=True)
class Activity:
    """Everything that happened in a period, by day; days without anything are there with zeros."""

    period: Period
    days: dict[date, Row]
    total: Row = field(default_factory=Row)

    def values(self, metric: str) -> list[int]:
        return [getattr(row, metric) for row in self.days.values()]


METRICS = ("earned_minor", "sold", "views", "downloads")


def entries_of(creator: User, currency: str | None = None) -> QuerySet[Entry]:
    """A creator's side of the ledger."""
    entries = Entry.objects.filter(account__kind=Account.Kind.CREATOR, account__owner=creator)
    return entries.filter(account__currency=currency) if currency else entries


def list_balances(creator: User) -> list[Balance]:
    """One balance per currency that ever moved; the site's own currency with zeros when none did."""
    return balances(creator) or [
        Balance(currency=settings.DEFAULT_CURRENCY, total_minor=0, available_minor=0, on_hold_minor=0, next_release_at=None)
    ]


def main_currency(held: Iterable[Balance], asked: str | None) -> str:
    """The currency to show: the one asked for if she has it, else the one with the most money."""
    ordered = sorted(held, key=lambda b: -abs(b.total_minor))
    known = [balance.currency for balance in ordered]
    return asked if asked in known else known[0]


def read_activity(creator: User, period: Period, currency: str, *, product: Product | None = None) -> Activity:
    """Views, downloads, sales and earnings per day, of all of a creator's works or of one. One query."""
    return _activity_of(period, _read_days(creator, period, currency, product))


def read_activity_and_before(creator: User, period: Period, currency: str, *, product: Product | None = None) -> tuple[Activity, Activity]:
    """The same of a period and of the one of equal length before it. One query, too: the two are one stretch of days."""
    days = _read_days(creator, Period(days=2 * period.days, last=period.last), currency, product)
    return _activity_of(period, days), _activity_of(period.before, days)


def _activity_of(period: Period, days: Mapping[date, Row]) -> Activity:
    activity = Activity(period=period, days={day: days[day] for day in period.dates})
    for row in activity.days.values():
        activity.total.add(row)
    return activity


def _read_days(creator: User, period: Period, currency: str, product: Product | None) -> dict[date, Row]:
    days = {day: Row() for day in period.dates}
    span = (period.starts, period.ends)
    own = Q(product=product) if product else Q(product__creator=creator)

    views = (
        ProductDay.objects.filter(own, day__range=(period.first, period.last)).annotate(key=F("day")).values("key").annotate(n=Sum("views"))
    )
    downloads = _per_day(Download.objects.filter(own, at__gte=span[0], at__lt=span[1]).exclude(user=creator), "at")
    sold = _per_day(OrderLine.objects.filter(SOLD, own, sold_at__gte=span[0], sold_at__lt=span[1], order__currency=currency), "sold_at")
    entries = entries_of(creator, currency).filter(transaction__occurred_at__gte=span[0], transaction__occurred_at__lt=span[1])
    if product:
        entries = entries.filter(reference__in=_references_of(product))
    earned = entries.annotate(key=TruncDate("transaction__occurred_at")).values("key").annotate(n=Sum("amount_minor"))
    for name, day, n in _together(views=views, downloads=downloads, sold=sold, earned_minor=earned):
        if day in days:
            setattr(days[day], name, n)
    return days


def _per_day(rows: QuerySet[Any], moment: str) -> QuerySet[Any, Any]:
    return rows.annotate(key=TruncDate(moment)).values("key").annotate(n=Count("pk"))


def _together(**counted: QuerySet[Any, Any]) -> Iterator[tuple[str, Any, int]]:
    """Rows of `key` and `n` from several tables by one query, each with the name of what was counted."""
    named = [rows.annotate(what=Value(name, CharField())).order_by().values_list("what", "key", "n") for name, rows in counted.items()]
    for what, key, n in named[0].union(*named[1:], all=True):
        yield what, key, int(n or 0)


def _references_of(product: Product) -> QuerySet:
    return OrderLine.objects.filter(product=product).annotate(ref=Cast("id", CharField())).values("ref")


def read_product_rows(creator: User, products: Iterable[Product], period: Period, currency: str) -> Mapping[int, Row]:
    """The same counts per product over a whole period. One query, whatever the number of products."""
    ids = [product.pk for product in products]
    rows: dict[int, Row] = defaultdict(Row)
    span = (period.starts, period.ends)
    views = _per_product(ProductDay.objects.filter(product__in=ids, day__range=(period.first, period.last)), Sum("views"))
    downloads = _per_product(Download.objects.filter(product__in=ids, at__gte=span[0], at__lt=span[1]).exclude(user=creator), Count("pk"))
    sold = _per_product(
        OrderLine.objects.filter(SOLD, product__in=ids, sold_at__gte=span[0], sold_at__lt=span[1], order__currency=currency), Count("pk")
    )
    line = OrderLine.objects.filter(id=Cast(OuterRef("reference"), UUIDField())).values("product")
    earned = (
        entries_of(creator, currency)
        .filter(
            transaction__kind__in=[Transaction.Kind.SALE, Transaction.Kind.REFUND],
            transaction__occurred_at__gte=span[0],
            transaction__occurred_at__lt=span[1],
        )
        .annotate(key=Subquery(line))
        .values("key")
        .annotate(n=Sum("amount_minor"))
    )
    for name, product, n in _together(views=views, downloads=downloads, sold=sold, earned_minor=earned):
        if product in ids:
            setattr(rows[product], name, n)
    return rows


def _per_product(rows: QuerySet[Any], counted: Sum | Count) -> QuerySet[Any, Any]:
    return rows.annotate(key=F("product")).values("key").annotate(n=counted)


@dataclass(frozen=True, kw_only=True)
class ToDo:
    """Something that waits for the creator, with the place where it is done."""

    level: str
    title: str
    text: str
    action: str
    url: str


def latest_money(creator: User, currency: str | None = None) -> QuerySet[Entry]:
    """What moved on a creator's account, newest first."""
    return entries_of(creator, currency).select_related("transaction", "account").order_by("-transaction__occurred_at", "-id")


def lines_by_reference(entries: Iterable[Entry], creator: User) -> dict[str, OrderLine]:
    """The order lines that ledger entries are about, by the entries' references. One query."""
    references = {entry.reference for entry in entries if len(entry.reference) == 36}
    lines = OrderLine.objects.filter(id__in=references, creator=creator).select_related("order__buyer__profile", "product")
    return {str(line.pk): line for line in lines}


def count_by_state(creator: User) -> dict[str, int]:
    """How many of a creator's works stand in which state."""
    counts = dict(Product.objects.of(creator).values_list("state").annotate(n=Count("pk")).order_by())
    return {state: counts.get(state, 0) for state in State.values}
