"""Deciding a refund: how much of each line, and out of whose share. Joins the caller's transaction; the gateway is asked later."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from kit.events import publish
from payments.errors import NotRefundable, RefundKeyTaken, RefundTooLarge, WrongShares
from payments.events import RefundRequested
from payments.models import Payment, PaymentLine, Refund, RefundLine
from payments.services.locking import lock_payment

logger = structlog.get_logger(__name__)


def request_refund(payment: Payment, *, amounts: Mapping[str, int], key: str, reason: str, by: User | None) -> Refund:
    """Decide to send back `amounts` (line reference → minor units), once per `key`; the gateway is asked after the commit.

    The amounts count as refunded from now on, so that two refunds at once cannot send more than there is; a refund that
    fails gives them back. Raises `NotRefundable`, `RefundTooLarge`, `RefundKeyTaken`, `WrongShares` (no such line).
    """
    with transaction.atomic():
        payment = lock_payment(payment.pk)
        before = Refund.objects.filter(key=key).first()
        if before is not None:
            return _same_as_before(before, payment, amounts)
        if payment.state != Payment.State.SUCCEEDED:
            raise NotRefundable
        lines = {line.reference: line for line in payment.lines.select_for_update().filter(reference__in=amounts).order_by("pk")}
        if not amounts or lines.keys() != amounts.keys() or min(amounts.values()) <= 0:
            raise WrongShares
        refund = Refund.objects.create(
            payment=payment,
            key=key,
            amount_minor=sum(amounts.values()),
            reason=reason[:300],
            requested_by=by,
            next_ask_at=timezone.now() + settings.PAYMENT_ASK_AFTER,
        )
        for line in lines.values():
            _take(refund, line, amounts[line.reference])
        publish(RefundRequested(refund_id=str(refund.pk), payment_id=str(payment.pk), reference=payment.reference))
        logger.info(
            "refund_requested",
            refund=str(refund.pk),
            payment=str(payment.pk),
            reference=payment.reference,
            amount_minor=refund.amount_minor,
            currency=payment.currency,
            by=by.pk if by else None,
        )
        return refund


def split_refund(*, amount: int, payee: int, platform: int, refunded: int, payee_refunded: int, wanted: int) -> tuple[int, int]:
    """The payee's and the platform's part of refunding `wanted` of a line, in minor units.

    A line of `amount` = `payee` + `platform`, of which `refunded` has gone back, `payee_refunded` of that out of the payee's
    share. After each refund the payee has given back her proportion of all that went back, rounded half up; so the last
    partial refund takes exactly what is left of each share. Neither part is ever negative or more than what is left.
    """
    due = (2 * payee * (refunded + wanted) + amount) // (2 * amount) - payee_refunded
    payee_left, platform_left = payee - payee_refunded, platform - (refunded - payee_refunded)
    part = max(due, wanted - platform_left, 0)
    part = min(part, wanted, payee_left)
    return part, wanted - part


def _take(refund: Refund, line: PaymentLine, wanted: int) -> None:
    if wanted > line.refundable_minor:
        raise RefundTooLarge(line=line.reference, left_minor=line.refundable_minor)
    alive = line.refund_lines.exclude(refund__state=Refund.State.FAILED)
    payee_minor, platform_minor = split_refund(
        amount=line.amount_minor,
        payee=line.payee_minor,
        platform=line.platform_minor,
        refunded=line.refunded_minor,
        payee_refunded=alive.aggregate(total=Sum("payee_minor"))["total"] or 0,
        wanted=wanted,
    )
    RefundLine.objects.create(refund=refund, line=line, amount_minor=wanted, payee_minor=payee_minor, platform_minor=platform_minor)
    line.refunded_minor += wanted
    line.save(update_fields=["refunded_minor"])


def _same_as_before(before: Refund, payment: Payment, amounts: Mapping[str, int]) -> Refund:
    asked = dict(before.lines.values_list("line__reference", "amount_minor"))
    if before.payment_id != payment.pk or asked != dict(amounts):
        raise RefundKeyTaken
    return before
