"""Taking a listing for oneself while it changes."""

from __future__ import annotations

from marketplace.access import ProductNotFound
from marketplace.errors import InArchive, NotEditable
from marketplace.models import Product, State


def lock_product(product: Product) -> Product:
    """The row as it is now, locked until the transaction ends. Rows that point at it may still be written (NO KEY).

    Raises `ProductNotFound` when it was deleted meanwhile.
    """
    locked = Product.objects.select_for_update(of=("self",), no_key=True).select_related("creator").filter(pk=product.pk).first()
    if locked is None:
        raise ProductNotFound
    return locked


def lock_editable_product(product: Product) -> Product:
    """The same, for changing it. Raises `NotEditable` while staff look at it, `InArchive` in the archive."""
    locked = lock_product(product)
    if locked.state == State.ARCHIVED:
        raise InArchive
    if not locked.is_editable:
        raise NotEditable
    return locked
