"""What is locked before it is decided upon, and in which order: the buyer, then her orders, then products by their key.

Everything that gives or takes access locks the buyer first, so that two tabs, two webhooks or two workers never decide about the
same person at once. The lock lets other rows go on referring to the person (FOR NO KEY UPDATE).
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from accounts.models import User
from marketplace.models import Product
from marketplace.orders.errors import NoSuchOrder
from marketplace.orders.models import Order


def lock_buyer(user_id: int) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user_id)


def lock_order(order_id: UUID | str) -> Order:
    """The order as it stands now, with its buyer locked before it. Raises `NoSuchOrder`."""
    buyer_id = Order.objects.filter(pk=order_id).values_list("buyer_id", flat=True).first()
    if buyer_id is None:
        raise NoSuchOrder
    buyer = lock_buyer(buyer_id)
    order = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("payment").get(pk=order_id)
    order.buyer = buyer
    return order


def lock_products(product_ids: Iterable[int]) -> dict[int, Product]:
    rows = Product.objects.filter(pk__in=set(product_ids)).order_by("pk").select_for_update(no_key=True, of=("self",))
    return {product.pk: product for product in rows}
