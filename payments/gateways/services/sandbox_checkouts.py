"""What the sandbox bank does with checkouts. It knows nothing of the site beyond what it was sent."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.money import share
from payments.errors import GatewayRefused
from payments.gateway import CheckoutRequest
from payments.gateways.errors import CheckoutOver
from payments.gateways.models import SandboxCheckout
from payments.gateways.models.sandbox import new_id
from payments.gateways.services.sandbox_webhooks import tell

FEE_BPS = 150
"""The sandbox keeps 1.5 % of each payment, so that fees can be seen in the books."""

State = SandboxCheckout.State


class Outcome(TextChoices):
    """How the payer on the practice page lets a payment end."""

    PAYS = "pays", gettext_lazy("Payment goes through")
    APPROVAL = "approval", gettext_lazy("Bank asks for approval first")
    DECLINED = "declined", gettext_lazy("Card is declined")
    LATE = "late", gettext_lazy("Answer arrives late")


def open_checkout(request: CheckoutRequest) -> SandboxCheckout:
    """The checkout of this request's key. Raises `GatewayRefused` when the key came with another request before."""
    digest = _digest(request)
    SandboxCheckout.objects.bulk_create(
        [
            SandboxCheckout(
                pk=new_id("co"),
                key=request.key,
                request_digest=digest,
                reference=request.payment_id,
                payer=request.payer_id,
                amount_minor=request.amount_minor,
                currency=request.currency,
                description=request.description,
                return_url=request.return_url,
                cancel_url=request.cancel_url,
                expires_at=request.expires_at,
            )
        ],
        ignore_conflicts=True,
    )
    checkout = SandboxCheckout.objects.get(key=request.key)
    if checkout.request_digest != digest:
        raise GatewayRefused("this idempotency key was used for another request")
    return checkout


def read_checkout(checkout_id: str) -> SandboxCheckout:
    """How it stands now: a late answer whose time has come arrives, an old checkout runs out. Raises `GatewayRefused`."""
    with transaction.atomic():
        checkout = _lock(checkout_id)
        _let_time_pass(checkout)
        return checkout


def choose_outcome(checkout: SandboxCheckout, *, outcome: Outcome, webhooks: str, refunds_fail: bool = False) -> SandboxCheckout:
    """The payer has chosen on the practice page how this ends. Raises `CheckoutOver`."""
    with transaction.atomic():
        checkout = _lock(checkout.pk)
        _let_time_pass(checkout)
        if checkout.state != State.OPEN:
            raise CheckoutOver
        checkout.webhooks = webhooks
        checkout.refunds_fail = refunds_fail
        if outcome == Outcome.PAYS:
            _pay(checkout)
        elif outcome == Outcome.APPROVAL:
            checkout.state = State.APPROVAL
        elif outcome == Outcome.DECLINED:
            _decline(checkout, _("The card has not enough money."))
        else:
            checkout.state = State.PROCESSING
            checkout.answers_at = timezone.now() + settings.SANDBOX_ANSWERS_LATE_AFTER
            tell(checkout, "checkout.processing")
        checkout.save()
        return checkout


def approve(checkout: SandboxCheckout, *, granted: bool) -> SandboxCheckout:
    """The payer answers the bank's question. Raises `CheckoutOver`."""
    with transaction.atomic():
        checkout = _lock(checkout.pk)
        _let_time_pass(checkout)
        if checkout.state != State.APPROVAL:
            raise CheckoutOver
        if granted:
            _pay(checkout)
        else:
            _decline(checkout, _("The payment was not approved."))
        checkout.save()
        return checkout


def close_checkout(checkout_id: str) -> SandboxCheckout:
    """Take no more money; one that is with the bank or has ended stays as it is. Raises `GatewayRefused`."""
    with transaction.atomic():
        checkout = _lock(checkout_id)
        _let_time_pass(checkout)
        if checkout.takes_money:
            _end(checkout, State.CANCELLED)
            tell(checkout, "checkout.cancelled")
            checkout.save()
        return checkout


def pay_checkout(checkout_id: str, *, at: datetime | None = None, webhooks: str = SandboxCheckout.Webhooks.NEVER) -> SandboxCheckout:
    """Pay without the page, as of `at`: for demo content and tests. Raises `CheckoutOver`."""
    with transaction.atomic():
        checkout = _lock(checkout_id)
        if not checkout.takes_money:
            raise CheckoutOver
        checkout.webhooks = webhooks
        _pay(checkout, at=at)
        checkout.save()
        return checkout


def let_time_pass() -> int:
    """Give the late answers that are due, and end what has run out. Returns how many checkouts were looked at."""
    now = timezone.now()
    due = SandboxCheckout.objects.filter(
        Q(state=State.PROCESSING, answers_at__lte=now) | Q(state__in=[State.OPEN, State.APPROVAL], expires_at__lte=now)
    )
    ids = list(due.values_list("pk", flat=True)[:200])
    for pk in ids:
        read_checkout(pk)
    return len(ids)


def _lock(checkout_id: str) -> SandboxCheckout:
    checkout = SandboxCheckout.objects.select_for_update().filter(pk=checkout_id).first()
    if checkout is None:
        raise GatewayRefused(f"no checkout {checkout_id}")
    return checkout


def _let_time_pass(checkout: SandboxCheckout) -> None:
    now = timezone.now()
    if checkout.state == State.PROCESSING and checkout.answers_at and checkout.answers_at <= now:
        _pay(checkout)
        checkout.save()
    elif checkout.takes_money and checkout.expires_at <= now:
        _end(checkout, State.EXPIRED)
        tell(checkout, "checkout.expired")
        checkout.save()


def _pay(checkout: SandboxCheckout, *, at: datetime | None = None) -> None:
    kinds = ["checkout.paid"] if checkout.state == State.PROCESSING else ["checkout.processing", "checkout.paid"]
    checkout.charge_id = new_id("ch")
    checkout.fee_minor = share(checkout.amount_minor, FEE_BPS)
    _end(checkout, State.PAID, at=at)
    tell(checkout, *kinds)


def _decline(checkout: SandboxCheckout, reason: str) -> None:
    checkout.failure = reason
    _end(checkout, State.FAILED)
    tell(checkout, "checkout.processing", "checkout.failed")


def _end(checkout: SandboxCheckout, state: SandboxCheckout.State, *, at: datetime | None = None) -> None:
    checkout.state = state
    checkout.ended_at = at or timezone.now()


def _digest(request: CheckoutRequest) -> str:
    what = {
        "payment": request.payment_id,
        "payer": request.payer_id,
        "amount": request.amount_minor,
        "currency": request.currency,
        "return": request.return_url,
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
