"""An order freezes what its buyer agreed to, or says why it cannot be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from marketplace.models import Product
from marketplace.orders import errors
from marketplace.orders.models import Entitlement, Order, OrderLine, SellerTerms
from marketplace.orders.services.ordering import Wanted, cancel_order, expire_order, order_again, place_order
from marketplace.orders.tasks import expire_overdue
from tests.factories import make_product, make_user
from tests.marketplace.orders.shop import buy, holds, order, want

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_balance")]


@pytest.fixture
def book(ada: User) -> Product:
    return make_product(ada, title="A quiet book")


def test_an_order_freezes_price_version_and_shares(ben: User, book: Product) -> None:  # R98, R114, R115
    placed = order(ben, book)
    Product.objects.filter(pk=book.pk).update(price_minor=9900, title="Renamed")
    placed.refresh_from_db()
    line = placed.lines.get()
    assert (placed.state, placed.total_minor, placed.currency) == ("open", 1900, "EUR")
    assert (line.title, line.paid_minor, line.fee_bps, line.creator_minor, line.platform_minor) == ("A quiet book", 1900, 3000, 1330, 570)
    assert line.version is not None
    assert line.version.label == "1.0.0"
    assert line.sold_at is None
    assert not Entitlement.objects.exists()


def test_the_numbers_of_a_year_count_up(ben: User, cleo: User, book: Product) -> None:
    first, second = order(ben, book), order(cleo, book)
    year = timezone.now().year
    assert [first.number, second.number] == [f"A-{year}-00001", f"A-{year}-00002"]


def test_a_creator_with_terms_of_her_own_is_charged_her_own_rate(ada: User, ben: User, book: Product) -> None:  # R114
    terms = SellerTerms.objects.create(creator=ada, fee_bps=1200)
    line = order(ben, book).lines.get()
    terms.fee_bps = 5000
    terms.save()
    line.refresh_from_db()
    assert (line.fee_bps, line.platform_minor, line.creator_minor) == (1200, 228, 1672)


def test_the_same_submission_makes_one_order(ben: User, book: Product) -> None:  # R110
    first = order(ben, book, key="one-click")
    second = order(ben, book, key="one-click")
    assert first.pk == second.pk
    assert Order.objects.count() == 1


def test_another_buyers_key_is_not_mine(ben: User, cleo: User, book: Product) -> None:
    assert order(ben, book, key="same").pk != order(cleo, book, key="same").pk


def test_wanting_the_same_again_goes_on_with_the_open_order(ben: User, book: Product) -> None:
    assert order(ben, book).pk == order(ben, book).pk


def test_a_price_that_was_not_seen_asks_again(ben: User, book: Product) -> None:
    with pytest.raises(errors.PriceChanged) as refused:
        place_order([Wanted(book.pk, 1500, "EUR")], by=ben, idempotency_key="k")
    assert refused.value.changes == [("A quiet book", "€15.00", "€19.00")]
    with pytest.raises(errors.PriceChanged):
        place_order([Wanted(book.pk, 1900, "USD")], by=ben, idempotency_key="k")
    assert not Order.objects.exists()


def test_two_currencies_are_two_orders(ada: User, ben: User, book: Product) -> None:
    yen = make_product(ada, currency="JPY", price_minor=3000)
    with pytest.raises(errors.MixedCurrencies):
        order(ben, book, yen)
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("state", "says"),
    [("draft", "not on sale yet"), ("submitted", "not on sale yet"), ("rejected", "not on sale yet"), ("approved", "not on sale yet"),
     ("archived", "no longer sold"), ("removed", "taken down")],
)  # fmt: skip
def test_what_is_not_on_sale_says_why(ada: User, ben: User, state: str, says: str) -> None:
    product = make_product(ada, state=state)
    with pytest.raises(errors.CannotBuy, match=says):
        order(ben, product)
    assert not Order.objects.exists()


def test_ones_own_work_cannot_be_bought(ada: User, book: Product) -> None:
    with pytest.raises(errors.CannotBuy, match="your own work") as refused:
        order(ada, book)
    assert refused.value.reason == "own"


def test_what_one_has_cannot_be_bought_again(ben: User, book: Product) -> None:
    buy(ben, book)
    with pytest.raises(errors.CannotBuy, match="have this already") as refused:
        order(ben, book)
    assert refused.value.reason == "owned"
    assert Order.objects.count() == 1


def test_a_suspended_creators_work_cannot_be_bought(ada: User, ben: User, book: Product) -> None:
    ada.is_active, ada.suspended_at = False, timezone.now()
    ada.save()
    with pytest.raises(errors.CannotBuy, match="does not sell at the moment"):
        order(ben, book)


def test_one_refused_work_refuses_the_whole_order(ada: User, ben: User, book: Product) -> None:
    gone = make_product(ada, state="archived")
    with pytest.raises(errors.CannotBuy):
        order(ben, book, gone)
    assert not OrderLine.objects.exists()


class TestPayWhatYouWant:  # R174
    @pytest.fixture
    def zine(self, ada: User) -> Product:
        return make_product(ada, pricing="pwyw", price_minor=300, suggested_minor=800)

    def test_the_offer_is_the_price(self, ben: User, zine: Product) -> None:
        placed = place_order([want(zine, offered_minor=1234)], by=ben, idempotency_key="k")
        assert placed.lines.get().paid_minor == 1234

    def test_without_an_offer_it_is_the_suggestion(self, ben: User, zine: Product) -> None:
        assert order(ben, zine).total_minor == 800

    @pytest.mark.parametrize(("offer", "says"), [(299, "least you can pay for this is €3.00"), (100_000_000, "most you can pay")])
    def test_an_offer_out_of_bounds_says_the_bound(self, ben: User, zine: Product, offer: int, says: str) -> None:
        with pytest.raises(errors.OfferRefused, match=says) as refused:
            place_order([Wanted(zine.pk, offer, "EUR", offer)], by=ben, idempotency_key="k")
        assert refused.value.field == "amount"
        assert not Order.objects.exists()

    def test_nothing_is_fine_but_a_few_cents_are_not(self, ada: User, ben: User) -> None:
        tip = make_product(ada, pricing="pwyw", price_minor=0)
        with pytest.raises(errors.OfferRefused, match="Pay nothing, or at least €0"):
            place_order([Wanted(tip.pk, 10, "EUR", 10)], by=ben, idempotency_key="few")
        placed = place_order([Wanted(tip.pk, 0, "EUR", 0)], by=ben, idempotency_key="none")
        assert placed.state == "paid"
        assert Entitlement.objects.get().source == "free"
        tip.refresh_from_db()
        assert tip.sales_count == 0


def test_an_order_that_waited_a_day_ends(ben: User, book: Product) -> None:
    placed = order(ben, book)
    assert expire_order(placed) is False
    Order.objects.filter(pk=placed.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    expire_overdue()
    placed.refresh_from_db()
    assert placed.state == "expired"
    assert placed.closed_at is not None


def test_dropping_an_order_closes_it_once(ben: User, book: Product) -> None:
    placed = order(ben, book)
    assert cancel_order(placed).state == "cancelled"
    assert cancel_order(placed).state == "cancelled"


def test_dropping_a_paid_order_changes_nothing(ben: User, book: Product) -> None:
    placed = buy(ben, book)
    assert cancel_order(placed).state == "paid"
    assert holds(ben, book) == 1


def test_ordering_again_takes_todays_price_and_leaves_out_what_is_gone(ada: User, ben: User, book: Product) -> None:
    other = make_product(ada)
    placed = cancel_order(order(ben, book, other))
    Product.objects.filter(pk=book.pk).update(price_minor=2400)
    Product.objects.filter(pk=other.pk).update(state="archived")
    fresh = order_again(placed, by=ben, idempotency_key="again")
    assert [(line.product_id, line.paid_minor) for line in fresh.lines.all()] == [(book.pk, 2400)]


def test_ordering_again_what_is_all_gone_says_so(ben: User, book: Product) -> None:
    placed = cancel_order(order(ben, book))
    Product.objects.filter(pk=book.pk).update(state="archived")
    with pytest.raises(errors.NothingToOrder):
        order_again(placed, by=ben, idempotency_key="again")


def test_more_than_can_be_charged_at_once_is_refused(ada: User, ben: User) -> None:
    dear = [make_product(ada, price_minor=60_000_000) for _ in range(2)]
    with pytest.raises(errors.TooMuchAtOnce):
        order(ben, *dear)
    assert not Order.objects.exists()


def test_works_of_several_creators_are_one_order(ada: User, ben: User, book: Product) -> None:
    theirs = make_product(make_user(creator=True), price_minor=500)
    placed = order(ben, theirs, book)
    assert placed.total_minor == 2400
    assert [line.creator_id for line in placed.lines.all()] == [theirs.creator_id, ada.pk]
