"""The door to a shelf: only what is one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.errors import NotFound
from marketplace.orders.models import Entitlement

if TYPE_CHECKING:
    from accounts.models import User


def get_own_work(user: User, slug: str) -> Entitlement:
    """What gives `user` the product. Raises `NotFound`."""
    entitlement = (
        Entitlement.objects.active()
        .of(user)
        .filter(product__slug=slug)
        .select_related("product__creator__profile", "line__order", "line__version")
        .first()
    )
    if entitlement is None:
        raise NotFound
    return entitlement
