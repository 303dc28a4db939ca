"""A person's part in payments: what the archive of her data holds, and what must end before her account does.

Nothing is forgotten when an account is closed: money history is kept as books must be, and names nobody but the account.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from payments.models import Payment


def payments_of(user: User) -> Iterator[dict[str, Any]]:
    for payment in Payment.objects.of(user).order_by("created_at").prefetch_related("lines", "refunds"):
        yield {
            "reference": payment.reference,
            "description": payment.description,
            "state": payment.state,
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            "paid_through": payment.gateway,
            "started_at": payment.created_at,
            "settled_at": payment.settled_at,
            "lines": [{"description": line.description, "amount_minor": line.amount_minor} for line in payment.lines.all()],
            "refunds": [
                {"amount_minor": refund.amount_minor, "state": refund.state, "reason": refund.reason, "settled_at": refund.settled_at}
                for refund in payment.refunds.all()
            ],
        }


def payment_at_the_bank(user: User) -> Promise | None:
    """Why the account cannot be closed just now: money may be taken for something that nobody would be there to get."""
    if Payment.objects.of(user).open().filter(submitted_at__isnull=False).exists():
        return _("Your bank is still checking a payment. Wait for its answer, then close the account.")
    return None
