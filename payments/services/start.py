"""Beginning to pay: decide (a row), call (a checkout at the gateway), record (where to send the payer)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from payments.errors import (
    AlreadyPaid,
    GatewayDown,
    GatewayRefused,
    GatewayUnreachable,
    PaymentInProgress,
    PaymentRefused,
    WrongShares,
)
from payments.gateway import current_gateway, get_gateway, refuse_inside_transaction
from payments.models import Payment, PaymentLine
from payments.services.asking import open_checkout
from payments.services.cancel import cancel_payment
from payments.services.locking import lock_reference
from payments.services.settle import settle_payment

MOST_ROUNDS = 4


@dataclass(frozen=True, kw_only=True)
class ShareLine:
    """Whose money a part of the payment is; minor units. `payee_minor` + `platform_minor` = `amount_minor`."""

    reference: str
    payee: User
    amount_minor: int
    fee_bps: int
    payee_minor: int
    platform_minor: int
    description: str = ""


def start_payment(
    *,
    reference: str,
    payer: User,
    currency: str,
    lines: Sequence[ShareLine],
    return_url: str,
    cancel_url: str,
    description: str,
    gateway: str | None = None,
) -> Payment:
    """A payment that can be paid now: send the payer to its `checkout_url`.

    An open payment of this reference for the same shares is used again; one for other shares is cancelled first. Two calls
    at once end up with one payment.

    Must not be called inside a transaction. Raises `PaymentsUnavailable` (no gateway here), `AlreadyPaid`,
    `PaymentInProgress` (the bank is still checking an earlier one), `GatewayDown` (unknown how it ended: the next call asks
    with the same key), `PaymentRefused` (the gateway said no), `WrongShares`.
    """
    refuse_inside_transaction()
    _check_shares(lines)
    name = (get_gateway(gateway) if gateway else current_gateway()).name
    wanted = Payment(
        reference=reference,
        payer=payer,
        gateway=name,
        return_url=return_url,
        cancel_url=cancel_url,
        description=description[:200],
        currency=currency,
        amount_minor=sum(line.amount_minor for line in lines),
    )
    try:
        for _round in range(MOST_ROUNDS):
            payment, is_new = _find_or_create(wanted, lines)
            # An attempt that another tab is opening, or that got no answer, is asked about with its own key.
            payment = open_checkout(payment) if is_new else settle_payment(payment.pk)
            if _is_usable(payment, wanted, lines):
                return payment
            if payment.is_open:
                cancel_payment(payment)
    except GatewayUnreachable as error:
        raise GatewayDown from error
    except GatewayRefused as error:
        raise PaymentRefused from error
    raise PaymentInProgress


def _check_shares(lines: Sequence[ShareLine]) -> None:
    references = [line.reference for line in lines]
    if len(set(references)) < len(references) or sum(line.amount_minor for line in lines) <= 0:
        raise WrongShares
    for line in lines:
        if line.payee_minor + line.platform_minor != line.amount_minor or min(line.payee_minor, line.platform_minor) < 0:
            raise WrongShares


def _find_or_create(wanted: Payment, lines: Sequence[ShareLine]) -> tuple[Payment, bool]:
    with transaction.atomic():
        lock_reference(wanted.reference)
        attempts = Payment.objects.filter(reference=wanted.reference)
        if attempts.counting().exists():
            raise AlreadyPaid
        if found := attempts.open().first():
            return found, False
        now = timezone.now()
        payment = Payment.objects.create(
            reference=wanted.reference,
            payer=wanted.payer,
            gateway=wanted.gateway,
            return_url=wanted.return_url,
            cancel_url=wanted.cancel_url,
            description=wanted.description,
            currency=wanted.currency,
            amount_minor=wanted.amount_minor,
            expires_at=now + settings.CHECKOUT_LIFETIME,
            next_ask_at=now + settings.PAYMENT_ASK_AFTER,
        )
        PaymentLine.objects.bulk_create(
            PaymentLine(
                payment=payment,
                reference=line.reference,
                payee=line.payee,
                description=line.description[:200],
                amount_minor=line.amount_minor,
                fee_bps=line.fee_bps,
                payee_minor=line.payee_minor,
                platform_minor=line.platform_minor,
            )
            for line in lines
        )
        return payment, True


def _is_usable(payment: Payment, wanted: Payment, lines: Sequence[ShareLine]) -> bool:
    """Whether the payer can be sent to this payment's checkout; raises where she must not be asked to pay at all."""
    if payment.state == Payment.State.SUCCEEDED:
        raise AlreadyPaid
    if payment.is_at_the_bank:
        raise PaymentInProgress
    if payment.attention:
        raise PaymentRefused
    if payment.state == Payment.State.CREATED:
        raise GatewayDown
    return (
        payment.state == Payment.State.PENDING
        and payment.expires_at > timezone.now() + settings.PAYMENT_ASK_AFTER
        and (payment.payer_id, payment.gateway, payment.currency) == (wanted.payer_id, wanted.gateway, wanted.currency)
        and _shares_of(payment)
        == sorted((line.reference, line.payee.pk, line.amount_minor, line.payee_minor, line.platform_minor) for line in lines)
    )


def _shares_of(payment: Payment) -> list[tuple[str, int, int, int, int]]:
    return sorted(payment.lines.values_list("reference", "payee_id", "amount_minor", "payee_minor", "platform_minor"))
