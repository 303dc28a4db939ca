"""What is sold under a kind, where that is something else than files: a registry, so that the hall need not know the rooms above."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import User
from marketplace.models import Kind, Product

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One thing to do: the field, what it needs in words, and the page with the place on it where it is done."""

    field: str
    sentence: str | Promise
    url: str


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Where somebody who has a work goes to use it, and what the button says."""

    url: str
    label: str


class Goods(Protocol):
    """What a listing of a kind leads to: made with it, said anew with it, and opened by whoever has it.

    `create` and `change` run inside the transaction that writes the listing, with its row locked or new.
    """

    def create(self, product: Product, *, by: User) -> None: ...

    def change(self, product: Product, *, by: User) -> None: ...

    def missing(self, product: Product) -> list[Missing]:
        """What it needs before it can be sold."""
        ...

    def workshop_url(self, product: Product) -> str:
        """Where its creator makes it."""
        ...

    def openings(self, products: Iterable[Product], user: User | AnonymousUser) -> dict[int, Opening]:
        """Product id → where `user` opens it, for products of this kind. One query."""
        ...


GOODS: dict[str, Goods] = {}
"""By kind. A kind that is not here is sold as files."""


def register_goods(kind: str | Kind, goods: Goods) -> None:
    """Called in `AppConfig.ready()`. Raises ValueError when another one has the kind."""
    key = str(kind)
    if GOODS.get(key, goods) is not goods:
        raise ValueError(f"{key} has its goods already")
    GOODS[key] = goods


def is_made_of_files(kind: str) -> bool:
    return kind not in GOODS


def openings(products: Iterable[Product], user: User | AnonymousUser) -> dict[int, Opening]:
    """Product id → where `user` opens what she has. No query for files, one for each other kind among them."""
    found: dict[int, Opening] = {}
    by_kind: dict[str, list[Product]] = {}
    for product in products:
        found[product.pk] = Opening(url=reverse("library_work", args=[product.slug]), label=_("Open it"))
        if product.kind in GOODS:
            by_kind.setdefault(product.kind, []).append(product)
    for kind, same in by_kind.items():
        found |= GOODS[kind].openings(same, user)
    return found
