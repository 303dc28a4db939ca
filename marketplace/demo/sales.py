"""Ninety days of trade: orders, payments, ledger, grants, downloads, views and reviews that agree with each other.

The rows are what the services would have left behind, dated in the past; the books are written by the ledger itself, and
`manage.py reconcile_ledger` finds nothing wrong with them.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Sum
from django.utils import timezone

from accounts.models import User
from kit.money import share
from marketplace.delivery.models import Download
from marketplace.demo.content import Work
from marketplace.insights.models import ProductDay
from marketplace.models import PricingType, Product, Version
from marketplace.orders.models import Entitlement, Order, OrderLine
from marketplace.orders.services.ordering import next_order_number
from marketplace.reviews.models import Review
from payments.books import get_books
from payments.gateways.models import SandboxCheckout, SandboxRefund
from payments.models import Payment, PaymentLine, Refund, RefundLine

DAYS = 90
SEED = 20260801
REFUNDED_SHARE = 0.04
COUNTRIES = ["PT", "DE", "CL", "SE", "JP", "NL", "ES", "GB", "NG", "BD", "DK", "FR"]


@dataclass(kw_only=True)
class Basket:
    """What one buyer takes at one moment: works of one currency."""

    buyer: User
    at: datetime
    products: list[Product] = field(default_factory=list)


@transaction.atomic
def ensure_sales(products: Iterable[Product], works: Mapping[int, Work], people: Mapping[str, User]) -> int:
    """The trade of the last 90 days, made once: all of it or none. Returns how many orders were made now."""
    on_sale = [product for product in products if product.published_at is not None]
    if OrderLine.objects.filter(product__in=on_sale).exists():
        return 0
    dice = random.Random(SEED)  # noqa: S311 - the same demo every time, not a secret
    buyers = [user for user in people.values() if not user.is_staff]
    baskets = plan_baskets(dice, on_sale, works, buyers, people)
    trade = Trade(dice, on_sale)
    for basket in baskets:
        trade.sell(basket)
    trade.write()
    _view(dice, on_sale, works)
    _review(works, people)
    _count(on_sale)
    return len(baskets)


def plan_baskets(
    dice: random.Random, products: list[Product], works: Mapping[int, Work], buyers: list[User], people: Mapping[str, User]
) -> list[Basket]:
    """Who takes what and when, oldest first. Nobody buys her own work or anything twice; whoever reviews it has it."""
    now = timezone.now()
    owned: set[tuple[int, int]] = set()
    baskets: list[Basket] = []

    def moment(product: Product) -> datetime:
        assert product.published_at is not None
        start = max(product.published_at, now - timedelta(days=DAYS))
        end = product.archived_at or now - timedelta(minutes=20)
        # More trade lately than long ago, and in waking hours.
        age = (end - start) * (1 - dice.random() ** 0.7)
        at = end - age
        return min(at.replace(hour=dice.choice([8, 9, 10, 12, 13, 16, 18, 20, 21, 22]), minute=dice.randrange(60)), end)

    def take(buyer: User, product: Product) -> None:
        if buyer == product.creator or (buyer.pk, product.pk) in owned:
            return
        owned.add((buyer.pk, product.pk))
        at = moment(product)
        basket = Basket(buyer=buyer, at=at, products=[product])
        for other in dice.sample(products, 3):
            fits = other.currency == product.currency and other.creator != buyer and (buyer.pk, other.pk) not in owned
            if fits and dice.random() < 0.12 and other.published_at and other.published_at < at and other.archived_at is None:
                owned.add((buyer.pk, other.pk))
                basket.products.append(other)
        baskets.append(basket)

    for product in products:
        for review in works[product.pk].reviews:
            take(people[review["by"]], product)
        for buyer in buyers:
            if dice.random() < works[product.pk].popularity / 11:
                take(buyer, product)
    return sorted(baskets, key=lambda basket: basket.at)


class Trade:
    """The rows of many sales, gathered first and written together: one by one they would take the demo's whole start-up time."""

    def __init__(self, dice: random.Random, products: Iterable[Product]) -> None:
        self.dice = dice
        self.orders: list[Order] = []
        self.lines: list[OrderLine] = []
        self.banks: list[SandboxCheckout] = []
        self.payments: list[Payment] = []
        self.payment_lines: list[PaymentLine] = []
        self.entitlements: list[Entitlement] = []
        self.downloads: list[tuple[Download, OrderLine]] = []
        self.returned: list[tuple[Order, datetime]] = []
        self.versions: dict[int, list[Version]] = defaultdict(list)
        for version in Version.objects.published().filter(product__in=products).prefetch_related("assets").order_by("-number"):
            self.versions[version.product_id].append(version)

    def sell(self, basket: Basket) -> None:
        """One order, paid at once."""
        prices = [_price(self.dice, product) for product in basket.products]
        order = Order(
            number=next_order_number(basket.at.year),
            buyer=basket.buyer,
            currency=basket.products[0].currency,
            total_minor=sum(prices),
            state=Order.State.PAID,
            billing_name=basket.buyer.name,
            billing_country=self.dice.choice(COUNTRIES),
            receipt_email=basket.buyer.email,
            idempotency_key=uuid.uuid4().hex,
            expires_at=basket.at + timedelta(days=1),
            paid_at=basket.at,
        )
        lines = [self._line(order, product, price, n) for n, (product, price) in enumerate(zip(basket.products, prices, strict=True))]
        if order.total_minor:
            order.payment = self._pay(order, lines, basket.at)
        self.orders.append(order)
        for line in lines:
            self._hand_over(line, basket)
        is_old_enough = basket.at < timezone.now() - timedelta(days=5)
        if order.total_minor and len(lines) == 1 and is_old_enough and self.dice.random() < REFUNDED_SHARE:
            self.returned.append((order, basket.at + timedelta(days=self.dice.randint(1, 4))))

    def _line(self, order: Order, product: Product, price: int, position: int) -> OrderLine:
        fee = share(price, settings.PLATFORM_FEE_BPS)
        line = OrderLine(
            order=order,
            product=product,
            version=self._version(product, order.paid_at),
            creator=product.creator,
            title=product.title,
            kind=product.kind,
            price_minor=price,
            paid_minor=price,
            fee_bps=settings.PLATFORM_FEE_BPS,
            creator_minor=price - fee,
            platform_minor=fee,
            sold_at=order.paid_at,
            position=position,
        )
        self.lines.append(line)
        return line

    def _version(self, product: Product, at: datetime | None) -> Version | None:
        out = [version for version in self.versions[product.pk] if version.published_at and at and version.published_at <= at]
        return out[0] if out else None

    def _pay(self, order: Order, lines: list[OrderLine], at: datetime) -> Payment:
        bank = SandboxCheckout(
            id=f"sbx_co_{uuid.uuid4().hex[:24]}",
            key=uuid.uuid4().hex,
            request_digest="0" * 64,
            reference=order.number,
            payer=str(order.buyer_id),
            amount_minor=order.total_minor,
            currency=order.currency,
            description=order.number,
            return_url=settings.SITE_URL,
            cancel_url=settings.SITE_URL,
            state=SandboxCheckout.State.PAID,
            charge_id=f"sbx_ch_{uuid.uuid4().hex[:24]}",
            fee_minor=0,
            expires_at=at + timedelta(days=1),
            ended_at=at,
        )
        payment = Payment(
            reference=order.number,
            payer=order.buyer,
            gateway="sandbox",
            gateway_id=bank.pk,
            gateway_charge_id=bank.charge_id,
            return_url=settings.SITE_URL,
            cancel_url=settings.SITE_URL,
            description=f"{settings.SITE_NAME} order {order.number}",
            currency=order.currency,
            amount_minor=order.total_minor,
            gateway_fee_minor=0,
            state=Payment.State.SUCCEEDED,
            expires_at=at + timedelta(days=1),
            submitted_at=at,
            settled_at=at,
        )
        self.banks.append(bank)
        self.payments.append(payment)
        self.payment_lines += [
            PaymentLine(
                payment=payment,
                reference=str(line.pk),
                payee=line.creator,
                description=line.title,
                amount_minor=line.paid_minor,
                fee_bps=line.fee_bps,
                payee_minor=line.creator_minor,
                platform_minor=line.platform_minor,
            )
            for line in lines
            if line.paid_minor
        ]
        return payment

    def _hand_over(self, line: OrderLine, basket: Basket) -> None:
        source = Entitlement.Source.PURCHASE if line.paid_minor else Entitlement.Source.FREE
        entitlement = Entitlement(user=basket.buyer, product=line.product, line=line, source=source, granted_at=basket.at)
        self.entitlements.append(entitlement)
        for asset in line.version.assets.all() if line.version else []:
            if self.dice.random() < 0.85:
                fetched = Download(
                    user=basket.buyer,
                    product=line.product,
                    version=line.version,
                    asset=asset,
                    file_name=asset.name,
                    size_bytes=asset.size_bytes,
                    ip=f"192.0.2.{self.dice.randrange(1, 255)}",
                    user_agent="Mozilla/5.0",
                    at=basket.at + timedelta(minutes=self.dice.randint(1, 90)),
                )
                self.downloads.append((fetched, line))

    def write(self) -> None:
        """All of it, in the order in which rows need one another; then the books, and what went back."""
        SandboxCheckout.objects.bulk_create(self.banks)
        Payment.objects.bulk_create(self.payments)
        Payment.objects.filter(pk__in=[payment.pk for payment in self.payments]).update(created_at=F("settled_at") - timedelta(minutes=2))
        PaymentLine.objects.bulk_create(self.payment_lines)
        Order.objects.bulk_create(self.orders)
        Order.objects.filter(pk__in=[order.pk for order in self.orders]).update(created_at=F("paid_at") - timedelta(minutes=3))
        OrderLine.objects.bulk_create(self.lines)
        Entitlement.objects.bulk_create(self.entitlements)
        of_line = {entitlement.line_id: entitlement for entitlement in self.entitlements}
        for fetched, line in self.downloads:
            fetched.entitlement = of_line[line.pk]
        Download.objects.bulk_create(fetched for fetched, _line in self.downloads)
        books = get_books()
        for payment in self.payments:
            books.record_sale(payment)
        for order, at in self.returned:
            _send_back(order, at)


