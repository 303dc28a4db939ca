"""A creator's part in the books: what the archive of her data holds, and money that must be paid out before she goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from kit.money import format_money
from payments.ledger.selectors import balances, history


def earnings_of(user: User) -> Iterator[dict[str, Any]]:
    for entry in history(user).iterator(chunk_size=2000):
        yield {
            "what": entry.transaction.kind,
            "description": entry.transaction.description,
            "about": entry.reference,
            "amount_minor": entry.amount_minor,
            "currency": entry.account.currency,
            "occurred_at": entry.occurred_at,
            "available_at": entry.available_at,
        }


def money_still_owed(user: User) -> str | None:
    """Why the account cannot be closed: who leaves with a balance would leave her money behind."""
    owed = [format_money(balance.total_minor, balance.currency) for balance in balances(user) if balance.total_minor > 0]
    if not owed:
        return None
    return _("You are still owed %(amounts)s. Write to %(support)s to have it paid out first; a closed account cannot be paid.") % {
        "amounts": ", ".join(owed),
        "support": settings.SUPPORT_EMAIL,
    }
