"""What payments and refunds mean in the books.

                      gateway   creator   site    returns   fees
    a sale               −         +        +
    its gateway fee      +                                    −
    a refund             +         −        −
    a surplus payment    −                            +
    and its refund       +                            −

The gateway's column is money that it holds for us, so it is below zero while it holds some.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from payments.ledger.models import Account, Entry, Transaction
from payments.ledger.services.posting import AccountKey, Posting, post
from payments.models import Payment, Refund


def sale_cause(payment: Payment) -> str:
    return f"payment:{payment.pk}"


def fee_cause(payment: Payment) -> str:
    return f"payment:{payment.pk}:fee"


def refund_cause(refund: Refund) -> str:
    return f"refund:{refund.pk}"


def reversal_cause(refund: Refund) -> str:
    return f"refund:{refund.pk}:reversal"


class LedgerBooks:
    """The double-entry books (see `payments.books.Books`)."""

    def record_sale(self, payment: Payment) -> None:
        settled_at = _settled_at(payment)
        entries = [Posting(account=_gateway(payment), amount_minor=-payment.amount_minor)]
        if payment.is_surplus:
            entries.append(Posting(account=_returns(payment), amount_minor=payment.amount_minor))
        else:
            for line in payment.lines.order_by("pk"):
                creator = AccountKey(Account.Kind.CREATOR, payment.currency, owner_id=line.payee_id)
                available_at = settled_at + settings.EARNINGS_HOLD
                if line.payee_minor:
                    entries.append(
                        Posting(account=creator, amount_minor=line.payee_minor, available_at=available_at, reference=line.reference)
                    )
                if line.platform_minor:
                    entries.append(Posting(account=_platform(payment), amount_minor=line.platform_minor, reference=line.reference))
        post(
            kind=Transaction.Kind.SALE,
            cause=sale_cause(payment),
            occurred_at=settled_at,
            description=payment.description or payment.reference,
            entries=entries,
        )

    def record_fee(self, payment: Payment) -> None:
        if not payment.gateway_fee_minor:
            return
        post(
            kind=Transaction.Kind.FEE,
            cause=fee_cause(payment),
            occurred_at=_settled_at(payment),
            description=payment.description or payment.reference,
            entries=[
                Posting(account=AccountKey(Account.Kind.FEES, payment.currency), amount_minor=-payment.gateway_fee_minor),
                Posting(account=_gateway(payment), amount_minor=payment.gateway_fee_minor),
            ],
        )

    def record_refund(self, refund: Refund) -> None:
        post(
            kind=Transaction.Kind.REFUND,
            cause=refund_cause(refund),
            occurred_at=_settled_at(refund),
            description=refund.payment.description or refund.payment.reference,
            entries=self._refund_entries(refund),
        )

    def reverse_refund(self, refund: Refund) -> None:
        forth = Transaction.objects.get(cause=refund_cause(refund)).entries.select_related("account").order_by("pk")
        post(
            kind=Transaction.Kind.ADJUSTMENT,
            cause=reversal_cause(refund),
            occurred_at=_settled_at(refund),
            description=_("Refund failed: %s") % (refund.payment.description or refund.payment.reference),
            entries=[
                Posting(
                    account=AccountKey(entry.account.kind, entry.account.currency, entry.account.owner_id, entry.account.gateway),
                    amount_minor=-entry.amount_minor,
                    available_at=entry.available_at,
                    reference=entry.reference,
                )
                for entry in forth
            ],
        )

    def _refund_entries(self, refund: Refund) -> list[Posting]:
        payment = refund.payment
        entries = [Posting(account=_gateway(payment), amount_minor=refund.amount_minor)]
        if payment.is_surplus:
            return [*entries, Posting(account=_returns(payment), amount_minor=-refund.amount_minor)]
        released = _release_dates(payment)
        for part in refund.lines.select_related("line").order_by("line"):
            if part.payee_minor:
                entries.append(
                    Posting(
                        account=AccountKey(Account.Kind.CREATOR, payment.currency, owner_id=part.line.payee_id),
                        amount_minor=-part.payee_minor,
                        # The sale's own date: what is still on hold is taken from the hold, what was released from what is available.
                        available_at=released[part.line.reference],
                        reference=part.line.reference,
                    )
                )
            if part.platform_minor:
                entries.append(
                    Posting(account=_platform(payment), amount_minor=-part.platform_minor, reference=part.line.reference)
                )
        return entries


def _release_dates(payment: Payment) -> dict[str, datetime]:
    rows = Entry.objects.filter(transaction__cause=sale_cause(payment), account__kind=Account.Kind.CREATOR)
    return dict(rows.values_list("reference", "available_at"))


def _settled_at(subject: Payment | Refund) -> datetime:
    assert subject.settled_at is not None, "only what is settled is written into the books"
    return subject.settled_at


def _gateway(payment: Payment) -> AccountKey:
    return AccountKey(Account.Kind.GATEWAY, payment.currency, gateway=payment.gateway)


def _platform(payment: Payment) -> AccountKey:
    return AccountKey(Account.Kind.PLATFORM, payment.currency)


def _returns(payment: Payment) -> AccountKey:
    return AccountKey(Account.Kind.RETURNS, payment.currency)
