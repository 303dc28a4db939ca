"""Placing orders and closing those that were never paid."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from django.db import connection, transaction
from django.utils import timezone

from kit.errors import Conflict
from kit.events import publish
from kit.money import format_money
from marketplace.models import Product, Version
from marketplace.orders.access import refusals
from marketplace.orders.errors import CannotBuy, MixedCurrencies, NothingToOrder, PriceChanged, TooMuchAtOnce
from marketplace.orders.events import OrderClosed, OrderPlaced
from marketplace.orders.locks import lock_buyer, lock_order
from marketplace.orders.models import Cart, CartItem, Order, OrderLine
from marketplace.orders.pricing import price_to_pay, rates, split_price
from marketplace.orders.services.carts import price_now
from marketplace.orders.services.fulfilment import hand_over
from marketplace.pricing import LARGEST_CHARGE

if TYPE_CHECKING:
    from accounts.models import User

logger = structlog.get_logger(__name__)

ORDER_LIVES: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Wanted:
    """One thing to order: the price that its buyer saw, in minor units, and what she offers for pay-what-you-want."""

    product_id: int
    seen_minor: int
    seen_currency: str
    offered_minor: int | None = None


@transaction.atomic
def place_order(wanted: Sequence[Wanted], *, by: User, idempotency_key: str, receipt_email: str = "") -> Order:
    """Freeze prices, shares and versions into an order that waits to be paid; one that costs nothing is handed over at once.

    The same `idempotency_key` of the same buyer gives the same order, and so does wanting just what an order of hers that
    is still open holds at the same prices: two clicks, two tabs and a reload do not make two orders.

    Raises `CannotBuy`, `PriceChanged` (the price is not the one that was seen), `OfferRefused`, `MixedCurrencies` and
    `NothingToOrder`; nothing is written then.
    """
    buyer = lock_buyer(by.pk)
    key = _scoped(idempotency_key, buyer)
    earlier = Order.objects.filter(idempotency_key=key).first()
    if earlier is not None:
        return earlier
    priced = _price(wanted, buyer)
    currency = priced[0][0].currency
    twin = _same_order_still_open(buyer, currency, priced)
    if twin is not None:
        return twin
    now = timezone.now()
    order = Order.objects.create(
        number=next_order_number(now.year),
        buyer=buyer,
        currency=currency,
        total_minor=sum(amount for _product, amount in priced),
        billing_name=buyer.name[:120],
        receipt_email=receipt_email or buyer.email,
        idempotency_key=key,
        expires_at=now + ORDER_LIVES,
    )
    OrderLine.objects.bulk_create(_lines(order, priced))
    publish(OrderPlaced(order_id=str(order.pk)))
    logger.info("order_placed", order=order.number, lines=len(priced), total_minor=order.total_minor, currency=currency)
    if order.total_minor == 0:
        hand_over(order, payment=None)
    return order


def order_product(
    product: Product, *, by: User, seen_minor: int, seen_currency: str, idempotency_key: str, offered_minor: int | None = None
) -> Order:
    """Buy now: an order of one product, past the cart."""
    return place_order([Wanted(product.pk, seen_minor, seen_currency, offered_minor)], by=by, idempotency_key=idempotency_key)


def order_cart(cart: Cart, *, by: User, currency: str, seen: dict[int, int], idempotency_key: str) -> Order:
    """An order of what the cart's page offered to pay together: `seen` holds product id → the price that it showed, all in
    `currency`. What came into the cart since then waits for the next time.

    What lies in the cart stays there until it is paid. Raises what `place_order` raises.
    """
    items = CartItem.objects.filter(cart=cart, product__currency=currency, product__in=seen).select_related("product")
    wanted = [
        Wanted(item.product_id, seen[item.product_id], currency, None if item.offered_minor is None else price_now(item)) for item in items
    ]
    return place_order(wanted, by=by, idempotency_key=idempotency_key)


def order_again(order: Order, *, by: User, idempotency_key: str) -> Order:
    """A new order of what an order that was never paid held, at today's prices, without what can no longer be bought.

    Raises `NothingToOrder` when nothing of it can be bought any more.
    """
    lines = list(order.lines.select_related("product__creator"))
    refused = refusals(by, [line.product for line in lines])
    wanted = []
    for line in lines:
        product = line.product
        if product.pk in refused or product.currency != order.currency:
            continue
        offer = max(line.paid_minor, product.price_minor) if product.pricing == "pwyw" else None
        wanted.append(Wanted(product.pk, price_to_pay(product, offer), product.currency, offer))
    return place_order(wanted, by=by, idempotency_key=idempotency_key)


@transaction.atomic
def cancel_order(order: Order) -> Order:
    """The buyer does not want it any more. An order that is not open any more stays as it is."""
    locked = lock_order(order.pk)
    if locked.is_open:
        close_unpaid(locked, Order.State.CANCELLED)
    return locked


@transaction.atomic
def expire_order(order: Order) -> bool:
    """Close an order whose time is over. False when it was paid or closed meanwhile.

    A payment that arrives all the same is taken: see `fulfil_order`.
    """
    locked = lock_order(order.pk)
    if not locked.is_over:
        return False
    close_unpaid(locked, Order.State.EXPIRED)
    return True


def close_unpaid(order: Order, state: Order.State) -> None:
    """Close an order that was not paid. The caller holds its lock."""
    order.close(state, at=timezone.now())
    publish(OrderClosed(order_id=str(order.pk)))
    logger.info("order_closed", order=order.number, state=state.value)


def _scoped(key: str, buyer: User) -> str:
    if not key:
        raise Conflict
    return hashlib.sha256(f"{buyer.pk}:{key}".encode()).hexdigest()


def _price(wanted: Sequence[Wanted], buyer: User) -> list[tuple[Product, int]]:
    by_id = {one.product_id: one for one in wanted}
    products = list(Product.objects.filter(pk__in=by_id).select_related("creator").order_by("pk"))
    if not products or len(products) != len(by_id):
        raise NothingToOrder
    refused = refusals(buyer, products)
    for product in products:
        if refusal := refused.get(product.pk):
            raise CannotBuy(refusal.sentence, reason=refusal.reason, product=product.slug)
    priced = [(product, price_to_pay(product, by_id[product.pk].offered_minor)) for product in products]
    changes = [
        (product.title, format_money(one.seen_minor, one.seen_currency), format_money(amount, product.currency))
        for product, amount in priced
        if (one := by_id[product.pk]) and (one.seen_minor, one.seen_currency) != (amount, product.currency)
    ]
    if changes:
        raise PriceChanged(changes)
    if len({product.currency for product in products}) > 1:
        raise MixedCurrencies
    if sum(amount for _product, amount in priced) > LARGEST_CHARGE:
        raise TooMuchAtOnce
    order_of_wishes = list(by_id)
    return sorted(priced, key=lambda pair: order_of_wishes.index(pair[0].pk))


def _same_order_still_open(buyer: User, currency: str, priced: list[tuple[Product, int]]) -> Order | None:
    same = {(product.pk, amount) for product, amount in priced}
    total = sum(amount for _product, amount in priced)
    candidates = Order.objects.of(buyer).waiting().filter(currency=currency, total_minor=total, expires_at__gt=timezone.now())
    for order in candidates.prefetch_related("lines"):
        if {(line.product_id, line.paid_minor) for line in order.lines.all()} == same:
            return order
    return None


def _lines(order: Order, priced: list[tuple[Product, int]]) -> list[OrderLine]:
    rate_of = rates(product.creator_id for product, _amount in priced)
    versions = _current_versions([product for product, _amount in priced])
    lines = []
    for position, (product, amount) in enumerate(priced):
        fee_bps = rate_of[product.creator_id]
        creator_minor, platform_minor = split_price(amount, fee_bps)
        lines.append(
            OrderLine(
                order=order,
                product=product,
                version=versions.get(product.pk),
                creator=product.creator,
                title=product.title,
                kind=product.kind,
                price_minor=amount,
                paid_minor=amount,
                fee_bps=fee_bps,
                creator_minor=creator_minor,
                platform_minor=platform_minor,
                position=position,
            )
        )
    return lines


def _current_versions(products: list[Product]) -> dict[int, Version]:
    published = Version.objects.published().filter(product__in=products).order_by("product", "-number").distinct("product")
    return {version.product_id: version for version in published}


def next_order_number(year: int) -> str:
    """As in A-2026-01187. Counted in one statement, which locks the year's row until the order is committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_ordernumber AS counter (year, last) VALUES (%s, 1)"
            " ON CONFLICT (year) DO UPDATE SET last = counter.last + 1 RETURNING last",
            [year],
        )
        (last,) = cursor.fetchone()
    return f"A-{year}-{last:05d}"
