"""Money on its way back, per line; only a full refund takes the access."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core import mail

from accounts.models import User
from kit.events.testing import deliver_all
from marketplace.models import Product
from marketplace.orders import errors
from marketplace.orders.access import why_not_buy
from marketplace.orders.models import Entitlement
from marketplace.orders.services.refunds import refund_line, refund_order
from payments.errors import GatewayUnreachable
from payments.gateway import RefundState, replaced_gateway
from payments.gateways.models import SandboxCheckout
from payments.gateways.sandbox import SandboxGateway
from payments.ledger.models import Entry
from payments.models import Refund
from payments.services.refunds import settle_refund
from tests.factories import make_product
from tests.marketplace.orders.shop import buy, holds
from tests.payments.faulty_gateway import FaultyGateway

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_balance")]


@pytest.fixture
def book(ada: User) -> Product:
    return make_product(ada, title="A quiet book")


def test_a_full_refund_takes_the_access_and_the_sale(ada: User, ben: User, mo: User, book: Product) -> None:
    placed = buy(ben, book)
    mail.outbox.clear()
    refund_order(placed, by=mo, reason="Not what it said.")
    deliver_all()
    placed.refresh_from_db()
    book.refresh_from_db()
    assert placed.state == "refunded"
    assert placed.lines.get().refunded_minor == 1900
    assert holds(ben, book) == 0
    assert book.sales_count == 0
    assert sum(Entry.objects.filter(account__owner=ada).values_list("amount_minor", flat=True)) == 0
    assert "€19.00" in mail.outbox[0].body
    assert "Not what it said." in mail.outbox[0].body


def test_part_of_the_money_leaves_the_access(ben: User, mo: User, book: Product) -> None:
    placed = buy(ben, book)
    refund_line(placed.lines.get(), by=mo, reason="Half of it is late.", amount_minor=900)
    deliver_all()
    placed.refresh_from_db()
    assert placed.lines.get().refunded_minor == 900
    assert placed.state == "paid"
    assert holds(ben, book) == 1
    refund_order(placed, by=mo, reason="All of it, then.")
    deliver_all()
    placed.refresh_from_db()
    assert placed.state == "refunded"
    assert holds(ben, book) == 0


def test_one_line_of_two_takes_one_access(ada: User, ben: User, mo: User, book: Product) -> None:
    other = make_product(ada, price_minor=500)
    placed = buy(ben, book, other)
    refund_line(placed.lines.get(product=other), by=mo, reason="Broken file.")
    deliver_all()
    placed.refresh_from_db()
    assert placed.state == "paid"
    assert (holds(ben, book), holds(ben, other)) == (1, 0)


def test_asking_twice_is_one_refund(ben: User, mo: User, book: Product) -> None:
    placed = buy(ben, book)
    refund_order(placed, by=mo, reason="Once.")
    with pytest.raises(errors.NothingToRefund):
        refund_order(placed, by=mo, reason="Twice.")
    assert Refund.objects.count() == 1


def test_more_than_was_paid_cannot_be_sent_back(ben: User, mo: User, book: Product) -> None:
    placed = buy(ben, book)
    with pytest.raises(errors.NothingToRefund):
        refund_line(placed.lines.get(), by=mo, reason="Too much.", amount_minor=1901)
    assert not Refund.objects.exists()


def test_an_order_that_cost_nothing_has_nothing_to_send_back(ada: User, ben: User, mo: User) -> None:
    placed = buy(ben, make_product(ada, pricing="pwyw", price_minor=0))
    with pytest.raises(errors.NothingToRefund):
        refund_order(placed, by=mo, reason="But why.")


def test_a_refund_that_the_bank_turns_down_changes_nothing(ben: User, mo: User, book: Product) -> None:
    placed = buy(ben, book)
    SandboxCheckout.objects.update(refunds_fail=True)
    refund_order(placed, by=mo, reason="Please.")
    deliver_all()
    placed.refresh_from_db()
    assert placed.state == "paid"
    assert placed.lines.get().refunded_minor == 0
    assert holds(ben, book) == 1
    SandboxCheckout.objects.update(refunds_fail=False)
    refund_order(placed, by=mo, reason="Please, again.")
    deliver_all()
    placed.refresh_from_db()
    assert placed.state == "refunded"
    assert Refund.objects.count() == 2


def test_access_comes_back_when_a_refund_fails_after_all(ben: User, mo: User, book: Product) -> None:
    placed = buy(ben, book)
    refund = refund_order(placed, by=mo, reason="Closed account at the bank.")
    deliver_all()
    assert holds(ben, book) == 0
    gateway = FaultyGateway(SandboxGateway())
    gateway.answers["read_refund"] = lambda answer: replace(answer, state=RefundState.FAILED, failure="returned")
    with replaced_gateway(gateway):
        settle_refund(refund.pk)
    deliver_all()
    placed.refresh_from_db()
    book.refresh_from_db()
    assert placed.state == "paid"
    assert placed.lines.get().refunded_minor == 0
    assert holds(ben, book) == 1
    assert book.sales_count == 1
    assert Entitlement.objects.count() == 1


def test_after_a_refund_one_may_buy_again(ben: User, mo: User, book: Product) -> None:
    refund_order(buy(ben, book), by=mo, reason="Too early.")
    deliver_all()
    assert why_not_buy(ben, book) is None
    buy(ben, book)
    assert holds(ben, book) == 1


def test_while_the_refund_is_on_its_way_one_may_not_buy_again(ben: User, mo: User, book: Product) -> None:
    placed = buy(ben, book)
    gateway = FaultyGateway(SandboxGateway())
    gateway.before["send_refund"] = [GatewayUnreachable("no answer")]
    with replaced_gateway(gateway):
        refund_order(placed, by=mo, reason="Slow bank.")
    assert "refund for this is still on its way" in str(why_not_buy(ben, book))
