"""The doors: whose order it is, who may buy what, and who has what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from marketplace.models import Product, State
from marketplace.orders.errors import CannotBuy, NoSuchOrder
from marketplace.orders.models import Entitlement, Order, OrderLine
from payments.models import Refund, RefundLine

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Refusal:
    """Why a product cannot be bought: a word for programs and a sentence for people."""

    reason: str
    sentence: str

    def __str__(self) -> str:
        return self.sentence


def get_own_order(user: User, number: str) -> Order:
    """Raises `NoSuchOrder` for an order that is not there or somebody else's."""
    order = Order.objects.of(user).filter(number=number).select_related("payment").first()
    if order is None:
        raise NoSuchOrder
    return order


def has_access(user: User | AnonymousUser, product: Product) -> bool:
    """Whether `user` was given `product` and still has it: signed in, not suspended, entitled."""
    return user.is_authenticated and user.is_active and Entitlement.objects.active().of(user).filter(product=product).exists()


def held_products(user: User | AnonymousUser) -> frozenset[int]:
    """Ids of all that `user` was given and still has. One query, none for a visitor."""
    if not (user.is_authenticated and user.is_active):
        return frozenset()
    return frozenset(Entitlement.objects.active().of(user).values_list("product_id", flat=True))


def was_acquired(product: Product) -> bool:
    """Whether somebody has it, had it, or is about to pay for it: then its rows and files stay."""
    return Entitlement.objects.filter(product=product).exists() or OrderLine.objects.filter(product=product).exists()


def refusals(user: User | AnonymousUser, products: Iterable[Product]) -> dict[int, Refusal]:
    """Product id → why `user` cannot buy it. What can be bought is not in it. At most one query.

    Reads `product.creator`: select it with the products.
    """
    found: dict[int, Refusal] = {}
    askable: list[Product] = []
    for product in products:
        refusal = _of_the_product(product) if product.creator_id != user.pk else Refusal("own", _("This is your own work."))
        if refusal:
            found[product.pk] = refusal
        else:
            askable.append(product)
    if askable and user.is_authenticated:
        for product_id, refunding in _held(user, askable):
            found[product_id] = _refunding() if refunding else Refusal("owned", _("You have this already. It is in your library."))
    return found


def why_not_buy(user: User | AnonymousUser, product: Product) -> str | None:
    """The sentence that stands in the buy box, or None where `user` may buy."""
    refusal = refusals(user, [product]).get(product.pk)
    return refusal.sentence if refusal else None


def may_buy(user: User | AnonymousUser, product: Product) -> None:
    """Raises `CannotBuy` with the reason."""
    refusal = refusals(user, [product]).get(product.pk)
    if refusal:
        raise CannotBuy(refusal.sentence, reason=refusal.reason, product=product.slug)


def _of_the_product(product: Product) -> Refusal | None:
    if product.state == State.REMOVED:
        return Refusal("removed", _("This was taken down."))
    if product.state == State.ARCHIVED:
        return Refusal("archived", _("This is no longer sold."))
    if product.state != State.LIVE:
        return Refusal("not_on_sale", _("This is not on sale yet."))
    if not product.creator.is_active:
        return Refusal("creator_away", _("Its creator does not sell at the moment."))
    return None


def _refunding() -> Refusal:
    return Refusal("refunding", _("The refund for this is still on its way. You can buy it again once it has arrived."))


def _held(user: User, products: list[Product]) -> list[tuple[int, bool]]:
    on_its_way_back = RefundLine.objects.filter(line__reference=Cast(OuterRef("line_id"), CharField()), refund__state=Refund.State.PENDING)
    held = Entitlement.objects.active().of(user).filter(product__in=products)
    return list(held.annotate(refunding=Exists(on_its_way_back)).values_list("product_id", "refunding"))
