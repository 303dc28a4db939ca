"""Bringing events to their handlers.

A delivery is tried in three steps. *Claim*: one short transaction takes the row (SKIP LOCKED), counts the try and
moves `due_at` to when a worker must be taken for dead; so even a handler that kills its worker comes to an end.
*Run*: the handler's work and the delivered mark commit in one transaction, which first checks that the row still
belongs to this try. *Record*: a failure is written down, with the time of the next try or as a dead letter.

All times are the database's, so that the clocks of the machines need not agree.
"""

from __future__ import annotations

import traceback
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Now

from kit.backoff import overdue, spread_back_off
from kit.events.event import Event, UnreadableEvent, decode
from kit.events.models import Delivery, OutboxEvent
from kit.events.publishing import send_hints
from kit.events.registry import Subscription, find_handler

logger = structlog.get_logger(__name__)

MOST_ERROR_CHARACTERS = 8000
BATCH = 500


class Superseded(Exception):
    """The row was taken from this try: it took longer than its lease, and another worker went on."""


@dataclass(frozen=True)
class Claim:
    """One try of one delivery."""

    delivery_id: int
    attempt: int
    subscription: Subscription
    event: Event
    request_id: str


def deliver(delivery_id: int, *, reraise: bool = False) -> bool:
    """Try a delivery if it is due and nobody else does. True when it is now delivered.

    A failing handler's exception is recorded, not raised, unless `reraise`.
    """
    claim = _claim(delivery_id)
    if claim is None:
        return False
    log = logger.bind(delivery=delivery_id, handler=claim.subscription.name, attempt=claim.attempt)
    with structlog.contextvars.bound_contextvars(**({"request_id": claim.request_id} if claim.request_id else {})):
        try:
            _run(claim)
        except Superseded:
            log.warning("event_superseded")
            return False
        except Exception as error:
            gave_up = _record_failure(claim, error)
            log.error("event_dead" if gave_up else "event_failed", exc_info=error)
            if reraise:
                raise
            return False
    log.info("event_delivered")
    return True


def _claim(delivery_id: int) -> Claim | None:
    with transaction.atomic():
        row = (
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("event")
            .filter(pk=delivery_id, state=Delivery.State.PENDING, due_at__lte=Now())
            .first()
        )
        if row is None:
            return None
        if row.attempts >= settings.EVENTS_MAX_ATTEMPTS:
            _bury(row.pk, row.last_error or f"The worker was lost during each of {row.attempts} tries.")
            return None
        subscription = find_handler(row.handler)
        if subscription is None:
            _bury(row.pk, f"There is no handler called {row.handler}.")
            return None
        try:
            event = decode(subscription.event_class, row.event.payload)
        except UnreadableEvent as error:
            _bury(row.pk, f"The stored event does not fit {subscription.event_name}: {error}")
            return None
        Delivery.objects.filter(pk=row.pk).update(
            attempts=F("attempts") + 1, due_at=Now() + timedelta(seconds=settings.EVENTS_LEASE_SECONDS)
        )
        return Claim(row.pk, row.attempts + 1, subscription, event, row.event.request_id)


def _run(claim: Claim) -> None:
    with transaction.atomic() if claim.subscription.atomic else nullcontext():
        if claim.subscription.atomic:
            # Holds the row until the commit: a second worker passes it by.
            mine = _of(claim).select_for_update().first()
            if mine is None:
                raise Superseded
        claim.subscription.function(claim.event)
        marked = _of(claim).update(state=Delivery.State.DELIVERED, delivered_at=Now(), last_error="")
        if not marked:
            raise Superseded


def _record_failure(claim: Claim, error: BaseException) -> bool:
    text = "".join(traceback.format_exception(error))[-MOST_ERROR_CHARACTERS:]
    if claim.attempt >= settings.EVENTS_MAX_ATTEMPTS:
        return bool(_of(claim).update(state=Delivery.State.DEAD, last_error=text))
    _of(claim).update(due_at=Now() + timedelta(seconds=back_off(claim.attempt)), last_error=text)
    return False


def _of(claim: Claim) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=claim.delivery_id, state=Delivery.State.PENDING, attempts=claim.attempt)


def _bury(delivery_id: int, reason: str) -> None:
    Delivery.objects.filter(pk=delivery_id).update(state=Delivery.State.DEAD, last_error=reason)
    logger.error("event_dead", delivery=delivery_id, reason=reason)


def back_off(attempt: int) -> float:
    """Seconds until the try after this one."""
    return spread_back_off(attempt, settings.EVENTS_BACKOFF_SECONDS, settings.EVENTS_BACKOFF_MOST_SECONDS)


def sweep() -> int:
    """Send what is due to the broker again: retries whose time has come, what lost its worker, and what lost its
    message. Returns how many."""
    with transaction.atomic():
        ids = list(
            Delivery.objects.select_for_update(skip_locked=True)
            .filter(overdue(settings.EVENTS_RESEND_SECONDS), state=Delivery.State.PENDING, due_at__lte=Now())
            .order_by("due_at", "pk")
            .values_list("pk", flat=True)[:BATCH]
        )
        Delivery.objects.filter(pk__in=ids).update(sent_at=Now())
    send_hints(ids)
    if ids:
        logger.info("events_swept", count=len(ids))
    return len(ids)


def resend_delivery(delivery: Delivery, *, by: Any) -> bool:
    """Give a dead letter all its tries again. False when it is not dead (any more)."""
    with transaction.atomic():
        revived = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.DEAD).update(
            state=Delivery.State.PENDING, attempts=0, due_at=Now(), sent_at=Now()
        )
        if revived:
            transaction.on_commit(lambda: send_hints([delivery.pk]), robust=True)
            logger.info("event_resent", delivery=delivery.pk, by=by.pk)
    return bool(revived)


def prune_events() -> int:
    """Delete events that all handlers have heard of EVENTS_KEEP_DAYS ago. Returns how many."""
    unheard = Delivery.objects.filter(event=OuterRef("pk")).exclude(state=Delivery.State.DELIVERED)
    old = OutboxEvent.objects.filter(~Exists(unheard), published_at__lt=Now() - timedelta(days=settings.EVENTS_KEEP_DAYS))
    pruned = 0
    while ids := list(old.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            Delivery.objects.filter(event__in=ids).delete()
            OutboxEvent.objects.filter(pk__in=ids).delete()
        pruned += len(ids)
    return pruned


def pending() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=Delivery.State.PENDING)
