"""Ledger entries in the creator's words: what was sold, what they paid, our part, where the money stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from marketplace.office.selectors import lines_by_reference
from marketplace.orders.models import OrderLine
from payments.ledger.models import Entry, Transaction


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One row of the earnings table, amounts in minor units of `currency`; None where a column says nothing."""

    what: str
    who: str
    at: datetime
    order_number: str
    product_slug: str
    paid_minor: int | None
    site_minor: int | None
    yours_minor: int
    currency: str
    state: str
    standing: str


def list_statements(creator: User, entries: Sequence[Entry], lines: Mapping[str, OrderLine] | None = None) -> list[Statement]:
    """The entries as rows, in the same order. One query, or none when `lines` is given."""
    entries = list(entries)
    found = lines_by_reference(entries, creator) if lines is None else lines
    return [_state(entry, found.get(entry.reference)) for entry in entries]


def _state(entry: Entry, line: OrderLine | None) -> Statement:
    kind = entry.transaction.kind
    is_sale = kind == Transaction.Kind.SALE and line is not None
    title = line.title if line else entry.transaction.description
    if kind == Transaction.Kind.REFUND:
        title = _("Refund: %(title)s") % {"title": title}
    state, standing = _standing(entry)
    return Statement(
        what=title,
        who=line.order.buyer.name if line else "",
        at=entry.transaction.occurred_at,
        order_number=line.order.number if line else "",
        product_slug=line.product.slug if line else "",
        paid_minor=line.paid_minor if is_sale and line else None,
        site_minor=-line.platform_minor if is_sale and line else None,
        yours_minor=entry.amount_minor,
        currency=entry.account.currency,
        state=state,
        standing=standing,
    )


def _standing(entry: Entry) -> tuple[str, str]:
    if entry.transaction.kind == Transaction.Kind.REFUND:
        return "refunded", _("sent back")
    if entry.available_at > timezone.now():
        return "pending", _("available on %(day)s") % {"day": date_format(timezone.localtime(entry.available_at), "j M")}
    return "live", _("available")
