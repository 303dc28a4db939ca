"""The shop's door to a product page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from kit.errors import Gone
from marketplace.access import ProductNotFound, may_see
from marketplace.models import Product, State

if TYPE_CHECKING:
    from accounts.models import User


class NoLongerSold(Gone):
    """Its creator took it off sale. `product` is what it was, for ways on."""

    code = "no_longer_sold"
    message = _("This is no longer sold.")

    def __init__(self, product: Product) -> None:
        self.product = product
        super().__init__()


def get_shown_product(user: User | AnonymousUser, slug: str) -> Product:
    """The product whose page `user` may open, as `marketplace.access.get_visible_product` says it.

    Raises `NoLongerSold` for an archived one that was public, `ProductNotFound` for everything else.
    """
    product = Product.objects.for_cards().filter(slug=slug).first()
    if product is None:
        raise ProductNotFound
    if not may_see(user, product):
        raise NoLongerSold(product) if product.state == State.ARCHIVED else ProductNotFound
    return product
