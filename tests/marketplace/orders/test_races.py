"""Two buyers, two tabs, two webhooks, two workers at once, on real connections: never two grants, two charges or lost counts.

Each race has a twin without the lock. The twin must go wrong, or the test could not see the race. `meet` holds every thread at
the moment between looking and writing until the others have looked too; where a lock keeps them out, the wait runs out.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from kit.events.testing import deliver_all
from marketplace.models import Product
from marketplace.orders import locks
from marketplace.orders.models import Entitlement, Order, OrderNumber
from marketplace.orders.services import fulfilment, ordering, paying
from marketplace.orders.services.fulfilment import fulfil_order, take_free_product
from marketplace.orders.services.ordering import expire_order, place_order
from marketplace.orders.services.paying import settle_order
from payments.models import Payment, Refund
from payments.services.settle import settle_payment
from tests import threads
from tests.factories import make_product, make_user
from tests.marketplace.orders.shop import holds, order, pay_at_the_bank, start_paying, want
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

Meet = Callable[[Any, str, int], None]


@pytest.fixture
def book(ada: User) -> Product:
    return make_product(ada, title="A quiet book")


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Meet:
    """`meet(module, "name", 2)`: see `tests.threads.meet`."""
    unlocked = "without_locks" in request.fixturenames

    def put(module: Any, name: str, many: int) -> None:
        threads.meet(monkeypatch, module, name, many=many, unlocked=unlocked)

    return put


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked_buyer(user_id: int) -> User:
        return User.objects.get(pk=user_id)

    def unlocked_order(order_id: Any) -> Order:
        return Order.objects.select_related("payment", "buyer").get(pk=order_id)

    for module in (locks, ordering, paying, fulfilment):
        for name, fake in (("lock_buyer", unlocked_buyer), ("lock_order", unlocked_order)):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, fake)


def errors_in(results: list[Any]) -> list[Exception]:
    return [result for result in results if isinstance(result, Exception)]


class TestPlacing:
    def place(self, ben: User, book: Product) -> list[Any]:
        def click() -> Order:
            return place_order([want(book)], by=ben, idempotency_key=str(uuid.uuid4()))

        return at_once(click, click)

    @pytest.mark.usefixtures("books_balance")
    def test_two_tabs_make_one_order(self, ben: User, book: Product, meet: Meet) -> None:
        meet(ordering, "_same_order_still_open", 2)
        results = self.place(ben, book)
        assert errors_in(results) == []
        assert {result.pk for result in results} == {Order.objects.get().pk}

    @pytest.mark.usefixtures("without_locks")
    def test_without_the_lock_two_tabs_make_two_orders(self, ben: User, book: Product, meet: Meet) -> None:
        meet(ordering, "_same_order_still_open", 2)
        self.place(ben, book)
        assert Order.objects.count() == 2

    @pytest.mark.usefixtures("books_balance")
    def test_one_submission_sent_eight_times_makes_one_order(self, ben: User, book: Product) -> None:  # R110
        results = at_once(*[partial(place_order, [want(book)], by=ben, idempotency_key="same")] * 8)
        assert errors_in(results) == []
        assert Order.objects.count() == 1

    @pytest.mark.usefixtures("books_balance")
    def test_orders_of_many_buyers_have_numbers_of_their_own(self, book: Product) -> None:
        buyers = [make_user() for _ in range(16)]
        results = at_once(*[partial(order, buyer, book) for buyer in buyers])
        assert errors_in(results) == []
        assert len({result.number for result in results}) == 16
        assert OrderNumber.objects.get().last == 16


class TestHandingOver:
    """The webhook, the buyer's return page, the sweep and two workers, all with the same payment."""

    def paid(self, ben: User, book: Product) -> tuple[Order, Payment]:
        placed = order(ben, book)
        return placed, pay_at_the_bank(start_paying(placed))

    @pytest.mark.usefixtures("books_balance")
    def test_all_at_once_give_one_grant(self, ben: User, book: Product, meet: Meet) -> None:
        placed, payment = self.paid(ben, book)
        settle_payment(payment.pk)
        meet(fulfilment, "lock_order", 2)
        workers = [partial(fulfil_order, placed.pk)] * 4
        results = at_once(*workers, *[partial(settle_order, placed)] * 2, partial(settle_payment, payment.pk))
        deliver_all()
        assert errors_in(results) == []
        book.refresh_from_db()
        assert (holds(ben, book), book.sales_count) == (1, 1)
        assert placed.lines.get().withheld == ""
        assert Payment.objects.filter(state="succeeded").count() == 1
        assert not Refund.objects.exists()

    @pytest.mark.usefixtures("without_locks")
    def test_without_the_lock_the_second_worker_takes_the_first_ones_grant_for_another(self, ben: User, book: Product, meet: Meet) -> None:
        placed, payment = self.paid(ben, book)
        settle_payment(payment.pk)
        meet(fulfilment, "lock_order", 2)
        at_once(*[partial(fulfil_order, placed.pk)] * 2)
        assert placed.lines.get().withheld == "owned"  # the buyer would keep the work and get the money back

    @pytest.mark.usefixtures("books_balance")
    def test_one_work_paid_in_two_orders_is_granted_once_and_paid_back_once(self, ada: User, ben: User, book: Product) -> None:
        alone, both = order(ben, book), order(ben, book, make_product(ada, price_minor=500))
        payments = [pay_at_the_bank(started) for started in (start_without_closing_others(alone), start_without_closing_others(both))]
        webhooks = [partial(settle_payment, payment.pk) for payment in payments]
        results = at_once(*webhooks, partial(settle_order, alone), partial(settle_order, both))
        assert errors_in(results) == []
        deliver_all()
        assert holds(ben, book) == 1
        assert Refund.objects.get().amount_minor == 1900
        book.refresh_from_db()
        assert book.sales_count == 1

    @pytest.mark.usefixtures("books_balance")
    def test_many_buyers_at_once_are_all_counted(self, book: Product) -> None:
        placed = [order(make_user(), book) for _ in range(6)]
        for one in placed:
            pay_at_the_bank(start_paying(one))
        results = at_once(*[partial(settle_order, one) for one in placed])
        deliver_all()
        assert errors_in(results) == []
        book.refresh_from_db()
        assert book.sales_count == 6
        assert Entitlement.objects.active().count() == 6

    @pytest.mark.usefixtures("books_balance")
    def test_expiry_and_payment_at_once_never_keep_money_for_nothing(self, ben: User, book: Product) -> None:
        placed, _payment = self.paid(ben, book)
        Order.objects.filter(pk=placed.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        results = at_once(partial(expire_order, placed), partial(settle_order, placed))
        deliver_all()
        assert errors_in(results) == []
        placed.refresh_from_db()
        assert placed.state == "paid"
        assert holds(ben, book) == 1

    @pytest.mark.usefixtures("books_balance")
    def test_a_free_work_taken_sixteen_times_is_one_grant(self, ada: User, ben: User) -> None:
        gift = make_product(ada, pricing="free")
        results = at_once(*[partial(take_free_product, gift, by=ben)] * 16)
        assert errors_in(results) == []
        assert holds(ben, gift) == 1


class TestPaying:
    """Two tabs with two orders that hold the same work."""

    def press_pay_twice(self, ada: User, ben: User, book: Product) -> list[Any]:
        alone, both = order(ben, book), order(ben, book, make_product(ada, price_minor=500))
        return at_once(partial(start_paying, alone), partial(start_paying, both))

    def one_of_two(self, results: list[Any]) -> bool:
        """One order goes on to be paid; the other is closed, and its buyer told so."""
        told = [type(error).__name__ for error in errors_in(results)] == ["OrderNotOpen"]
        return told and sorted(Order.objects.values_list("state", flat=True)) == ["cancelled", "open"]

    @pytest.mark.usefixtures("books_balance")
    def test_only_one_of_two_orders_can_be_paid(self, ada: User, ben: User, book: Product, meet: Meet) -> None:
        meet(paying, "refusals", 2)
        assert self.one_of_two(self.press_pay_twice(ada, ben, book))
        deliver_all()
        assert Payment.objects.open().count() == 1

    @pytest.mark.usefixtures("without_locks")
    def test_without_the_lock_each_closes_the_other(self, ada: User, ben: User, book: Product, meet: Meet) -> None:
        meet(paying, "refusals", 2)
        assert not self.one_of_two(self.press_pay_twice(ada, ben, book))

    @pytest.mark.usefixtures("books_balance")
    def test_two_tabs_with_one_order_are_one_charge(self, ben: User, book: Product) -> None:
        placed = order(ben, book)
        results = at_once(*[partial(start_paying, placed)] * 4)
        assert errors_in(results) == []
        assert Payment.objects.count() == 1


def start_without_closing_others(placed: Order) -> Payment:
    """What two tabs would have led to before either knew of the other: money is on its way for both."""
    return paying.start_payment(
        reference=placed.number,
        payer=placed.buyer,
        currency=placed.currency,
        lines=paying._shares(placed),
        return_url="http://testserver/",
        cancel_url="http://testserver/",
        description="",
    )
