"""Carts: putting in, taking out, and making a visitor's cart hers when she signs in."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone

from kit.errors import NotFound
from marketplace.models import Product
from marketplace.orders.access import may_buy
from marketplace.orders.errors import CartFull
from marketplace.orders.models import Cart, CartItem, Entitlement
from marketplace.orders.pricing import price_to_pay

if TYPE_CHECKING:
    from accounts.models import User

MOST_ITEMS: Final = 50
VISITORS_CART_LIVES: Final = timedelta(days=30)


@transaction.atomic
def open_cart(*, user: User | None = None, token: uuid.UUID | None = None) -> Cart:
    """The cart of a person, or of a visitor by the token in her session; made if there is none. It is locked."""
    owner = {"user": user} if user is not None else {"token": token or uuid.uuid4()}
    cart, _created = Cart.objects.get_or_create(**owner)
    return Cart.objects.select_for_update().get(pk=cart.pk)


@transaction.atomic
def add_to_cart(product: Product, *, user: User | None = None, token: uuid.UUID | None = None, offered_minor: int | None = None) -> Cart:
    """Put a product in, or change the offer for one that is in.

    Raises `CannotBuy`, `OfferRefused` and `CartFull`.
    """
    cart = open_cart(user=user, token=token)
    buyer = user if user is not None else AnonymousUser()
    may_buy(buyer, product)
    seen = price_to_pay(product, offered_minor)
    items = CartItem.objects.filter(cart=cart)
    if items.exclude(product=product).count() >= MOST_ITEMS:
        raise CartFull
    values = {"offered_minor": seen if product.pricing == "pwyw" else None, "seen_minor": seen, "seen_currency": product.currency}
    CartItem.objects.update_or_create(cart=cart, product=product, defaults=values)
    cart.save(update_fields=["updated_at"])
    return cart


@transaction.atomic
def remove_from_cart(cart: Cart, product_slug: str) -> None:
    """Raises `NotFound` when it is not in there."""
    locked = Cart.objects.select_for_update().get(pk=cart.pk)
    gone, _by_model = CartItem.objects.filter(cart=locked, product__slug=product_slug).delete()
    if not gone:
        raise NotFound
    locked.save(update_fields=["updated_at"])


@transaction.atomic
def merge_carts(user: User, token: uuid.UUID) -> int:
    """Move what a visitor chose into the cart of the person she turned out to be. Returns how many things are in it now.

    What is in both keeps the visitor's choice: it is the newer one. What she made herself or has already stays out.
    """
    theirs = Cart.objects.select_for_update().filter(token=token).first()
    if theirs is None:
        return count_items(user=user)
    cart = open_cart(user=user)
    has = Entitlement.objects.active().of(user).values("product")
    chosen = CartItem.objects.filter(cart=theirs).exclude(product__creator=user).exclude(product__in=has)
    CartItem.objects.filter(cart=cart, product__in=chosen.values("product")).delete()
    room = max(0, MOST_ITEMS - CartItem.objects.filter(cart=cart).count())
    CartItem.objects.filter(pk__in=list(chosen.values_list("pk", flat=True)[:room])).update(cart=cart)
    theirs.delete()
    cart.save(update_fields=["updated_at"])
    return CartItem.objects.filter(cart=cart).count()


def forget_bought(user: User, product_ids: list[int]) -> None:
    """Take what she has now out of her cart."""
    CartItem.objects.filter(cart__user=user, product__in=product_ids).delete()


def remember_prices(cart: Cart) -> None:
    """The prices that the cart page has just shown are from now on the ones that were seen."""
    for item in CartItem.objects.filter(cart=cart).select_related("product"):
        now = price_now(item)
        if (item.seen_minor, item.seen_currency) != (now, item.product.currency):
            item.seen_minor, item.seen_currency = now, item.product.currency
            item.save(update_fields=["seen_minor", "seen_currency"])


def price_now(item: CartItem) -> int:
    """What an item costs today. An offer that has come to lie below the minimum is raised to it."""
    product = item.product
    if product.pricing != "pwyw" or item.offered_minor is None:
        return price_to_pay(product)
    return max(item.offered_minor, product.price_minor)


def count_items(*, user: User | None = None, token: uuid.UUID | None = None) -> int:
    if user is not None:
        return CartItem.objects.filter(cart__user=user).count()
    return CartItem.objects.filter(cart__token=token).count() if token else 0


def prune_visitors_carts() -> int:
    """Forget carts that no visitor has touched for a month. Returns how many."""
    _rows, by_model = Cart.objects.filter(user__isnull=True, updated_at__lt=timezone.now() - VISITORS_CART_LIVES).delete()
    return by_model.get("orders.Cart", 0)
