"""Finding out how a payment ended."""

from __future__ import annotations

from uuid import UUID

import structlog

from payments.errors import GatewayUnreachable
from payments.models import Payment
from payments.services.asking import ask_gateway

logger = structlog.get_logger(__name__)


def settle_payment(payment_id: UUID | str) -> Payment:
    """Ask the gateway, move the payment forward, write it into the books and tell the rest of the house.

    Called by the webhook's handler, by the payer's return page and by the sweep, in any order and at once: whoever comes
    second finds it done. While the gateway does not answer, the payment comes back as it was. Must not be called inside a
    transaction. Raises Payment.DoesNotExist.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.state == Payment.State.SUCCEEDED and payment.gateway_fee_minor is not None:
        return payment
    try:
        return ask_gateway(payment)
    except GatewayUnreachable as error:
        logger.warning("gateway_unreachable", payment=str(payment.pk), gateway=payment.gateway, error=str(error))
        return payment