def _price(dice: random.Random, product: Product) -> int:
    if product.pricing == PricingType.PWYW:
        suggested = product.suggested_minor or product.price_minor
        return dice.choice([product.price_minor, suggested, suggested])
    return product.price_minor


def _send_back(order: Order, at: datetime) -> None:
    """The whole of an order of one line, which takes the access with it."""
    payment, line = order.payment, order.lines.get()
    assert payment is not None
    paid = payment.lines.get()
    bank = SandboxCheckout.objects.get(pk=payment.gateway_id)
    returned = SandboxRefund.objects.create(
        id=f"sbx_re_{uuid.uuid4().hex[:24]}",
        key=uuid.uuid4().hex,
        checkout=bank,
        amount_minor=line.paid_minor,
        state=SandboxRefund.State.SUCCEEDED,
    )
    SandboxCheckout.objects.filter(pk=bank.pk).update(refunded_minor=line.paid_minor)
    refund = Refund.objects.create(
        payment=payment,
        key=f"demo:{order.number}",
        amount_minor=line.paid_minor,
        reason="Bought by mistake",
        gateway_id=returned.pk,
        state=Refund.State.SUCCEEDED,
        settled_at=at,
    )
    Refund.objects.filter(pk=refund.pk).update(created_at=at)
    RefundLine.objects.create(
        refund=refund, line=paid, amount_minor=paid.amount_minor, payee_minor=paid.payee_minor, platform_minor=paid.platform_minor
    )
    PaymentLine.objects.filter(pk=paid.pk).update(refunded_minor=paid.amount_minor)
    get_books().record_refund(refund)
    OrderLine.objects.filter(pk=line.pk).update(refunded_minor=line.paid_minor)
    Order.objects.filter(pk=order.pk).update(state=Order.State.REFUNDED, closed_at=at)
    Entitlement.objects.filter(line=line).update(revoked_at=at, revoked_because="Refunded")


