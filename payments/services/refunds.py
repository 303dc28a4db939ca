"""Sending money back, and finding out whether it arrived."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from kit.events import publish
from payments.books import get_books
from payments.errors import GatewayRefused, GatewayUnreachable
from payments.events import RefundFailed, RefundSucceeded, SurplusReturned
from payments.gateway import GatewayRefund, RefundRequest, RefundState, get_gateway, inside_transaction, refuse_inside_transaction
from payments.models import Payment, PaymentLine, Refund
from payments.services.locking import lock_payment
from payments.services.refunding import request_refund

logger = structlog.get_logger(__name__)

KEY_LIFETIME = timedelta(hours=23)
"""Gateways forget idempotency keys after a day: a refund whose fate is unknown for longer is not sent again by itself."""


def refund_lines(payment: Payment, *, amounts: Mapping[str, int], key: str, reason: str, by: User | None) -> Refund:
    """Send back `amounts` (line reference → minor units), whole or in part; `key` names the cause, and a cause refunds once.

    Outside a transaction the gateway is asked at once and the refund that comes back says how far it is; inside one (in an
    event's handler) it is asked after the commit. Either way RefundSucceeded or RefundFailed tells how it ended.
    Raises `NotRefundable`, `RefundTooLarge`, `RefundKeyTaken`, `WrongShares`.
    """
    refund = request_refund(payment, amounts=amounts, key=key, reason=reason, by=by)
    return refund if inside_transaction() else settle_refund(refund.pk)


def settle_refund(refund_id: UUID | str) -> Refund:
    """Send a refund that was decided, or ask what became of it; in any order and at once. Never inside a transaction.

    While the gateway does not answer, the refund comes back as it was.
    """
    try:
        return ask_about_refund(Refund.objects.select_related("payment").get(pk=refund_id))
    except GatewayUnreachable as error:
        logger.warning("gateway_unreachable", refund=str(refund_id), error=str(error))
        return Refund.objects.get(pk=refund_id)


def ask_about_refund(refund: Refund) -> Refund:
    """The same, but raises `GatewayUnreachable`."""
    refuse_inside_transaction()
    gateway = get_gateway(refund.payment.gateway)
    try:
        if refund.gateway_id:
            answer = gateway.read_refund(refund.gateway_id)
        elif refund.state != Refund.State.PENDING:
            return refund
        elif timezone.now() - refund.created_at > KEY_LIFETIME:
            return _flag(refund, _("The gateway never told whether this was sent. Look there before it is sent again."))
        else:
            answer = gateway.send_refund(
                RefundRequest(
                    key=str(refund.pk),
                    charge_id=refund.payment.gateway_charge_id,
                    amount_minor=refund.amount_minor,
                    currency=refund.payment.currency,
                    reason=refund.reason,
                )
            )
    except GatewayRefused as error:
        if refund.gateway_id:
            return _flag(refund, str(error))
        return _record(refund.pk, None, str(error))
    return _record(refund.pk, answer, answer.failure)


def _record(refund_id: UUID, answer: GatewayRefund | None, failure: str) -> Refund:
    with transaction.atomic():
        payment = lock_payment(Refund.objects.values_list("payment_id", flat=True).get(pk=refund_id))
        refund = Refund.objects.select_for_update().get(pk=refund_id)
        refund.payment = payment
        refund.ask_again(now=timezone.now())
        if answer is not None:
            refund.gateway_id = answer.gateway_id
            if (answer.amount_minor, answer.currency) != (refund.amount_minor, payment.currency):
                refund.attention = _("The gateway sent %s (minor units).") % f"{answer.amount_minor} {answer.currency}"
                logger.error("refund_mismatch", refund=str(refund.pk), reason=refund.attention)
                refund.save()
                return refund
        state = answer.state if answer is not None else RefundState.FAILED
        if state == RefundState.SUCCEEDED and refund.state == Refund.State.PENDING:
            _succeed(refund, answer)
        elif state == RefundState.FAILED and refund.state != Refund.State.FAILED:
            _fail(refund, failure)
        elif state == RefundState.SUCCEEDED and refund.state == Refund.State.FAILED:
            refund.attention = _("The gateway says sent, after it had said failed.")
        refund.save()
        return refund


def _succeed(refund: Refund, answer: GatewayRefund | None) -> None:
    payment, now = refund.payment, timezone.now()
    refund.state = Refund.State.SUCCEEDED
    refund.settled_at = min((answer and answer.settled_at) or now, now)
    refund.attention = ""
    refund.save()
    get_books().record_refund(refund)
    ids = {"payment_id": str(payment.pk), "reference": payment.reference}
    if payment.is_surplus:
        publish(SurplusReturned(**ids))
    else:
        publish(RefundSucceeded(refund_id=str(refund.pk), **ids))
    logger.info("refund_succeeded", refund=str(refund.pk), amount_minor=refund.amount_minor, currency=payment.currency, **ids)


def _fail(refund: Refund, failure: str) -> None:
    was_recorded = refund.state == Refund.State.SUCCEEDED
    refund.state = Refund.State.FAILED
    refund.settled_at = timezone.now()
    refund.failure = failure[:300]
    refund.save()
    if was_recorded:
        get_books().reverse_refund(refund)
    for line in refund.lines.order_by("line"):
        PaymentLine.objects.filter(pk=line.line_id).update(refunded_minor=F("refunded_minor") - line.amount_minor)
    if refund.payment.is_surplus:
        refund.attention = _("Money that was paid twice could not be sent back.")
    else:
        publish(
            RefundFailed(
                refund_id=str(refund.pk),
                payment_id=str(refund.payment_id),
                reference=refund.payment.reference,
                was_recorded=was_recorded,
            )
        )
    logger.error("refund_failed", refund=str(refund.pk), payment=str(refund.payment_id), failure=failure, was_recorded=was_recorded)


def _flag(refund: Refund, reason: str) -> Refund:
    with transaction.atomic():
        refund = Refund.objects.select_for_update().get(pk=refund.pk)
        refund.attention = reason[:300]
        refund.ask_again(now=timezone.now())
        refund.save(update_fields=["attention", "next_ask_at"])
    logger.error("refund_needs_attention", refund=str(refund.pk), reason=reason)
    return refund
