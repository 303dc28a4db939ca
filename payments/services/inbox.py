"""Messages of gateways: stored before anything is done, handled once, and never believed beyond what they are about."""

from __future__ import annotations

import json
from collections.abc import Mapping

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kit.events import publish
from payments.events import WebhookReceived
from payments.gateway import Subject, WebhookMessage, get_gateway
from payments.models import Payment, Refund, WebhookEvent
from payments.services.asking import ask_gateway
from payments.services.refunds import ask_about_refund

logger = structlog.get_logger(__name__)


def receive_webhook(gateway: str, *, body: bytes, headers: Mapping[str, str]) -> bool:
    """Store a message whose signature is good. True when it is new; a repetition is nothing new and no error.

    Raises `UnknownGateway`, and `BadWebhook` for what is forged, too old, unreadable, or sent while no secret is set.
    """
    message = get_gateway(gateway).read_webhook(body, headers)
    with transaction.atomic():
        pk = _insert_once(gateway, message)
        if pk is not None:
            publish(WebhookReceived(webhook_id=pk))
    logger.info("webhook_received", gateway=gateway, event_id=message.event_id, kind=message.kind, new=pk is not None)
    return pk is not None


def handle_webhook(webhook_id: int) -> WebhookEvent:
    """Read again what the message is about and record that. Must not be called inside a transaction.

    A message about something that we do not know (yet) waits, since it may have overtaken our own record of it; the sweep
    looks again, and after WEBHOOK_PATIENCE it is ignored. Raises `GatewayUnreachable`: the message waits.
    """
    event = WebhookEvent.objects.get(pk=webhook_id)
    if event.state != WebhookEvent.State.RECEIVED:
        return event
    if event.subject == Subject.CHECKOUT:
        payment = Payment.objects.filter(gateway=event.gateway, gateway_id=event.subject_id).first()
        if payment is None:
            return _not_known(event)
        if payment.state != Payment.State.SUCCEEDED or payment.gateway_fee_minor is None:
            ask_gateway(payment)
    elif event.subject == Subject.REFUND:
        refund = (
            Refund.objects.select_related("payment").filter(payment__gateway=event.gateway, gateway_id=event.subject_id).first()
        )
        if refund is None:
            return _not_known(event)
        ask_about_refund(refund)
    else:
        return _close(event, WebhookEvent.State.IGNORED, _("Not about a checkout or a refund."))
    return _close(event, WebhookEvent.State.HANDLED, "")


def _insert_once(gateway: str, message: WebhookMessage) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_webhookevent (gateway, event_id, kind, subject, subject_id, payload, state, note, received_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, '', now()) ON CONFLICT (gateway, event_id) DO NOTHING RETURNING id",
            [
                gateway,
                message.event_id,
                message.kind[:100],
                message.subject.value,
                message.subject_id,
                json.dumps(message.payload),
                WebhookEvent.State.RECEIVED.value,
            ],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _not_known(event: WebhookEvent) -> WebhookEvent:
    if timezone.now() - event.received_at > settings.WEBHOOK_PATIENCE:
        return _close(event, WebhookEvent.State.IGNORED, _("Nothing here has this id: perhaps another site's."))
    WebhookEvent.objects.filter(pk=event.pk, state=WebhookEvent.State.RECEIVED).update(note=_("Nothing here has this id yet."))
    event.refresh_from_db()
    return event


def _close(event: WebhookEvent, state: WebhookEvent.State, note: str) -> WebhookEvent:
    WebhookEvent.objects.filter(pk=event.pk, state=WebhookEvent.State.RECEIVED).update(
        state=state, note=note, handled_at=timezone.now()
    )
    event.refresh_from_db()
    return event
