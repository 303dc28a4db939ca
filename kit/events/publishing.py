"""Putting an event into the outbox."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import structlog
from celery import current_app
from django.db import connection, transaction
from kombu.exceptions import KombuError
from psycopg.types.json import Jsonb
from redis.exceptions import RedisError

from kit.events.event import Event, encode, name_of
from kit.events.registry import handlers_of
from kit.prepared import planned_cursor

logger = structlog.get_logger(__name__)

DELIVER_TASK = "kit.events.deliver"

# Services say what happened all the time: the event and a row for each of its handlers, in one statement.
_PUBLISH: Final = """
    WITH published AS (
        INSERT INTO events_outboxevent (name, payload, request_id) VALUES (%(name)s, %(payload)s, %(request_id)s) RETURNING id
    )
    INSERT INTO events_delivery (event_id, handler, state, attempts, due_at, sent_at, last_error)
    SELECT published.id, handler, 'pending', 0, statement_timestamp(), statement_timestamp(), ''
    FROM published, unnest(%(handlers)s::text[]) WITH ORDINALITY AS heard (handler, position) ORDER BY position
    RETURNING id
"""


class PublishedOutsideTransaction(RuntimeError):
    """An event must be committed together with what it tells of."""


def publish(event: Event) -> None:
    """Tell all handlers of `event`, once the caller's transaction has committed; not at all if it rolls back.

    Raises `PublishedOutsideTransaction` where there is no transaction to commit with.
    """
    if not connection.in_atomic_block:
        raise PublishedOutsideTransaction(f"{name_of(type(event))} was published outside a transaction")
    values: dict[str, Any] = {
        "name": name_of(type(event)),
        "payload": Jsonb(encode(event)),
        "request_id": str(structlog.contextvars.get_contextvars().get("request_id") or ""),
        "handlers": [handler.name for handler in handlers_of(type(event))],
    }
    with planned_cursor() as cursor:
        cursor.execute(_PUBLISH, values)
        deliveries = [row[0] for row in cursor.fetchall()]
    if deliveries:
        transaction.on_commit(partial(send_hints, deliveries), robust=True)


def send_hints(delivery_ids: list[int]) -> None:
    """Ask a worker to look at these rows. The broker may be away or lose the message: the sweep asks again."""
    for delivery_id in delivery_ids:
        try:
            current_app.send_task(DELIVER_TASK, args=[delivery_id], retry=False, ignore_result=True)
        except (OSError, KombuError, RedisError) as error:
            logger.warning("event_hint_not_sent", delivery=delivery_id, error=type(error).__name__)
            return
