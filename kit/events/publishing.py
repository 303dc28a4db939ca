"""Putting an event into the outbox."""

from __future__ import annotations

from functools import partial

import structlog
from celery import current_app
from django.apps import apps
from django.db import connection, transaction
from django.db.models.functions import Now
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from kit.events.event import Event, encode, name_of
from kit.events.registry import handlers_of

logger = structlog.get_logger(__name__)

DELIVER_TASK = "kit.events.deliver"


class PublishedOutsideTransaction(RuntimeError):
    """An event must be committed together with what it tells of."""


def publish(event: Event) -> None:
    """Tell all handlers of `event`, once the caller's transaction has committed; not at all if it rolls back.

    Raises `PublishedOutsideTransaction` where there is no transaction to commit with.
    """
    if not connection.in_atomic_block:
        raise PublishedOutsideTransaction(f"{name_of(type(event))} was published outside a transaction")
    outbox_model, delivery_model = apps.get_model("events", "OutboxEvent"), apps.get_model("events", "Delivery")
    payload = encode(event)
    row = outbox_model.objects.create(
        name=name_of(type(event)), payload=payload, request_id=str(structlog.contextvars.get_contextvars().get("request_id") or "")
    )
    deliveries = delivery_model.objects.bulk_create(
        delivery_model(event=row, handler=handler.name, due_at=Now(), sent_at=Now()) for handler in handlers_of(type(event))
    )
    if deliveries:
        transaction.on_commit(partial(send_hints, [delivery.pk for delivery in deliveries]), robust=True)


def send_hints(delivery_ids: list[int]) -> None:
    """Ask a worker to look at these rows. The broker may be away or lose the message: the sweep asks again."""
    for delivery_id in delivery_ids:
        try:
            current_app.send_task(DELIVER_TASK, args=[delivery_id], retry=False, ignore_result=True)
        except (OSError, KombuError, RedisError) as error:
            logger.warning("event_hint_not_sent", delivery=delivery_id, error=type(error).__name__)
            return
