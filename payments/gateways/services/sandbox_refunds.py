"""What the sandbox bank does with refunds: it sends them back at once, or turns them down where the checkout says so."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from payments.errors import GatewayRefused
from payments.gateway import RefundRequest
from payments.gateways.models import SandboxCheckout, SandboxRefund
from payments.gateways.models.sandbox import new_id
from payments.gateways.services.sandbox_webhooks import tell

State = SandboxRefund.State


def send_refund(request: RefundRequest) -> SandboxRefund:
    """The refund of this request's key: once, however often it is asked for. Raises `GatewayRefused`."""
    with transaction.atomic():
        checkout = SandboxCheckout.objects.select_for_update().filter(charge_id=request.charge_id).exclude(charge_id="").first()
        if checkout is None:
            raise GatewayRefused(f"no charge {request.charge_id}")
        before = SandboxRefund.objects.filter(key=request.key).first()
        if before is not None:
            if (before.checkout_id, before.amount_minor) != (checkout.pk, request.amount_minor):
                raise GatewayRefused("this idempotency key was used for another request")
            return before
        if request.currency != checkout.currency:
            raise GatewayRefused(f"the charge is in {checkout.currency}")
        if request.amount_minor > checkout.amount_minor - checkout.refunded_minor:
            raise GatewayRefused("more than what is left of the charge")
        refund = SandboxRefund(
            pk=new_id("re"), key=request.key, checkout=checkout, amount_minor=request.amount_minor, state=State.SUCCEEDED
        )
        if checkout.refunds_fail:
            refund.state, refund.failure = State.FAILED, _("The payer's bank does not take money back.")
        else:
            checkout.refunded_minor += request.amount_minor
            checkout.save(update_fields=["refunded_minor"])
        refund.save(force_insert=True)
        tell(checkout, f"refund.{refund.state}", subject="refund", subject_id=refund.pk)
        return refund


def read_refund(refund_id: str) -> SandboxRefund:
    """Raises `GatewayRefused`."""
    refund = SandboxRefund.objects.select_related("checkout").filter(pk=refund_id).first()
    if refund is None:
        raise GatewayRefused(f"no refund {refund_id}")
    return refund


def return_refund(refund: SandboxRefund) -> SandboxRefund:
    """The payer's bank sends a refund back that had gone through, weeks later: for practising that."""
    with transaction.atomic():
        checkout = SandboxCheckout.objects.select_for_update().get(pk=refund.checkout_id)
        refund = SandboxRefund.objects.select_for_update().get(pk=refund.pk)
        if refund.state == State.SUCCEEDED:
            refund.state, refund.failure = State.FAILED, _("The payer's account is closed.")
            refund.save(update_fields=["state", "failure"])
            checkout.refunded_minor -= refund.amount_minor
            checkout.save(update_fields=["refunded_minor"])
            tell(checkout, "refund.failed", subject="refund", subject_id=refund.pk)
        return refund
