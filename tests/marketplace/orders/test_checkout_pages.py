"""From the buy box to "It's yours", through the pages, with every way in which the bank may answer."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from kit.events.testing import deliver_all
from kit.ratelimit import forget_all
from marketplace.models import Product
from marketplace.orders.models import Order
from marketplace.orders.selectors import buybox
from payments.gateways.models import SandboxCheckout
from payments.models import Payment
from tests.factories import make_product
from tests.marketplace.orders.shop import buy, holds, order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_balance")]


@pytest.fixture(autouse=True)
def nothing_counted_yet() -> None:
    forget_all()
    cache.clear()


@pytest.fixture
def book(ada: User) -> Product:
    return make_product(ada, title="A quiet book")


@pytest.fixture
def shopper(client: Client, ben: User) -> Client:
    client.force_login(ben)
    return client


def buy_now(client: Client, product: Product, **fields: str) -> Any:
    seen = f"{product.price_minor} {product.currency}"
    return client.post(reverse("buy_now", args=[product.slug]), {"seen": seen, "key": str(uuid.uuid4()), **fields})


def go_to_the_bank(client: Client, product: Product) -> tuple[Order, str]:
    buy_now(client, product)
    placed = Order.objects.get()
    answer = client.post(reverse("checkout", args=[placed.number]), {"billing_name": "Ben Buyer", "billing_country": "PT"})
    assert answer.status_code == 302
    return placed, answer.url


def at_the_bank(client: Client, address: str, outcome: str, *, webhooks: str = "never") -> Any:
    return client.post(address, {"outcome": outcome, "webhooks": webhooks})


def path_of(address: str) -> str:
    return address.removeprefix("http://127.0.0.1:8000").removeprefix("http://testserver")


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


class TestTheBank:
    def test_a_payment_that_goes_through_ends_in_the_library(self, shopper: Client, ben: User, book: Product) -> None:  # R96, R126
        placed, bank = go_to_the_bank(shopper, book)
        back = at_the_bank(shopper, bank, "pays")
        page = shopper.get(path_of(back.url))
        assert page.status_code == 200
        assert "It’s yours, Ben." in words(page)
        assert reverse("library_work", args=[book.slug]) in page.content.decode()  # R226
        assert holds(ben, book) == 1
        deliver_all()
        assert [message.subject for message in mail.outbox] == [f"Atelier: your receipt {placed.number}"]  # R97

    def test_a_late_answer_is_waited_for_and_not_lied_about(self, shopper: Client, ben: User, book: Product) -> None:
        placed, bank = go_to_the_bank(shopper, book)
        back = path_of(at_the_bank(shopper, bank, "late").url)
        page = shopper.get(back)
        assert "Waiting for your bank" in words(page)
        assert "It’s yours" not in words(page)
        assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page.content.decode()
        poll = shopper.get(back, headers={"HX-Request": "true"})
        assert b"<html" not in poll.content
        assert b'hx-trigger="load delay:3s"' in poll.content
        assert shopper.get(reverse("checkout", args=[placed.number])).url == back  # she is not asked to pay again
        with time_machine.travel(timezone.now() + timedelta(minutes=3)):
            cache.clear()
            poll = shopper.get(back, headers={"HX-Request": "true"})
            assert poll["HX-Refresh"] == "true"
            assert "It’s yours, Ben." in words(shopper.get(back))
        assert holds(ben, book) == 1

    def test_a_declined_card_says_so_and_may_try_again(self, shopper: Client, ben: User, book: Product) -> None:
        placed, bank = go_to_the_bank(shopper, book)
        page = shopper.get(path_of(at_the_bank(shopper, bank, "declined").url))
        assert "The payment did not go through" in words(page)
        assert "The card has not enough money. Nothing was charged." in words(page)
        again = shopper.post(reverse("checkout", args=[placed.number]), {"billing_name": "Ben Buyer"})
        assert again.url != bank
        assert "It’s yours" in words(shopper.get(path_of(at_the_bank(shopper, again.url, "pays").url)))
        assert Payment.objects.filter(state="succeeded").count() == 1

    def test_turning_back_at_the_bank_keeps_the_order(self, shopper: Client, book: Product) -> None:
        placed, _bank = go_to_the_bank(shopper, book)
        checkout = SandboxCheckout.objects.get()
        back = shopper.post(reverse("sandbox_cancellation", args=[checkout.pk]))
        assert path_of(back.url) == reverse("checkout_cancelled", args=[placed.number])
        page = words(shopper.get(path_of(back.url)))
        assert "You have not paid yet" in page
        assert "Nothing was charged." in page
        assert shopper.get(reverse("checkout", args=[placed.number])).status_code == 200

    def test_the_cancelled_page_finds_what_was_paid_in_another_tab(self, shopper: Client, book: Product) -> None:
        placed, bank = go_to_the_bank(shopper, book)
        at_the_bank(shopper, bank, "pays")
        answer = shopper.get(reverse("checkout_cancelled", args=[placed.number]))
        assert answer.url == reverse("checkout_success", args=[placed.number])

    def test_a_page_that_was_looked_at_a_moment_ago_does_not_deny_a_payment(self, shopper: Client, ben: User, book: Product) -> None:
        placed, bank = go_to_the_bank(shopper, book)
        shopper.get(reverse("checkout_success", args=[placed.number]))
        page = shopper.get(path_of(at_the_bank(shopper, bank, "pays").url))
        assert "Waiting for your bank" in words(page)
        cache.clear()  # two seconds later
        assert "It’s yours" in words(shopper.get(reverse("checkout_success", args=[placed.number])))
        assert holds(ben, book) == 1

    def test_whoever_comes_back_without_paying_reads_that(self, shopper: Client, book: Product) -> None:
        placed, _bank = go_to_the_bank(shopper, book)
        page = words(shopper.get(reverse("checkout_success", args=[placed.number])))
        assert "You have not paid yet" in page
        assert "It’s yours" not in page


class TestTheCheckout:
    def test_a_missing_name_is_asked_for_and_the_country_kept(self, shopper: Client, book: Product) -> None:
        buy_now(shopper, book)
        placed = Order.objects.get()
        page = shopper.post(reverse("checkout", args=[placed.number]), {"billing_name": " ", "billing_country": "PT"})
        assert page.status_code == 422
        assert "Write the name that stands on the receipt." in words(page)
        assert '<option value="PT" selected>' in page.content.decode()
        assert not Payment.objects.exists()

    def test_a_country_that_is_none_is_refused(self, shopper: Client, book: Product) -> None:
        buy_now(shopper, book)
        answer = shopper.post(reverse("checkout", args=[Order.objects.get().number]), {"billing_name": "Ben", "billing_country": "ZZ"})
        assert answer.status_code == 422

    @pytest.mark.parametrize("name", ["checkout", "checkout_success", "checkout_cancelled", "purchase", "receipt"])
    def test_somebody_elses_order_is_not_there(self, client: Client, ben: User, cleo: User, book: Product, name: str) -> None:
        placed = order(ben, book)
        client.force_login(cleo)
        assert client.get(reverse(name, args=[placed.number])).status_code == 404

    @pytest.mark.parametrize("name", ["checkout", "checkout_again", "checkout_cancel"])
    def test_nobody_changes_somebody_elses_order(self, client: Client, ben: User, cleo: User, book: Product, name: str) -> None:
        placed = order(ben, book)
        client.force_login(cleo)
        assert client.post(reverse(name, args=[placed.number]), {"billing_name": "Cleo"}).status_code == 404
        placed.refresh_from_db()
        assert (placed.state, placed.billing_name) == ("open", "Ben")
        assert Order.objects.count() == 1

    def test_an_order_that_can_no_longer_be_paid_says_which_work_and_offers_the_rest(
        self, shopper: Client, ada: User, ben: User, book: Product
    ) -> None:
        other = make_product(ada, title="Another book", price_minor=500)
        placed = order(ben, book, other)
        Product.objects.filter(pk=book.pk).update(state="archived")
        page = shopper.get(reverse("checkout", args=[placed.number]))
        assert "“A quiet book”: This is no longer sold." in words(page)
        assert "Pay €" not in words(page)
        fresh = shopper.post(reverse("checkout_again", args=[placed.number]), {"key": "rest"})
        rest = Order.objects.get(number=fresh.url.split("/")[2])
        assert [line.title for line in rest.lines.all()] == ["Another book"]

    def test_a_closed_order_says_why_and_can_be_ordered_again(self, shopper: Client, ben: User, book: Product) -> None:
        placed = order(ben, book)
        Order.objects.filter(pk=placed.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        page = shopper.get(reverse("checkout", args=[placed.number]))
        assert page.status_code == 410
        assert "This order waited for a day and has ended." in words(page)
        fresh = shopper.post(reverse("checkout_again", args=[placed.number]))
        assert placed.number not in fresh.url
        assert shopper.get(fresh.url).status_code == 200

    def test_dropping_an_order_leads_to_the_cart(self, shopper: Client, ben: User, book: Product) -> None:
        placed = order(ben, book)
        assert shopper.post(reverse("checkout_cancel", args=[placed.number])).url == reverse("cart")
        placed.refresh_from_db()
        assert placed.state == "cancelled"

    def test_a_visitor_has_to_log_in(self, client: Client, ben: User, book: Product) -> None:
        answer = client.get(reverse("checkout", args=[order(ben, book).number]))
        assert answer.url.startswith(reverse("account_login"))


class TestBuyNow:
    def test_a_price_that_changed_since_asks_again(self, shopper: Client, book: Product) -> None:
        seen = f"{book.price_minor} {book.currency}"
        Product.objects.filter(pk=book.pk).update(price_minor=2400)
        page = shopper.post(reverse("buy_now", args=[book.slug]), {"seen": seen})
        assert page.status_code == 409
        assert "You saw €19.00; it is €24.00 now. Nothing was ordered." in words(page)
        assert 'name="seen" value="2400 EUR"' in page.content.decode()
        assert not Order.objects.exists()

    def test_a_double_click_is_one_order(self, shopper: Client, book: Product) -> None:
        key = str(uuid.uuid4())
        assert buy_now(shopper, book, key=key).url == buy_now(shopper, book, key=key).url
        assert Order.objects.count() == 1

    def test_a_tampered_price_is_refused(self, shopper: Client, book: Product) -> None:
        assert buy_now(shopper, book, seen="1 EUR").status_code == 409
        assert buy_now(shopper, book, seen="nonsense").status_code == 422
        assert not Order.objects.exists()

    def test_what_one_has_says_so(self, shopper: Client, ben: User, book: Product) -> None:
        buy(ben, book)
        answer = buy_now(shopper, book)
        assert answer.status_code == 409
        assert "You have this already." in words(answer)

    def test_nothing_for_pay_what_you_want_is_there_at_once(self, shopper: Client, ada: User, ben: User) -> None:
        tip = make_product(ada, pricing="pwyw", price_minor=0)
        answer = buy_now(shopper, tip, amount="0")
        assert answer.url.endswith("/success/")
        assert "It’s yours" in words(shopper.get(answer.url))
        assert holds(ben, tip) == 1

    def test_a_free_work_is_taken_with_one_button(self, shopper: Client, ada: User, ben: User) -> None:  # R222
        gift = make_product(ada, pricing="free")
        assert shopper.post(reverse("take_free", args=[gift.slug])).url == reverse("library_work", args=[gift.slug])
        assert holds(ben, gift) == 1

    def test_a_free_button_for_what_has_a_price_is_an_error(self, shopper: Client, ben: User, book: Product) -> None:  # R222
        answer = shopper.post(reverse("take_free", args=[book.slug]))
        assert answer.status_code == 400
        assert "This is not free. Buy it instead." in words(answer)
        assert holds(ben, book) == 0

    def test_a_hidden_work_is_not_there(self, shopper: Client, ada: User) -> None:
        draft = make_product(ada, state="draft")
        assert buy_now(shopper, draft).status_code == 404
        assert shopper.post(reverse("take_free", args=[draft.slug])).status_code == 404


class TestTheBuyBox:
    def state(self, person: Any, product: Product) -> tuple[str, str]:
        box = buybox(person, Product.objects.select_related("creator__profile").get(pk=product.pk))
        return box.state, box.sentence

    def test_it_says_what_may_be_done(self, ada: User, ben: User, cleo: User, book: Product) -> None:
        buy(ben, book)
        assert self.state(cleo, book) == ("buy", "")
        assert self.state(ben, book) == ("owned", "You have this already. It is in your library.")
        assert self.state(ada, book) == ("own", "This is your own work.")
        assert self.state(cleo, make_product(ada, state="archived")) == ("closed", "This is no longer sold.")
        assert self.state(cleo, make_product(ada, pricing="free"))[0] == "free"
        assert self.state(cleo, make_product(ada, pricing="pwyw"))[0] == "offer"

    def test_a_visitors_box_asks_the_database_nothing(self, book: Product, django_assert_num_queries: Any) -> None:
        product = Product.objects.select_related("creator__profile").get(pk=book.pk)
        with django_assert_num_queries(0):
            assert buybox(AnonymousUser(), product).state == "buy"

    def test_anybody_elses_box_asks_two_things(self, cleo: User, book: Product, django_assert_max_num_queries: Any) -> None:
        product = Product.objects.select_related("creator__profile").get(pk=book.pk)
        with django_assert_max_num_queries(2):
            assert not buybox(cleo, product).in_cart
