"""Handing over what was paid for, taken for free or given; and taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from kit.events import publish
from marketplace.fulfilment import FULFILLERS
from marketplace.models import Product, State
from marketplace.orders.access import may_buy
from marketplace.orders.errors import AlreadyHas, AlreadyRevoked, NotFree, NotPaid
from marketplace.orders.events import LineWithheld, OrderPaid, ProductGranted, ProductRevoked
from marketplace.orders.locks import lock_buyer, lock_order, lock_products
from marketplace.orders.models import Entitlement, Order, OrderLine
from marketplace.orders.services.carts import forget_bought
from payments.models import Payment

if TYPE_CHECKING:
    from accounts.models import User

logger = structlog.get_logger(__name__)


@transaction.atomic
def fulfil_order(order_id: UUID | str) -> Order:
    """Hand over an order that a payment has paid; one that was handed over already stays as it is.

    Money that was taken beats a clock: an order that was cancelled or has expired meanwhile is handed over as well. A line
    that cannot be (its buyer got it by another order, it was taken down, the account is closed) is withheld and its money
    sent back. Raises `NotPaid` without a successful payment of just this amount.
    """
    order = lock_order(order_id)
    if order.is_settled:
        return order
    payment = Payment.objects.counting().filter(reference=order.number, currency=order.currency, amount_minor=order.total_minor).first()
    if payment is None:
        raise NotPaid
    return hand_over(order, payment=payment)


def hand_over(order: Order, *, payment: Payment | None) -> Order:
    """Grant each line of an order whose lock the caller holds. `payment` is None where nothing was to be paid."""
    now = timezone.now()
    order.pay(payment=payment, at=now)
    lines = list(order.lines.all())
    products = lock_products(line.product_id for line in lines)
    held = set(Entitlement.objects.active().of(order.buyer).filter(product__in=products).values_list("product_id", flat=True))
    granted = []
    for line in lines:
        product = products[line.product_id]
        line.sold_at = now
        line.withheld = _why_withheld(order, product, held)
        line.save(update_fields=["sold_at", "withheld"])
        if line.withheld:
            _withhold(order, line)
            continue
        source = Entitlement.Source.PURCHASE if line.paid_minor else Entitlement.Source.FREE
        _grant(product, to=order.buyer, source=source, line=line)
        granted.append(line)
    _count_sales([line.product_id for line in granted if line.paid_minor], +1)
    forget_bought(order.buyer, [line.product_id for line in lines])
    publish(OrderPaid(order_id=str(order.pk)))
    logger.info("order_paid", order=order.number, granted=len(granted), withheld=len(lines) - len(granted))
    return order


@transaction.atomic
def take_free_product(product: Product, *, by: User) -> Entitlement:
    """Access at once, without an order (R222).

    What one has already is a success. Raises `NotFree` where there is a price, and `CannotBuy`.
    """
    buyer = lock_buyer(by.pk)
    product = Product.objects.select_related("creator").get(pk=product.pk)
    held = Entitlement.objects.active().of(buyer).filter(product=product).first()
    if held is not None:
        return held
    may_buy(buyer, product)
    if product.price_minor > 0:
        raise NotFree
    forget_bought(buyer, [product.pk])
    return _grant(product, to=buyer, source=Entitlement.Source.FREE)


@transaction.atomic
def grant_product(product: Product, *, to: User, source: Entitlement.Source, by: User | None = None, note: str = "") -> Entitlement:
    """Give a product to somebody without money: a gift, a promotion, a kindness of the support desk.

    Raises `AlreadyHas`.
    """
    person = lock_buyer(to.pk)
    if Entitlement.objects.active().of(person).filter(product=product).exists():
        raise AlreadyHas
    return _grant(product, to=person, source=source, by=by, note=note)


@transaction.atomic
def revoke_entitlement(entitlement: Entitlement, *, because: str, by: User | None = None) -> Entitlement:
    """Take access away; the row stays as history. Money is another matter: see `refund_line`.

    Raises `AlreadyRevoked`.
    """
    lock_buyer(entitlement.user_id)
    locked = Entitlement.objects.select_for_update(of=("self",)).select_related("product", "user").get(pk=entitlement.pk)
    if not locked.is_active:
        raise AlreadyRevoked
    take_back(locked, because=because, by=by)
    return locked


def take_back(entitlement: Entitlement, *, because: str, by: User | None) -> None:
    """Revoke an active entitlement whose owner's lock the caller holds."""
    entitlement.revoke(because=because, by=by, at=timezone.now())
    if fulfiller := FULFILLERS.get(entitlement.product.kind):
        fulfiller.revoke(entitlement.user, entitlement.product, entitlement.pk)
    publish(ProductRevoked(entitlement_id=entitlement.pk, user_id=entitlement.user_id, product_id=entitlement.product_id))
    logger.info("product_revoked", entitlement=entitlement.pk, product=entitlement.product_id, user=entitlement.user_id)


def give_back(entitlement: Entitlement) -> None:
    """Undo `take_back`, for a refund that failed at the bank. The caller holds the owner's lock."""
    entitlement.restore()
    if fulfiller := FULFILLERS.get(entitlement.product.kind):
        fulfiller.grant(entitlement.user, entitlement.product, entitlement.pk)
    publish(ProductGranted(entitlement_id=entitlement.pk, user_id=entitlement.user_id, product_id=entitlement.product_id))
    logger.info("product_given_back", entitlement=entitlement.pk)


def count_sale_back(product_id: int) -> None:
    _count_sales([product_id], -1)


def count_sale_again(product_id: int) -> None:
    _count_sales([product_id], +1)


def _why_withheld(order: Order, product: Product, held: set[int]) -> str:
    if order.buyer.closed_at is not None:
        return OrderLine.Withheld.CLOSED
    if product.pk in held:
        return OrderLine.Withheld.OWNED
    if product.state == State.REMOVED:
        return OrderLine.Withheld.REMOVED
    return ""


def _withhold(order: Order, line: OrderLine) -> None:
    logger.warning("line_withheld", order=order.number, line=str(line.pk), because=line.withheld)
    if line.paid_minor:
        publish(LineWithheld(order_id=str(order.pk), line_id=str(line.pk)))


def _grant(
    product: Product, *, to: User, source: Entitlement.Source, line: OrderLine | None = None, by: User | None = None, note: str = ""
) -> Entitlement:
    entitlement = Entitlement.objects.create(user=to, product=product, line=line, source=source, granted_by=by, note=note[:200])
    if fulfiller := FULFILLERS.get(product.kind):
        fulfiller.grant(to, product, entitlement.pk)
    publish(ProductGranted(entitlement_id=entitlement.pk, user_id=to.pk, product_id=product.pk))
    logger.info("product_granted", entitlement=entitlement.pk, product=product.pk, user=to.pk, source=source.value)
    return entitlement


def _count_sales(product_ids: list[int], step: int) -> None:
    lock_products(product_ids)
    Product.objects.filter(pk__in=product_ids).update(sales_count=F("sales_count") + step)
