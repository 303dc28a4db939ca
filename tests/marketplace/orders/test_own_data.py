"""What a person's archive holds, what closing the account leaves, and what keeps a listing from being deleted."""

from __future__ import annotations

import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from accounts.data_export import exporters
from accounts.models import User
from kit.events.testing import deliver_all
from marketplace.access import may_see
from marketplace.delivery.models import Download
from marketplace.delivery.own_data import forget_reader
from marketplace.models import Product
from marketplace.orders.models import Cart, Entitlement, Order
from marketplace.orders.own_data import forget_buyer
from marketplace.orders.services.carts import add_to_cart
from marketplace.orders.services.fulfilment import take_free_product
from marketplace.retention import is_held
from tests.factories import make_product
from tests.marketplace.orders.shop import buy, holds, order, start_paying

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_balance")]


@pytest.fixture
def book(ada: User) -> Product:
    return make_product(ada, title="A quiet book")


def test_the_archive_holds_orders_works_cart_and_downloads(ada: User, ben: User, cleo: User, book: Product) -> None:
    buy(ben, book)
    buy(cleo, book)
    add_to_cart(make_product(ada, title="Maybe later"), user=ben)
    Download.objects.create(user=ben, product=book, file_name="a.pdf", size_bytes=3, ip="203.0.113.9")
    held = {name: list(exporters()[name](ben)) for name in ("orders", "library", "cart", "downloads")}
    assert [entry["lines"][0]["title"] for entry in held["orders"]] == ["A quiet book"]
    assert [entry["title"] for entry in held["library"]] == ["A quiet book"]
    assert [entry["title"] for entry in held["cart"]] == ["Maybe later"]
    assert [entry["from_address"] for entry in held["downloads"]] == ["203.0.113.9"]
    assert "cleo" not in json.dumps(held, cls=DjangoJSONEncoder)


def test_closing_an_account_keeps_what_was_paid_and_forgets_the_rest(ada: User, ben: User, book: Product) -> None:
    paid = buy(ben, book)
    other = make_product(ada)
    waiting = order(ben, other)
    attempt = start_paying(waiting)
    add_to_cart(other, user=ben)
    Download.objects.create(user=ben, product=book, file_name="a.pdf", size_bytes=3, ip="203.0.113.9", user_agent="Reader")
    forget_buyer(ben)
    forget_reader(ben)
    deliver_all()
    paid.refresh_from_db()
    waiting.refresh_from_db()
    attempt.refresh_from_db()
    assert (paid.state, paid.receipt_email, paid.total_minor) == ("paid", "", 1900)
    assert (waiting.state, attempt.state) == ("cancelled", "cancelled")
    assert not Cart.objects.filter(user=ben).exists()
    logged = Download.objects.get()
    assert (logged.ip, logged.user_agent, logged.file_name) == (None, "", "a.pdf")
    assert Order.objects.of(ben).count() == 2


def test_what_somebody_has_or_is_buying_is_kept_from_deletion(ada: User, ben: User, cleo: User, book: Product) -> None:  # R58
    assert not is_held(book)
    order(ben, book)
    assert is_held(book)
    gift = make_product(ada, pricing="free")
    take_free_product(gift, by=cleo)
    assert is_held(gift)


def test_whoever_has_it_still_sees_its_page(ada: User, ben: User, cleo: User, book: Product) -> None:
    buy(ben, book)
    Product.objects.filter(pk=book.pk).update(state="archived")
    book.refresh_from_db()
    assert may_see(ben, book)
    assert not may_see(cleo, book)
    assert holds(ben, book) == 1
    assert Entitlement.objects.count() == 1
