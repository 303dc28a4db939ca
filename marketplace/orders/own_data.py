"""A person's part in orders: what the archive of her data holds, and what closing the account leaves.

What was bought and paid stays, as the law on books of account asks, with the name on the receipt; addresses go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accounts.models import User
from marketplace.orders.models import Cart, Entitlement, Order
from marketplace.orders.services.ordering import close_unpaid


def orders_of(user: User) -> Iterator[dict[str, Any]]:
    for order in Order.objects.of(user).order_by("created_at").prefetch_related("lines"):
        yield {
            "number": order.number,
            "state": order.state,
            "placed_at": order.created_at,
            "paid_at": order.paid_at,
            "currency": order.currency,
            "total_minor": order.total_minor,
            "name": order.billing_name,
            "country": order.billing_country,
            "receipt_sent_to": order.receipt_email,
            "lines": [
                {"title": line.title, "kind": line.kind, "paid_minor": line.paid_minor, "refunded_minor": line.refunded_minor}
                for line in order.lines.all()
            ],
        }


def entitlements_of(user: User) -> Iterator[dict[str, Any]]:
    for entitlement in Entitlement.objects.of(user).select_related("product").order_by("granted_at"):
        yield {
            "title": entitlement.product.title,
            "how": entitlement.source,
            "since": entitlement.granted_at,
            "until": entitlement.revoked_at,
            "because": entitlement.revoked_because,
            "last_opened_at": entitlement.last_opened_at,
        }


def cart_of(user: User) -> Iterator[dict[str, Any]]:
    for cart in Cart.objects.filter(user=user).prefetch_related("items__product"):
        for item in cart.items.all():
            yield {"title": item.product.title, "added_at": item.added_at, "offered_minor": item.offered_minor}


def forget_buyer(user: User) -> None:
    """Orders that wait are closed, the cart and the addresses of receipts go; what was paid stays in the books."""
    for order in Order.objects.of(user).waiting().order_by("pk").select_for_update(no_key=True):
        close_unpaid(order, Order.State.CANCELLED)
    Order.objects.of(user).exclude(receipt_email="").update(receipt_email="")
    Cart.objects.filter(user=user).delete()
    Entitlement.objects.of(user).exclude(last_opened_at=None).update(last_opened_at=None)
