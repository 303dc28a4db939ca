"""The gateway for practice (R126): nothing is charged, everything else is real. Production refuses it.

It stands where an adapter to a payment provider stands, and asks the sandbox bank (`services/sandbox_*`) as that would ask
its provider: it shares no transaction with the site and believes only what it reads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.conf import settings
from django.urls import reverse

from payments.errors import BadWebhook
from payments.gateway import (
    Checkout,
    CheckoutRequest,
    CheckoutState,
    GatewayRefund,
    RefundRequest,
    RefundState,
    Subject,
    WebhookMessage,
    refuse_inside_transaction,
)
from payments.gateways.models import SandboxCheckout, SandboxRefund
from payments.gateways.services import sandbox_checkouts, sandbox_refunds
from payments.gateways.services.sandbox_webhooks import SIGNATURE_HEADER
from payments.gateways.signatures import verify

STATES = {
    SandboxCheckout.State.OPEN: CheckoutState.OPEN,
    SandboxCheckout.State.APPROVAL: CheckoutState.OPEN,
    SandboxCheckout.State.PROCESSING: CheckoutState.AT_THE_BANK,
    SandboxCheckout.State.PAID: CheckoutState.PAID,
    SandboxCheckout.State.FAILED: CheckoutState.FAILED,
    SandboxCheckout.State.CANCELLED: CheckoutState.CANCELLED,
    SandboxCheckout.State.EXPIRED: CheckoutState.CANCELLED,
}


class SandboxGateway:
    name = "sandbox"

    def open_checkout(self, request: CheckoutRequest) -> Checkout:
        refuse_inside_transaction()
        return _checkout(sandbox_checkouts.open_checkout(request))

    def read_checkout(self, gateway_id: str) -> Checkout:
        refuse_inside_transaction()
        return _checkout(sandbox_checkouts.read_checkout(gateway_id))

    def close_checkout(self, gateway_id: str) -> Checkout:
        refuse_inside_transaction()
        return _checkout(sandbox_checkouts.close_checkout(gateway_id))

    def send_refund(self, request: RefundRequest) -> GatewayRefund:
        refuse_inside_transaction()
        return _refund(sandbox_refunds.send_refund(request))

    def read_refund(self, gateway_id: str) -> GatewayRefund:
        refuse_inside_transaction()
        return _refund(sandbox_refunds.read_refund(gateway_id))

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookMessage:
        verify(headers.get(SIGNATURE_HEADER, ""), body, secret=settings.SANDBOX_WEBHOOK_SECRET)
        try:
            payload = json.loads(body)
            return WebhookMessage(
                event_id=_text(payload["id"]),
                kind=_text(payload["type"]),
                subject=Subject(payload["object"]["kind"]),
                subject_id=_text(payload["object"]["id"]),
                payload=payload,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise BadWebhook from error


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 255:
        raise ValueError(value)
    return value


def _checkout(row: SandboxCheckout) -> Checkout:
    return Checkout(
        gateway_id=row.pk,
        state=STATES[SandboxCheckout.State(row.state)],
        amount_minor=row.amount_minor,
        currency=row.currency,
        url=settings.SITE_URL + reverse("sandbox_checkout", args=[row.pk]),
        charge_id=row.charge_id,
        fee_minor=row.fee_minor,
        failure=row.failure,
        expires_at=row.expires_at,
        paid_at=row.ended_at if row.state == SandboxCheckout.State.PAID else None,
    )


def _refund(row: SandboxRefund) -> GatewayRefund:
    return GatewayRefund(
        gateway_id=row.pk,
        state=RefundState(row.state),
        amount_minor=row.amount_minor,
        currency=row.checkout.currency,
        failure=row.failure,
        settled_at=row.created_at,
    )
