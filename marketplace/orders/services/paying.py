"""Paying an order: starting an attempt, asking how it went, and ending attempts of orders that are closed.

Each function here talks to the gateway between its transactions, never inside one: call them outside of any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.orders.access import refusals
from marketplace.orders.errors import CannotBuy, OrderNotOpen, PaymentUnderWay
from marketplace.orders.locks import lock_buyer, lock_order
from marketplace.orders.models import Order
from marketplace.orders.services.fulfilment import fulfil_order
from marketplace.orders.services.ordering import close_unpaid
from payments.models import Payment
from payments.services.cancel import cancel_payment
from payments.services.settle import settle_payment
from payments.services.start import ShareLine, start_payment

if TYPE_CHECKING:
    from accounts.models import User

logger = structlog.get_logger(__name__)


def pay_order(order: Order, *, by: User, billing_name: str, billing_country: str) -> Payment:
    """Start paying an order, or go on with the attempt that is open already: its `checkout_url` is where the buyer goes.

    Everything that could stand in the way is looked at again, under the buyer's lock. Other open orders of hers that hold
    one of the same products are closed, and their attempts ended, so that two tabs cannot be charged for one thing.

    Raises `OrderNotOpen`, `CannotBuy`, `PaymentUnderWay`, and what `start_payment` raises.
    """
    order, rivals = _decide_to_pay(order, by=by, billing_name=billing_name, billing_country=billing_country)
    for rival in rivals:
        ended = end_attempts(rival)
        if ended is not None and ended.state == Payment.State.SUCCEEDED:
            fulfil_order(rival.pk)
            raise OrderNotOpen(_("You have just paid for this in order %(number)s.") % {"number": rival.number})
        if ended is not None and ended.is_open:
            raise PaymentUnderWay
    return start_payment(
        reference=order.number,
        payer=by,
        currency=order.currency,
        lines=_shares(order),
        return_url=settings.SITE_URL + reverse("checkout_success", args=[order.number]),
        cancel_url=settings.SITE_URL + reverse("checkout_cancelled", args=[order.number]),
        description=_("%(site)s order %(number)s") % {"site": settings.SITE_NAME, "number": order.number},
    )


@transaction.atomic
def _decide_to_pay(order: Order, *, by: User, billing_name: str, billing_country: str) -> tuple[Order, list[Order]]:
    lock_buyer(by.pk)
    locked = lock_order(order.pk)
    if not locked.is_open or locked.is_over:
        raise OrderNotOpen(closed_because(locked))
    products = [line.product for line in locked.lines.select_related("product__creator")]
    refused = refusals(by, products)
    for product in products:
        if refusal := refused.get(product.pk):
            sentence = _("“%(title)s” cannot be bought any more. %(why)s") % {"title": product.title, "why": refusal.sentence}
            raise CannotBuy(sentence, reason=refusal.reason, product=product.slug)
    locked.billing_name, locked.billing_country = billing_name, billing_country
    locked.save(update_fields=["billing_name", "billing_country"])
    others = Order.objects.of(by).filter(lines__product__in=products).exclude(pk=locked.pk).distinct().order_by("pk")
    for rival in others.waiting():
        close_unpaid(lock_order(rival.pk), Order.State.CANCELLED)
    open_attempts = Payment.objects.of(by).open().values("reference")
    return locked, list(others.filter(number__in=open_attempts))


def _shares(order: Order) -> list[ShareLine]:
    return [
        ShareLine(
            reference=str(line.pk),
            payee=line.creator,
            amount_minor=line.paid_minor,
            fee_bps=line.fee_bps,
            payee_minor=line.creator_minor,
            platform_minor=line.platform_minor,
            description=line.title,
        )
        for line in order.lines.select_related("creator")
        if line.paid_minor
    ]


def settle_order(order: Order, *, ask: bool = True) -> Order:
    """Hand an order over if it was paid. Returns the order as it is then.

    With `ask` an attempt that is still open is asked about at the gateway first. Harmless to call at any time by anybody: the
    webhook, the buyer's return and the sweep all lead here, and whoever comes second finds it done.
    """
    if order.is_settled or order.total_minor == 0:
        return order
    attempt = attempt_to_pay(order)
    if ask and attempt is not None and attempt.is_open:
        attempt = settle_payment(attempt.pk)
    if attempt is not None and attempt.state == Payment.State.SUCCEEDED:
        return fulfil_order(order.pk)
    return Order.objects.select_related("payment").get(pk=order.pk)


def end_attempts(order: Order) -> Payment | None:
    """End the open attempt to pay an order that is closed. Returns the attempt as it is then: it may have succeeded
    meanwhile, or be beyond stopping."""
    attempt = attempt_to_pay(order)
    if attempt is None or not attempt.is_open:
        return attempt
    return cancel_payment(attempt)


def attempt_to_pay(order: Order) -> Payment | None:
    """The attempt that succeeded, else the one that is open, else the last one. One that was paid on top of another comes last."""
    attempts = sorted(Payment.objects.filter(reference=order.number).order_by("-created_at"), key=lambda attempt: attempt.is_surplus)
    for wanted in ([Payment.State.SUCCEEDED], Payment.OPEN):
        if found := next((attempt for attempt in attempts if attempt.state in wanted), None):
            return found
    return attempts[0] if attempts else None


def closed_because(order: Order) -> str:
    """Why an order cannot be paid, in a sentence."""
    if order.state == Order.State.PAID:
        return _("This order is paid already.")
    if order.state == Order.State.REFUNDED:
        return _("This order was paid, and the money sent back.")
    if order.state == Order.State.CANCELLED:
        return _("This order was cancelled or replaced by a newer one. Nothing was charged for it.")
    return _("This order waited for a day and has ended. Nothing was charged for it.")
