"""Carts: a visitor's, a person's, and what becomes of the one when the visitor signs in."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from marketplace.models import Product
from marketplace.orders import errors
from marketplace.orders.models import Cart, CartItem, Entitlement, Order
from marketplace.orders.services import carts
from marketplace.orders.services.fulfilment import grant_product
from tests.factories import PASSWORD, make_product

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(ada: User) -> Product:
    return make_product(ada, title="A quiet book")


def add(client: Client, product: Product, **fields: str) -> Any:
    return client.post(reverse("cart_add", args=[product.slug]), {"seen": f"{product.price_minor} {product.currency}", **fields})


def sign_in(client: Client, person: User) -> None:
    assert client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD}).status_code == 302


def test_a_visitor_fills_a_cart_and_sees_it_counted(client: Client, book: Product) -> None:
    assert add(client, book).status_code == 302
    assert client.session["cart_count"] == 1
    page = client.get(reverse("cart"))
    assert b"A quiet book" in page.content
    assert b"Log in to check out" in page.content


def test_the_same_thing_twice_is_in_there_once(client: Client, book: Product) -> None:
    add(client, book)
    add(client, book)
    assert CartItem.objects.count() == 1


def test_signing_in_takes_the_cart_along(client: Client, ada: User, ben: User, book: Product) -> None:
    earlier, both = make_product(ada), make_product(ada)
    for product in (earlier, both):
        carts.add_to_cart(product, user=ben)
    add(client, book)
    add(client, both)
    sign_in(client, ben)
    assert set(CartItem.objects.filter(cart__user=ben).values_list("product_id", flat=True)) == {earlier.pk, both.pk, book.pk}
    assert not Cart.objects.filter(user__isnull=True).exists()
    assert client.session["cart_count"] == 3
    assert "cart_token" not in client.session


def test_what_she_has_or_made_stays_out_of_her_cart(client: Client, ada: User, ben: User, book: Product) -> None:
    grant_product(book, to=ben, source=Entitlement.Source.GIFT)
    add(client, book)
    sign_in(client, ben)
    assert not CartItem.objects.filter(cart__user=ben).exists()
    visitor = Client()
    add(visitor, book)
    sign_in(visitor, ada)
    assert not CartItem.objects.filter(cart__user=ada).exists()


def test_a_newer_offer_replaces_the_older(client: Client, ada: User, ben: User) -> None:
    zine = make_product(ada, pricing="pwyw", price_minor=100)
    carts.add_to_cart(zine, user=ben, offered_minor=200)
    add(client, zine, amount="7.50")
    sign_in(client, ben)
    assert CartItem.objects.get(cart__user=ben).offered_minor == 750


def test_taking_out_is_only_from_ones_own_cart(client: Client, ben: User, book: Product) -> None:
    carts.add_to_cart(book, user=ben)
    assert client.post(reverse("cart_remove", args=[book.slug])).status_code == 404
    assert CartItem.objects.count() == 1
    client.force_login(ben)
    assert client.post(reverse("cart_remove", args=[book.slug])).status_code == 302
    assert not CartItem.objects.exists()


def test_a_wrong_amount_is_given_back_with_the_rule(client: Client, ada: User) -> None:
    zine = make_product(ada, pricing="pwyw", price_minor=300, suggested_minor=500)
    page = add(client, zine, amount="2.99")
    assert page.status_code == 422
    content = page.content.decode()
    assert "The least you can pay for this is €3.00." in content
    assert 'value="2.99"' in content
    assert not CartItem.objects.exists()
    fragment = client.post(
        reverse("cart_add", args=[zine.slug]), {"seen": "300 EUR", "amount": "so much", "place": "box"}, headers={"HX-Request": "true"}
    )
    assert fragment.status_code == 422
    assert b"<html" not in fragment.content
    assert 'value="so much"' in fragment.content.decode()


def test_by_htmx_the_box_and_the_count_come_back(client: Client, book: Product) -> None:
    answer = client.post(reverse("cart_add", args=[book.slug]), {"seen": "1900 EUR"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert b"In your cart" in answer.content
    assert b'id="cart-link"' in answer.content
    assert b"<html" not in answer.content


def test_what_cannot_be_bought_cannot_be_put_in(client: Client, ada: User, book: Product) -> None:
    client.force_login(ada)
    answer = add(client, book)
    assert answer.status_code == 409
    assert b"This is your own work." in answer.content
    assert not CartItem.objects.exists()


def test_a_full_cart_says_so(ada: User, ben: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carts, "MOST_ITEMS", 1)
    carts.add_to_cart(make_product(ada), user=ben)
    with pytest.raises(errors.CartFull):
        carts.add_to_cart(make_product(ada), user=ben)
    assert CartItem.objects.count() == 1


def test_a_forged_form_fills_no_visitors_cart(book: Product) -> None:
    strict = Client(enforce_csrf_checks=True)
    address, fields = reverse("cart_add", args=[book.slug]), {"seen": "1900 EUR"}
    assert strict.post(address, fields, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert strict.post(address, fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert not CartItem.objects.exists()
    assert strict.post(address, fields, headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}).status_code == 302


def test_somebody_signed_in_needs_the_token(ben: User, book: Product) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ben)
    answer = strict.post(reverse("cart_add", args=[book.slug]), {"seen": "1900 EUR"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 403
    assert not CartItem.objects.exists()


class TestCheckingOut:
    def submit(self, client: Client, currency: str = "EUR", key: str = "", **seen: int) -> Any:
        fields = {f"seen-{name.removeprefix('p')}": str(minor) for name, minor in seen.items()}
        return client.post(reverse("cart_checkout"), {"currency": currency, "key": key or str(uuid.uuid4()), **fields})

    def test_each_currency_is_an_order_of_its_own(self, client: Client, ada: User, ben: User, book: Product) -> None:
        yen = make_product(ada, currency="JPY", price_minor=3000)
        for product in (book, yen):
            carts.add_to_cart(product, user=ben)
        client.force_login(ben)
        page = client.get(reverse("cart")).content.decode()
        assert "In EUR" in page
        assert "In JPY" in page
        answer = self.submit(client, "JPY", **{f"p{yen.pk}": 3000})
        order = Order.objects.get()
        assert answer.url == reverse("checkout", args=[order.number])
        assert [line.product_id for line in order.lines.all()] == [yen.pk]
        assert CartItem.objects.count() == 2  # what lies there stays until it is paid

    def test_a_price_that_changed_since_asks_again(self, client: Client, ben: User, book: Product) -> None:
        carts.add_to_cart(book, user=ben)
        Product.objects.filter(pk=book.pk).update(price_minor=2400)
        client.force_login(ben)
        answer = self.submit(client, **{f"p{book.pk}": 1900})
        assert answer.status_code == 409
        assert "“A quiet book” was €19.00 and is €24.00 now." in answer.content.decode()
        assert not Order.objects.exists()
        assert self.submit(client, **{f"p{book.pk}": 2400}).status_code == 302
        assert Order.objects.get().total_minor == 2400

    def test_the_page_says_what_can_no_longer_be_bought(self, client: Client, ada: User, ben: User, book: Product) -> None:
        gone = make_product(ada)
        for product in (book, gone):
            carts.add_to_cart(product, user=ben)
        Product.objects.filter(pk=gone.pk).update(state="archived")
        client.force_login(ben)
        page = client.get(reverse("cart")).content.decode()
        assert "This is no longer sold." in page
        assert f'name="seen-{gone.pk}"' not in page
        assert self.submit(client, **{f"p{book.pk}": 1900}).status_code == 302
        assert Order.objects.get().lines.count() == 1

    def test_one_submission_sent_twice_is_one_order(self, client: Client, ben: User, book: Product) -> None:
        carts.add_to_cart(book, user=ben)
        client.force_login(ben)
        key = str(uuid.uuid4())
        assert self.submit(client, key=key, **{f"p{book.pk}": 1900}).url == self.submit(client, key=key, **{f"p{book.pk}": 1900}).url
        assert Order.objects.count() == 1

    def test_a_visitor_is_asked_to_log_in(self, client: Client, book: Product) -> None:
        add(client, book)
        answer = self.submit(client, **{f"p{book.pk}": 1900})
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("account_login"))
        assert not Order.objects.exists()

    def test_an_empty_cart_has_nothing_to_order(self, client: Client, ben: User) -> None:
        client.force_login(ben)
        assert self.submit(client).status_code == 409


def test_the_cart_page_asks_as_often_for_one_thing_as_for_many(
    client: Client, ada: User, ben: User, django_assert_max_num_queries: Any
) -> None:
    client.force_login(ben)

    def queries() -> int:
        client.get(reverse("cart"))  # brings the number in the header up to date
        with django_assert_max_num_queries(7) as captured:
            client.get(reverse("cart"))
        return len(captured)

    carts.add_to_cart(make_product(ada), user=ben)
    with_one = queries()
    for _ in range(29):
        carts.add_to_cart(make_product(ada), user=ben)
    assert queries() == with_one


def test_visitors_carts_are_forgotten_after_a_month(book: Product, ben: User) -> None:
    carts.add_to_cart(book, token=uuid.uuid4())
    carts.add_to_cart(book, user=ben)
    Cart.objects.update(updated_at=timezone.now() - timedelta(days=31))
    assert carts.prune_visitors_carts() == 1
    assert Cart.objects.get().user == ben
