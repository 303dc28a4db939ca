"""The second step: asking a gateway about a payment, with the same key each time."""

from __future__ import annotations

import structlog

from payments.errors import GatewayRefused
from payments.gateway import Checkout, CheckoutRequest, get_gateway, refuse_inside_transaction
from payments.models import Payment
from payments.services.recording import flag_payment, record_checkout, record_refusal

logger = structlog.get_logger(__name__)


def open_checkout(payment: Payment) -> Payment:
    """Have the payment's checkout opened, or learn which one its key has opened before.

    Raises `GatewayUnreachable` when that stays unknown (the payment stays created: ask again), `GatewayRefused` when the
    gateway said no (the payment has failed).
    """
    refuse_inside_transaction()
    try:
        checkout = get_gateway(payment.gateway).open_checkout(_request(payment))
    except GatewayRefused as error:
        record_refusal(payment.pk, str(error))
        raise
    return record_checkout(payment.pk, checkout)


def ask_gateway(payment: Payment) -> Payment:
    """Read the payment's checkout and record what it says. Raises `GatewayUnreachable`."""
    refuse_inside_transaction()
    try:
        if not payment.gateway_id:
            return open_checkout(payment) if payment.is_open else payment
        return record_checkout(payment.pk, _read(payment))
    except GatewayRefused as error:
        if payment.gateway_id:
            return flag_payment(payment.pk, str(error))
        return Payment.objects.get(pk=payment.pk)


def _read(payment: Payment) -> Checkout:
    return get_gateway(payment.gateway).read_checkout(payment.gateway_id)


def _request(payment: Payment) -> CheckoutRequest:
    """Made from what is stored alone, so that every repetition is the same request."""
    return CheckoutRequest(
        key=str(payment.idempotency_key),
        payment_id=str(payment.pk),
        payer_id=str(payment.payer_id),
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        description=payment.description,
        return_url=payment.return_url,
        cancel_url=payment.cancel_url,
        expires_at=payment.expires_at,
    )
