"""What pages show about buying: the buy box, the cart, an order with its lines."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, QuerySet, Sum

from kit.money import format_money, symbol, to_major
from marketplace.goods import Opening, openings
from marketplace.models import Asset, PricingType, Product, Version
from marketplace.orders.access import Refusal, refusals
from marketplace.orders.forms import SeenPrice
from marketplace.orders.models import Cart, CartItem, Order, OrderLine
from marketplace.orders.pricing import default_offer
from marketplace.orders.services.carts import price_now
from marketplace.pricing import compare_at_label, price_label
from payments.models import Refund

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class BuyBox:
    """What `marketplace/orders/_buybox.html` shows.

    `state` is "buy", "offer" (pay what you want), "free", "owned", "own" or "closed"; for the last three `sentence` says why.
    `opening` is where whoever owns it goes, None for everybody else.
    """

    product: Product
    state: str
    sentence: str = ""
    reason: str = ""
    in_cart: bool = False
    is_visitor: bool = True
    amount: str = ""
    error: str = ""
    opening: Opening | None = None
    key: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def price(self) -> str:
        return price_label(self.product)

    @property
    def compare_at(self) -> str:
        return compare_at_label(self.product)

    @property
    def seen(self) -> str:
        return SeenPrice.write(self.product.price_minor, self.product.currency)

    @property
    def sign(self) -> str:
        """The currency's sign, in front of the amount."""
        return symbol(self.product.currency)

    @property
    def minimum(self) -> str:
        return format_money(self.product.price_minor, self.product.currency) if self.product.price_minor else ""

    @property
    def suggestion(self) -> str:
        return format_money(self.product.suggested_minor, self.product.currency) if self.product.suggested_minor else ""

    @property
    def is_open(self) -> bool:
        return self.state in ("buy", "offer", "free")


def buybox(user: User | AnonymousUser, product: Product, *, amount: str | None = None, error: str = "", in_cart: bool = False) -> BuyBox:
    """What the product page offers `user`. No query for a visitor, at most two for somebody signed in (three for the owner of what is
    not made of files).

    Reads `product.creator`. `amount` and `error` give back what was typed and what is wrong with it.
    """
    refusal = refusals(user, [product]).get(product.pk)
    if refusal:
        state = refusal.reason if refusal.reason in ("own", "owned") else "owned" if refusal.reason == "refunding" else "closed"
        opening = openings([product], user)[product.pk] if state == "owned" else None
        visitor = not user.is_authenticated
        return BuyBox(product, state, sentence=refusal.sentence, reason=refusal.reason, is_visitor=visitor, opening=opening)
    if user.is_authenticated and not in_cart:
        in_cart = CartItem.objects.filter(cart__user=user, product=product).exists()
    state = {PricingType.FREE: "free", PricingType.PWYW: "offer"}.get(PricingType(product.pricing), "buy")
    if amount is None and state == "offer":
        amount = _as_typed(default_offer(product), product.currency)
    return BuyBox(product, state, in_cart=in_cart, is_visitor=not user.is_authenticated, amount=amount or "", error=error)


def _as_typed(minor: int, currency: str) -> str:
    return str(to_major(minor, currency)) if minor else "0"


@dataclass(frozen=True)
class CartRow:
    """One thing in the cart, at today's price. `was` is the price when it was put in, where that was another one."""

    product: Product
    amount_minor: int
    was: str
    refusal: Refusal | None


@dataclass(frozen=True)
class CartGroup:
    """What is paid together: one currency."""

    currency: str
    rows: list[CartRow]
    key: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def buyable(self) -> list[CartRow]:
        return [row for row in self.rows if row.refusal is None]

    @property
    def total_minor(self) -> int:
        return sum(row.amount_minor for row in self.buyable)


def cart_groups(cart: Cart | None, user: User | AnonymousUser) -> list[CartGroup]:
    """The cart by currency, in the order in which things were put in. Two queries, three for somebody signed in."""
    if cart is None:
        return []
    items = list(CartItem.objects.filter(cart=cart).select_related("product__creator__profile"))
    refused = refusals(user, [item.product for item in items])
    groups: dict[str, CartGroup] = {}
    for item in items:
        currency, now = item.product.currency, price_now(item)
        changed = (item.seen_minor, item.seen_currency) != (now, currency)
        was = format_money(item.seen_minor, item.seen_currency) if changed else ""
        row = CartRow(item.product, now, was, refused.get(item.product_id))
        groups.setdefault(currency, CartGroup(currency, [])).rows.append(row)
    return list(groups.values())


def order_lines(order: Order) -> QuerySet[OrderLine]:
    """The lines with all that a page shows of them."""
    return order.lines.select_related("product", "creator__profile", "version")


@dataclass(frozen=True)
class Goods:
    """What a line gave: the files of the newest version, and where it is opened."""

    line: OrderLine
    files: list[Asset]
    opening: Opening

    @property
    def size_bytes(self) -> int:
        return sum(asset.size_bytes for asset in self.files)

    @property
    def only_file(self) -> Asset | None:
        return self.files[0] if len(self.files) == 1 else None


def goods_of(order: Order) -> list[Goods]:
    """Each line that was handed over and not taken back, with its files. Two queries, one more where there is something else than
    files among them."""
    lines = list(order_lines(order).filter(entitlement__isnull=False, entitlement__revoked_at__isnull=True))
    files = newest_files(line.product_id for line in lines)
    places = openings([line.product for line in lines], order.buyer)
    return [Goods(line, files.get(line.product_id, []), places[line.product_id]) for line in lines]


def newest_files(product_ids: Iterable[int]) -> dict[int, list[Asset]]:
    """Product id → files of its newest published version. One query."""
    newest = Version.objects.published().filter(product__in=list(product_ids)).order_by("product", "-number").distinct("product")
    assets = Asset.objects.filter(version__in=newest.values("pk")).select_related("version").order_by("version", "position", "created_at")
    files: dict[int, list[Asset]] = {}
    for asset in assets:
        files.setdefault(asset.version.product_id, []).append(asset)
    return files


def purchases_of(user: User) -> QuerySet[Order]:
    """Orders in which money (or nothing, for a free one) changed hands, newest first."""
    lines = OrderLine.objects.select_related("product", "creator__profile")
    return Order.objects.of(user).settled().order_by("-paid_at", "-pk").prefetch_related(Prefetch("lines", queryset=lines))


def waiting_orders(user: User, *, now: datetime) -> QuerySet[Order]:
    """Orders that can still be paid, newest first."""
    lines = OrderLine.objects.select_related("product", "creator__profile")
    return Order.objects.of(user).waiting().filter(expires_at__gt=now).prefetch_related(Prefetch("lines", queryset=lines))


def refunds_under_way(order: Order) -> int:
    """Minor units that are on their way back to the buyer."""
    if order.payment_id is None:
        return 0
    pending = Refund.objects.filter(payment=order.payment_id, state=Refund.State.PENDING)
    return pending.aggregate(total=Sum("amount_minor"))["total"] or 0
