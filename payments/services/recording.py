"""The third step of every talk with a gateway: what it said of a checkout becomes our state, once, and forward only."""

from __future__ import annotations

from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.events import publish
from payments.books import get_books
from payments.events import PaymentCancelled, PaymentFailed, PaymentSucceeded, SurplusPaid
from payments.gateway import Checkout, CheckoutState
from payments.models import Payment
from payments.services.locking import lock_payment
from payments.services.refunding import request_refund

logger = structlog.get_logger(__name__)


def record_checkout(payment_id: UUID | str, checkout: Checkout) -> Payment:
    """Move a payment to where its gateway says it is. Whoever comes second finds it done and changes nothing.

    An answer about another amount or currency than ours moves nothing: it is logged and kept for a person to look at.
    """
    with transaction.atomic():
        payment = lock_payment(payment_id)
        now = timezone.now()
        payment.ask_again(now=now)
        if payment.state == Payment.State.SUCCEEDED:
            _record_late_fee(payment, checkout)
        elif wrong := _mismatch(payment, checkout):
            payment.attention = wrong
            logger.error("payment_mismatch", payment=str(payment.pk), reference=payment.reference, reason=wrong)
        else:
            payment.attention = ""
            _move(payment, checkout)
        payment.save()
        return payment


def record_refusal(payment_id: UUID | str, reason: str) -> Payment:
    """The gateway would not open a checkout at all."""
    with transaction.atomic():
        payment = lock_payment(payment_id)
        if payment.state == Payment.State.CREATED:
            _fail(payment, reason)
            payment.save()
        return payment


def flag_payment(payment_id: UUID | str, reason: str) -> Payment:
    """Keep a payment for a person to look at; nothing else about it changes."""
    with transaction.atomic():
        payment = lock_payment(payment_id)
        payment.attention = reason[:300]
        payment.ask_again(now=timezone.now())
        payment.save(update_fields=["attention", "asked_at", "next_ask_at"])
    logger.error("payment_needs_attention", payment=str(payment.pk), reference=payment.reference, reason=reason)
    return payment


def _mismatch(payment: Payment, checkout: Checkout) -> str:
    if payment.gateway_id and payment.gateway_id != checkout.gateway_id:
        return _("The gateway answered about another checkout (%s).") % checkout.gateway_id
    if (checkout.amount_minor, checkout.currency) != (payment.amount_minor, payment.currency):
        return _("The gateway says %(theirs)s, we asked for %(ours)s (minor units).") % {
            "theirs": f"{checkout.amount_minor} {checkout.currency}",
            "ours": f"{payment.amount_minor} {payment.currency}",
        }
    return ""


def _move(payment: Payment, checkout: Checkout) -> None:
    if checkout.state == CheckoutState.PAID:
        _succeed(payment, checkout)
    elif not payment.is_open:
        return  # only success comes after an end
    elif checkout.state == CheckoutState.FAILED:
        _know(payment, checkout)
        _fail(payment, checkout.failure)
    elif checkout.state == CheckoutState.CANCELLED:
        _know(payment, checkout)
        _end(payment, Payment.State.CANCELLED)
        publish(PaymentCancelled(payment_id=str(payment.pk), reference=payment.reference))
    else:
        _know(payment, checkout)
        payment.state = Payment.State.PENDING
        if checkout.state == CheckoutState.AT_THE_BANK:
            payment.submitted_at = payment.submitted_at or timezone.now()


def _know(payment: Payment, checkout: Checkout) -> None:
    payment.gateway_id = checkout.gateway_id
    payment.checkout_url = checkout.url or payment.checkout_url
    payment.expires_at = min(payment.expires_at, checkout.expires_at or payment.expires_at)


def _succeed(payment: Payment, checkout: Checkout) -> None:
    first = Payment.objects.counting().filter(reference=payment.reference).exclude(pk=payment.pk).first()
    now = timezone.now()
    _know(payment, checkout)
    payment.state = Payment.State.SUCCEEDED
    payment.surplus_of = first
    payment.failure = ""
    payment.gateway_charge_id = checkout.charge_id
    payment.gateway_fee_minor = checkout.fee_minor
    payment.settled_at = min(checkout.paid_at or now, now)
    payment.save()
    get_books().record_sale(payment)
    get_books().record_fee(payment)
    logger.info(
        "payment_succeeded",
        payment=str(payment.pk),
        reference=payment.reference,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        surplus=first is not None,
    )
    if first is None:
        publish(PaymentSucceeded(payment_id=str(payment.pk), reference=payment.reference))
        return
    publish(SurplusPaid(payment_id=str(payment.pk), reference=payment.reference))
    request_refund(
        payment,
        amounts={line.reference: line.amount_minor for line in payment.lines.all() if line.amount_minor},
        key=f"surplus:{payment.pk}",
        reason=_("This had been paid already."),
        by=None,
    )


def _fail(payment: Payment, reason: str) -> None:
    payment.failure = reason[:300]
    _end(payment, Payment.State.FAILED)
    publish(PaymentFailed(payment_id=str(payment.pk), reference=payment.reference))


def _end(payment: Payment, state: Payment.State) -> None:
    payment.state = state
    payment.settled_at = timezone.now()
    logger.info("payment_ended", payment=str(payment.pk), reference=payment.reference, state=state.value, failure=payment.failure)


def _record_late_fee(payment: Payment, checkout: Checkout) -> None:
    if payment.gateway_fee_minor is None and checkout.fee_minor is not None:
        payment.gateway_fee_minor = checkout.fee_minor
        get_books().record_fee(payment)
