"""Giving up a payment."""

from __future__ import annotations

from payments.errors import GatewayDown, GatewayRefused, GatewayUnreachable
from payments.gateway import get_gateway, refuse_inside_transaction
from payments.models import Payment
from payments.services.asking import open_checkout
from payments.services.recording import flag_payment, record_checkout


def cancel_payment(payment: Payment) -> Payment:
    """Have the gateway take no more money for this payment, and record how that ended.

    Look at the state of what comes back: it is succeeded when the money was quicker, and still open when the bank is
    checking. A payment that has ended stays as it is. Raises `GatewayDown` when the gateway does not answer: then it is
    not known to be closed, and stays open.
    """
    refuse_inside_transaction()
    payment = Payment.objects.get(pk=payment.pk)
    try:
        if payment.is_open and not payment.gateway_id:
            payment = open_checkout(payment)  # the only way to learn what an attempt without an answer has led to
        if not payment.is_open:
            return payment
        return record_checkout(payment.pk, get_gateway(payment.gateway).close_checkout(payment.gateway_id))
    except GatewayUnreachable as error:
        raise GatewayDown from error
    except GatewayRefused as error:
        if payment.gateway_id:
            return flag_payment(payment.pk, str(error))
        return Payment.objects.get(pk=payment.pk)
