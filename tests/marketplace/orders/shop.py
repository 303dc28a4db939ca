"""Going shopping in tests: from wanting to having paid, through the real services and the sandbox bank."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from accounts.models import User
from kit.events.testing import deliver_all
from marketplace.models import Product
from marketplace.orders.models import Entitlement, Order
from marketplace.orders.pricing import price_to_pay
from marketplace.orders.services import paying
from marketplace.orders.services.ordering import Wanted, place_order
from payments.gateways.services.sandbox_checkouts import pay_checkout
from payments.models import Payment
from payments.services.settle import settle_payment


def want(product: Product, *, offered_minor: int | None = None) -> Wanted:
    """Wanting it at the price of now."""
    return Wanted(product.pk, price_to_pay(product, offered_minor), product.currency, offered_minor)


def order(buyer: User, *products: Product, key: str = "") -> Order:
    """An order that waits to be paid."""
    return place_order([want(product) for product in products], by=buyer, idempotency_key=key or str(uuid.uuid4()))


def start_paying(placed: Order, **extra: Any) -> Payment:
    return paying.pay_order(placed, by=placed.buyer, billing_name="Ben Buyer", billing_country="PT", **extra)


def pay_at_the_bank(payment: Payment, *, at: datetime | None = None) -> Payment:
    """The payer has paid on the bank's page, and the bank has told nobody."""
    pay_checkout(payment.gateway_id, at=at)
    return Payment.objects.get(pk=payment.pk)


def buy(buyer: User, *products: Product) -> Order:
    """Ordered, paid, handed over, and everybody told."""
    placed = order(buyer, *products)
    if placed.total_minor:
        payment = pay_at_the_bank(start_paying(placed))
        settle_payment(payment.pk)
    deliver_all()
    placed.refresh_from_db()
    return placed


def holds(person: User, product: Product) -> int:
    """How many active grants there are: 0 or 1, or something is wrong."""
    return Entitlement.objects.active().of(person).filter(product=product).count()