def _view(dice: random.Random, products: list[Product], works: Mapping[int, Work]) -> None:
    """Views a day: a few for each point of popularity, and those of the buyers."""
    today = timezone.now().date()
    sold: Counter[tuple[int, date]] = Counter()
    for product_id, at in OrderLine.objects.filter(product__in=products, sold_at__isnull=False).values_list("product_id", "sold_at"):
        if at is not None:
            sold[product_id, at.date()] += 1
    rows = []
    for product in products:
        assert product.published_at is not None
        first = max(product.published_at.date(), today - timedelta(days=DAYS - 1))
        last = product.archived_at.date() if product.archived_at else today
        for n in range((last - first).days + 1):
            day = first + timedelta(days=n)
            views = sold[product.pk, day] + int(dice.triangular(0, 4 + 3 * works[product.pk].popularity, 2))
            if views:
                rows.append(ProductDay(product=product, day=day, views=views))
    ProductDay.objects.bulk_create(rows)


def _review(works: Mapping[int, Work], people: Mapping[str, User]) -> None:
    """The written reviews, by those who (still) have the work."""
    held = {
        (user_id, product_id): granted_at
        for user_id, product_id, granted_at in Entitlement.objects.active()
        .filter(product__in=works)
        .values_list("user_id", "product_id", "granted_at")
    }
    for product_id, work in works.items():
        for written in work.reviews:
            author = people[written["by"]]
            granted_at = held.get((author.pk, product_id))
            if granted_at is None:
                continue
            review = Review.objects.create(
                product_id=product_id, author=author, stars=written["stars"], title=written.get("title", ""), text=written.get("text", "")
            )
            at = min(granted_at + timedelta(days=3), timezone.now())
            Review.objects.filter(pk=review.pk).update(created_at=at, updated_at=at)


def _count(products: list[Product]) -> None:
    """The counters on the products, from the rows that they count."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    sources = {
        "sales_count": Entitlement.objects.active().values_list("product").annotate(n=Count("pk")),
        "download_count": Download.objects.values_list("product").annotate(n=Count("pk")),
        "rating_count": Review.objects.values_list("product").annotate(n=Count("pk")),
        "rating_sum": Review.objects.values_list("product").annotate(n=Sum("stars")),
    }
    for name, rows in sources.items():
        for product_id, n in rows.order_by():
            counts[product_id][name] = n
    for product in products:
        Product.objects.filter(pk=product.pk).update(**counts[product.pk])
