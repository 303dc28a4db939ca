"""The reconciliation sees when access and money part ways: each rule is broken once, and found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from marketplace.models import Product
from marketplace.orders.checks import _RULES
from marketplace.orders.models import Entitlement, Order, OrderLine
from marketplace.orders.services.ordering import cancel_order
from payments.ledger.reconcile import run_checks
from tests.factories import make_product
from tests.marketplace.orders.shop import buy, order, pay_at_the_bank, start_paying

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(ada: User, ben: User) -> Order:
    return buy(ben, make_product(ada))


def broken() -> set[str]:
    return {result.name for result in run_checks() if result.findings and result.name in _RULES}


def test_sound_orders_break_no_rule(ada: User, ben: User, cleo: User, sold: Order) -> None:
    buy(cleo, make_product(ada, pricing="pwyw", price_minor=0))
    order(cleo, Product.objects.first() or sold.lines.get().product)
    assert broken() == set()


def not_paid(sold: Order) -> None:
    Order.objects.update(state="open")


def refunded_line(sold: Order) -> None:
    OrderLine.objects.update(refunded_minor=F("paid_minor"))


def no_access(sold: Order) -> None:
    Entitlement.objects.all().delete()


def withheld(sold: Order) -> None:
    Entitlement.objects.all().delete()
    OrderLine.objects.update(withheld="owned")
    Order.objects.update(paid_at=timezone.now() - timedelta(hours=2))


def no_payment(sold: Order) -> None:
    Order.objects.update(payment=None)


def other_total(sold: Order) -> None:
    Order.objects.update(total_minor=1)


@pytest.mark.parametrize(
    ("spoil", "rules"),
    [
        (not_paid, {"every access is paid for, free or given"}),
        (
            refunded_line,
            {
                "every access is paid for, free or given",
                "no refunded line gives access",
                "refunds of orders are those of their payments",
            },
        ),
        (no_access, {"every paid line gave access or says why not"}),
        (withheld, {"the money of every withheld line goes back"}),
        (no_payment, {"every paid order has a payment of its amount"}),
        (other_total, {"every paid order has a payment of its amount", "the lines of every order sum to its total"}),
    ],
)
def test_what_is_wrong_is_found(sold: Order, spoil: Callable[[Order], None], rules: set[str]) -> None:
    spoil(sold)
    assert broken() == rules


def test_money_that_was_never_handed_over_is_found(ada: User, ben: User) -> None:
    placed = order(ben, make_product(ada))
    payment = pay_at_the_bank(start_paying(placed))
    cancel_order(placed)
    payment.state, payment.settled_at = "succeeded", timezone.now() - timedelta(hours=2)
    payment.save()
    assert broken() == {"every payment of an order was handed over"}
