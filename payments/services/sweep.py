"""Repairing what never arrived: answers of gateways, messages of theirs, and payers who went away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from payments.models import Payment, Refund, WebhookEvent
from payments.services.cancel import cancel_payment
from payments.services.inbox import handle_webhook
from payments.services.refunds import settle_refund
from payments.services.settle import settle_payment

logger = structlog.get_logger(__name__)

BATCH = 200
SECONDS = 40.0  # less than a task's time limit; what is left is next time's
GRACE = timedelta(minutes=5)  # after a checkout's end, before we close it ourselves


@dataclass(frozen=True, kw_only=True)
class Swept:
    """How many of each were looked at."""

    payments: int
    refunds: int
    webhooks: int


def sweep_payments(*, at: datetime | None = None) -> Swept:
    """Ask about every open payment and refund whose time has come, close checkouts that have run out, handle waiting messages.

    Two sweeps at once share the work. A failure of one row is logged and does not keep the others from being swept.
    """
    now = at or timezone.now()
    deadline = time.monotonic() + SECONDS
    late_fees = Payment.objects.filter(
        state=Payment.State.SUCCEEDED,
        gateway_fee_minor__isnull=True,
        next_ask_at__lte=now,
        settled_at__gte=now - settings.PAYMENT_OVERDUE,
    )
    payments = [*_claim(Payment.objects.due(now), now), *_claim(late_fees, now)]
    refunds = _claim(Refund.objects.due(now), now)
    webhooks = list(
        WebhookEvent.objects.filter(state=WebhookEvent.State.RECEIVED, received_at__lte=now - settings.PAYMENT_ASK_AFTER)
        .order_by("received_at")
        .values_list("pk", flat=True)[:BATCH]
    )
    return Swept(
        webhooks=_each(webhooks, handle_webhook, deadline),
        payments=_each(payments, lambda pk: _sweep_payment(pk, now), deadline),
        refunds=_each(refunds, settle_refund, deadline),
    )


def _sweep_payment(pk: Any, now: datetime) -> None:
    payment = settle_payment(pk)
    ran_out = payment.expires_at + GRACE < now
    if payment.is_open and ran_out and not payment.is_at_the_bank and not payment.attention:
        cancel_payment(payment)


def _claim(due: QuerySet[Any], now: datetime) -> list[Any]:
    """Take a batch for this sweep: the others find it not due for a while."""
    with transaction.atomic():
        ids = list(due.order_by("next_ask_at").select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH])
        due.model._default_manager.filter(pk__in=ids).update(next_ask_at=now + settings.PAYMENT_ASK_AFTER)
    return ids


def _each(ids: Iterable[Any], do: Callable[[Any], object], deadline: float) -> int:
    done = 0
    for pk in ids:
        if time.monotonic() > deadline:
            logger.warning("payments_sweep_cut_short", done=done)
            break
        try:
            do(pk)
        except Exception as error:
            logger.error("payments_sweep_failed", row=str(pk), exc_info=error)
        done += 1
    return done
