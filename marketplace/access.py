"""The doors to listings."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from kit.errors import NotFound
from marketplace.models import Asset, GalleryImage, Product, Version

Reader = Callable[[User, Product], bool]

_readers: list[Reader] = []


class ProductNotFound(NotFound):
    code = "product_not_found"
    message = _("There is no such product, or it is not yours to see.")


def register_reader(reader: Reader) -> Reader:
    """Let a room above say who else may see a listing that is not live: whoever bought it, say. Never asked for visitors."""
    if reader not in _readers:
        _readers.append(reader)
    return reader


def get_own_product(user: User, slug: str) -> Product:
    """The user's own listing in any state. Raises `ProductNotFound` for anybody else's."""
    product = Product.objects.of(user).select_related("category").filter(slug=slug).first()
    if product is None:
        raise ProductNotFound
    return product


def get_visible_product(user: Any, slug: str) -> Product:
    """A listing that `user` (maybe a visitor) may look at: a live one, one's own, any for staff, and what a registered reader allows.

    Raises `ProductNotFound`.
    """
    product = Product.objects.for_cards().filter(slug=slug).first()
    if product is None or not may_see(user, product):
        raise ProductNotFound
    return product


def may_see(user: Any, product: Product) -> bool:
    """Whether the product page opens for `user`."""
    if product.is_live:
        return True
    if not user.is_authenticated:
        return False
    return user.is_staff or product.creator_id == user.pk or any(reader(user, product) for reader in _readers)


def get_own_asset(product: Product, asset_id: uuid.UUID) -> Asset:
    """A file of a product that one holds already. Raises `NotFound`."""
    asset = Asset.objects.select_related("version").filter(pk=asset_id, version__product=product).first()
    if asset is None:
        raise NotFound(_("This file is not part of the product."))
    return asset


def get_own_picture(product: Product, picture_id: int) -> GalleryImage:
    """A gallery picture of a product that one holds already. Raises `NotFound`."""
    picture = GalleryImage.objects.filter(pk=picture_id, product=product).first()
    if picture is None:
        raise NotFound(_("This picture is not part of the product."))
    return picture


def get_draft_version(product: Product) -> Version:
    """The version that is being prepared. Raises `NotFound` where there is none."""
    version = product.versions.filter(state=Version.State.DRAFT).first()
    if version is None:
        raise NotFound(_("No version is being prepared."))
    return version
