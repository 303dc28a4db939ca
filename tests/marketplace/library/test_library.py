"""The library shows what one has, and nothing of anybody else."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from kit.events.testing import deliver_all
from kit.ratelimit import forget_all
from marketplace.models import Product
from marketplace.orders.models import Entitlement, Order
from marketplace.orders.services.fulfilment import grant_product, take_free_product
from marketplace.orders.services.refunds import refund_line, refund_order
from tests.factories import make_product
from tests.factories.stores import stores_in
from tests.marketplace.delivery.shelf import add_file, add_version
from tests.marketplace.orders.shop import buy, order, pay_at_the_bank, start_paying

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_store(settings: Any, tmp_path: Path) -> None:
    forget_all()
    settings.STORAGES = stores_in(tmp_path)


@pytest.fixture
def book(ada: User) -> Product:
    return make_product(ada, title="A quiet book")


@pytest.fixture
def reader(client: Client, ben: User) -> Client:
    client.force_login(ben)
    return client


def give(product: Product, person: User) -> Entitlement:
    return grant_product(product, to=person, source=Entitlement.Source.GIFT)


def test_an_empty_shelf_shows_ways_on(reader: Client, ada: User) -> None:
    make_product(ada, pricing="free")
    page = reader.get(reverse("library")).content.decode()
    assert "Nothing on the shelf yet" in page
    assert "there is one" in page


def test_it_holds_what_was_bought_taken_and_given(reader: Client, ada: User, ben: User, cleo: User, book: Product) -> None:
    free, gift, foreign = (make_product(ada, pricing="free", title=title) for title in ("A free one", "A gift", "Cleo's own"))
    buy(ben, book)
    take_free_product(free, by=ben)
    give(gift, ben)
    give(foreign, cleo)
    page = reader.get(reverse("library")).content.decode()
    assert all(title in page for title in ("A quiet book", "A free one", "A gift"))
    assert "Cleo" not in page


def test_what_was_fetched_last_stands_first(reader: Client, ada: User, ben: User, book: Product) -> None:
    asset = add_file(book)
    give(book, ben)
    give(make_product(ada, title="A newer work"), ben)
    reader.get(reverse("download", args=[book.slug, asset.pk]))
    page = reader.get(reverse("library")).content.decode()
    assert page.index("A quiet book") < page.index("A newer work")


def test_a_version_that_came_since_is_flagged(reader: Client, ben: User, book: Product) -> None:
    give(book, ben)
    assert "New version" not in reader.get(reverse("library")).content.decode()
    add_version(book, "2.0.0")
    assert "New version" in reader.get(reverse("library")).content.decode()


def test_a_taken_back_work_is_gone_from_the_shelf(reader: Client, ben: User, mo: User, book: Product) -> None:
    refund_order(buy(ben, book), by=mo, reason="Too early.")
    deliver_all()
    assert "A quiet book" not in reader.get(reverse("library")).content.decode()
    assert reader.get(reverse("library_work", args=[book.slug])).status_code == 404


def test_searching_finds_titles_and_people(reader: Client, ada: User, ben: User, book: Product) -> None:
    give(book, ben)
    give(make_product(ada, title="Another thing"), ben)
    found = reader.get(reverse("library"), {"q": "quiet"}).content.decode()
    assert "A quiet book" in found
    assert "Another thing" not in found
    assert "Another thing" in reader.get(reverse("library"), {"q": "ADA"}).content.decode()
    assert "Nothing of yours matches “xyz”" in reader.get(reverse("library"), {"q": "xyz"}).content.decode()
    assert reader.get(reverse("library"), {"q": "\x00%_'"}).status_code == 200


def test_the_files_are_those_of_the_newest_version(reader: Client, ben: User, book: Product) -> None:
    add_file(book, "old.pdf")
    add_file(book, "new.pdf", version=add_version(book, "2.0.0"))
    add_file(book, "draft.pdf", version=add_version(book, "3.0.0", state="draft"))
    give(book, ben)
    page = reader.get(reverse("library_files")).content.decode()
    assert "new.pdf" in page
    assert "old.pdf" not in page
    assert "draft.pdf" not in page


def test_a_work_shows_its_versions_newest_first_and_no_draft(reader: Client, ben: User, book: Product) -> None:  # R49, R81, R82
    add_file(book, "old.pdf")
    add_file(book, "new.pdf", version=add_version(book, "2.0.0", changelog="A chapter more."))
    add_file(book, "draft.pdf", version=add_version(book, "3.0.0", state="draft"))
    give(book, ben)
    page = reader.get(reverse("library_work", args=[book.slug])).content.decode()
    assert page.index("new.pdf") < page.index("old.pdf")
    assert "A chapter more." in page
    assert "draft.pdf" not in page


@pytest.mark.parametrize(("state", "says"), [("archived", "no longer sold. It stays yours"), ("removed", "was taken down")])
def test_what_is_no_longer_sold_stays_with_a_word(reader: Client, ben: User, book: Product, state: str, says: str) -> None:
    give(book, ben)
    Product.objects.filter(pk=book.pk).update(state=state)
    assert says in reader.get(reverse("library_work", args=[book.slug])).content.decode()


@pytest.mark.parametrize("name", ["library", "library_files", "purchases"])
def test_a_visitor_has_to_log_in(client: Client, name: str) -> None:
    assert client.get(reverse(name)).url.startswith(reverse("account_login"))


def test_somebody_elses_work_is_not_there(reader: Client, cleo: User, book: Product) -> None:
    give(book, cleo)
    assert reader.get(reverse("library_work", args=[book.slug])).status_code == 404


class TestPurchases:
    def test_the_history_lists_what_was_paid(self, reader: Client, ada: User, ben: User, book: Product) -> None:  # R61, R121
        placed = buy(ben, book)
        waiting = order(ben, make_product(ada, title="Not paid yet"))
        page = reader.get(reverse("purchases")).content.decode()
        assert placed.number in page
        assert "A quiet book" in page
        assert f"Order {waiting.number} over €19.00 waits to be paid" in page
        assert "Not paid yet" not in page

    def test_a_purchase_says_what_was_sent_back(self, reader: Client, ben: User, mo: User, book: Product) -> None:
        placed = buy(ben, book)
        refund_line(placed.lines.get(), by=mo, reason="A late chapter.", amount_minor=400)
        deliver_all()
        page = reader.get(reverse("purchase", args=[placed.number])).content.decode()
        assert "−€4.00" in page
        assert "€4.00 sent back" in page
        assert reverse("library_work", args=[book.slug]) in page

    def test_the_receipt_is_a_pdf_with_the_figures(self, reader: Client, ben: User, ada: User, book: Product) -> None:  # R97
        evil = make_product(ada, title='#read("/etc/passwd") *bold*', price_minor=1234)
        placed = order(ben, book, evil)
        pay_at_the_bank(start_paying(placed))
        reader.get(reverse("checkout_success", args=[placed.number]))
        answer = reader.get(reverse("receipt", args=[placed.number]))
        assert answer["Content-Type"] == "application/pdf"
        assert f"Atelier {placed.number}.pdf" in answer["Content-Disposition"]
        text = pypdf.PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
        said = [placed.number, "Ben Buyer", "Portugal", "A quiet book", "€19.00", "€12.34", "€31.34", "Practice payment"]
        assert [part for part in said if part not in text] == []
        assert '#read("/etc/passwd") *bold*' in text
        assert "tax" not in text.lower()

    def test_what_was_not_paid_has_no_receipt(self, reader: Client, ben: User, book: Product) -> None:
        placed = order(ben, book)
        assert reader.get(reverse("receipt", args=[placed.number])).status_code == 404


@pytest.mark.parametrize("name", ["library", "library_files", "purchases"])
def test_pages_ask_as_often_for_one_thing_as_for_many(
    reader: Client, ada: User, ben: User, name: str, django_assert_max_num_queries: Any
) -> None:
    def fill(many: int) -> None:
        for _ in range(many):
            product = make_product(ada)
            add_file(product)
            buy(ben, product)

    def queries() -> int:
        with django_assert_max_num_queries(12) as captured:
            assert reader.get(reverse(name)).status_code == 200
        return len(captured)

    fill(1)
    with_one = queries()
    fill(9)
    assert Order.objects.count() == 10
    assert queries() == with_one
