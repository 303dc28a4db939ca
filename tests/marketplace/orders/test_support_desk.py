"""The admin: money is looked at, and changed only through services, with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from kit.events.testing import deliver_all
from marketplace.models import Product
from marketplace.orders.models import Cart, Entitlement, Order, OrderLine, SellerTerms
from marketplace.orders.services.carts import add_to_cart
from payments.models import Refund
from tests.factories import make_product, make_user
from tests.marketplace.orders.shop import buy, holds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_balance")]


@pytest.fixture
def book(ada: User) -> Product:
    return make_product(ada, title="A quiet book")


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(make_user("root", staff=True, is_superuser=True))
    return client


def refund_page(order: Order) -> str:
    return reverse("admin:orders_order_refund", args=[order.pk])


def revoke_page(entitlement: Entitlement) -> str:
    return reverse("admin:orders_entitlement_revoke", args=[entitlement.pk])


def test_refunding_in_full_asks_first_and_for_a_reason(desk: Client, ben: User, book: Product) -> None:
    placed = buy(ben, book)
    question = desk.get(refund_page(placed)).content.decode()
    assert f"Refund €19.00 of {placed.number} to Ben?" in question
    assert desk.post(refund_page(placed), {"reason": " "}).status_code == 200
    assert not Refund.objects.exists()
    assert desk.post(refund_page(placed), {"reason": "Broken file."}).status_code == 302
    deliver_all()
    placed.refresh_from_db()
    assert placed.state == "refunded"
    assert holds(ben, book) == 0
    refund = Refund.objects.get()
    assert (refund.requested_by.username, refund.reason) == ("root", "Broken file.")
    assert "Broken file." in LogEntry.objects.get().change_message
    assert "Nothing is left to do here." in desk.get(refund_page(placed)).content.decode()


def test_staff_without_the_right_refund_and_revoke_nothing(client: Client, ben: User, mo: User, book: Product) -> None:
    placed = buy(ben, book)
    mo.user_permissions.add(*Permission.objects.filter(codename__in=["view_order", "view_entitlement"]))
    client.force_login(mo)
    assert client.post(refund_page(placed), {"reason": "No."}).status_code == 403
    assert client.post(revoke_page(Entitlement.objects.get()), {"reason": "No."}).status_code == 403
    assert not Refund.objects.exists()
    assert holds(ben, book) == 1


def test_access_is_taken_away_with_a_reason(desk: Client, ben: User, book: Product) -> None:
    gift = {"person": "ben", "work": book.slug, "source": "gift", "note": "For your help."}
    assert desk.post(reverse("admin:orders_entitlement_add"), gift).status_code == 302
    given = Entitlement.objects.get()
    assert (given.user, given.product, given.note, given.granted_by.username) == (ben, book, "For your help.", "root")
    assert desk.post(revoke_page(given), {"reason": "By mistake."}).status_code == 302
    given.refresh_from_db()
    assert given.revoked_because == "By mistake."
    assert "Nothing is left to do here." in desk.get(revoke_page(given)).content.decode()


@pytest.mark.parametrize(
    ("fields", "says"),
    [({"person": "nobody"}, "nobody of that name"), ({"work": "nothing"}, "no such product"), ({"note": ""}, "required")],
)
def test_a_gift_that_names_nobody_or_nothing_is_refused(desk: Client, ben: User, book: Product, fields: dict[str, str], says: str) -> None:
    form = {"person": "ben@example.com", "work": book.slug, "source": "gift", "note": "Why not.", **fields}
    answer = desk.post(reverse("admin:orders_entitlement_add"), form)
    assert says in answer.content.decode()
    assert not Entitlement.objects.exists()


def test_nobody_is_given_what_they_have(desk: Client, ben: User, book: Product) -> None:
    buy(ben, book)
    form = {"person": "@ben", "work": book.slug, "source": "gift", "note": "Twice."}
    assert "has it already" in desk.post(reverse("admin:orders_entitlement_add"), form).content.decode()
    assert Entitlement.objects.count() == 1


@pytest.mark.parametrize("term", ["ben", "@ben", "ben@example.com", "number", "id"])
def test_orders_are_found_by_person_number_and_id(desk: Client, ben: User, cleo: User, ada: User, book: Product, term: str) -> None:
    mine, other = buy(ben, book), buy(cleo, book)
    wanted = {"number": mine.number.lower(), "id": str(mine.pk)}.get(term, term)
    page = desk.get(reverse("admin:orders_order_changelist"), {"q": wanted}).content.decode()
    assert mine.number in page
    assert other.number not in page


def test_money_cannot_be_written_here(desk: Client, ben: User, book: Product) -> None:
    placed = buy(ben, book)
    line = placed.lines.get()
    for model, row in (("order", placed), ("orderline", line), ("entitlement", Entitlement.objects.get())):
        address = reverse(f"admin:orders_{model}_change", args=[row.pk])
        assert desk.get(address).status_code == 200
        assert desk.post(address, {"total_minor": 1, "paid_minor": 1}).status_code == 403
        assert desk.post(reverse(f"admin:orders_{model}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    line.refresh_from_db()
    assert (Order.objects.get().total_minor, line.paid_minor) == (1900, 1900)


def test_every_list_opens_and_searches(desk: Client, ada: User, ben: User, cleo: User, book: Product) -> None:
    buy(ben, book)
    add_to_cart(book, user=cleo)
    SellerTerms.objects.create(creator=ada, fee_bps=1000)
    assert OrderLine.objects.exists()
    assert Cart.objects.exists()
    for name in ("orders_order", "orders_orderline", "orders_entitlement", "orders_cart", "orders_sellerterms", "delivery_download"):
        for query in ({}, {"q": book.slug}, {"q": "cleo"}):
            assert desk.get(reverse(f"admin:{name}_changelist"), query).status_code == 200


def test_the_list_of_orders_asks_as_often_for_one_as_for_many(
    desk: Client, ben: User, ada: User, django_assert_max_num_queries: Any
) -> None:
    def queries() -> int:
        with django_assert_max_num_queries(15) as captured:
            desk.get(reverse("admin:orders_order_changelist"))
        return len(captured)

    buy(ben, make_product(ada))
    with_one = queries()
    for _ in range(9):
        buy(ben, make_product(ada))
    assert queries() == with_one
