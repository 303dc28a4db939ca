"""Listings as the services keep them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from accounts.models import User
from kit.events.models import OutboxEvent
from kit.events.testing import deliver_all
from marketplace import retention
from marketplace.errors import BadListing, DraftExists, InArchive, Incomplete, KeptOnRecord, NotEditable, TitleTaken, WrongState
from marketplace.kinds import fact
from marketplace.models import Asset, Product, State, Tag, Version
from marketplace.pricing import BadPrice
from marketplace.services import products as services
from marketplace.services.assets import add_asset, stored_bytes
from marketplace.services.products import Listing
from marketplace.services.versions import publish_version, start_version
from tests.factories import make_product
from tests.marketplace.listing.conftest import files_in
from tests.marketplace.listing.works import listing, make_draft, only_asset, upload


def events() -> list[str]:
    return [name.rpartition(".")[2] for name in OutboxEvent.objects.order_by("pk").values_list("name", flat=True)]


def bought(product: Product) -> bool:
    return True


@pytest.fixture
def is_bought() -> Iterator[None]:
    retention.register_hold(bought)
    yield
    retention._holds.remove(bought)


def test_a_title_is_enough_for_a_draft(ada: User) -> None:  # R48
    product = services.create_product(by=ada, kind="prompt", listing=Listing(title="  Ask   well "))
    assert (product.title, product.slug, product.state) == ("Ask well", "ask-well", State.DRAFT)
    assert [(version.label, version.state) for version in product.versions.all()] == [("1.0.0", "draft")]


def test_a_title_is_one_creators_once_per_kind_in_any_case(ada: User, cleo: User) -> None:
    make_draft(ada, "Grids that hold", files=0)
    with pytest.raises(TitleTaken) as refused:
        services.create_product(by=ada, kind="ebook", listing=listing("GRIDS that hold"))
    assert refused.value.extra == {"slug": "grids-that-hold"}
    assert Product.objects.count() == 1
    other_kind = services.create_product(by=ada, kind="template", listing=listing("Grids that hold"))
    other_creator = services.create_product(by=cleo, kind="ebook", listing=listing("Grids that hold"))
    assert len({"grids-that-hold", other_kind.slug, other_creator.slug}) == 3


@pytest.mark.parametrize("title", ["new", "Submit", "Collections", "日本の本", "!!!"])
def test_an_address_is_found_for_every_title(ada: User, title: str) -> None:
    product = services.create_product(by=ada, kind="ebook", listing=Listing(title=title))
    assert product.slug not in services.RESERVED_SLUGS
    assert product.slug.isascii()


def test_tags_are_one_however_they_are_written(ada: User, cleo: User) -> None:  # R78
    make_draft(ada, files=0, tags=["Type", "C++", "C#", "日本"])
    other = services.create_product(by=cleo, kind="ebook", listing=listing(tags=["type", "TYPE", "c++"]))
    assert Tag.objects.count() == 4
    assert sorted(other.tags.values_list("name", flat=True)) == ["C++", "Type"]


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"price_minor": 30}, BadPrice, "price"),
        ({"pricing": "free", "price_minor": 500}, BadPrice, "price"),
        ({"currency": "XYZ"}, BadPrice, "currency"),
        ({"currency": "JPY", "price_minor": 49}, BadPrice, "price"),
        ({"price_minor": 100_000_000}, BadPrice, "price"),
        ({"compare_at_minor": 1900}, BadPrice, "compare_at"),
        ({"suggested_minor": 500}, BadPrice, "suggested"),
        ({"pricing": "pwyw", "price_minor": 500, "suggested_minor": 400}, BadPrice, "suggested"),
        ({"pricing": "pwyw", "price_minor": 20}, BadPrice, "price"),
        ({"tags": [f"tag {n}" for n in range(11)]}, BadListing, "tags"),
        ({"language": "tlh"}, BadListing, "language"),
        ({"title": " "}, BadListing, "title"),
        ({"description": "x" * 20_001}, BadListing, "description"),
        ({"details": {"formats": [f"F{n}" for n in range(13)]}}, BadListing, "formats"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_names_its_field(ada: User, changes: dict, error: type, field: str) -> None:  # R35, R92
    with pytest.raises(error) as refused:
        services.create_product(by=ada, kind="ebook", listing=replace(listing(), **changes))
    assert refused.value.field == field
    assert not Product.objects.exists()
    assert not OutboxEvent.objects.exists()


@pytest.mark.parametrize(("currency", "price"), [("EUR", 50), ("JPY", 50), ("INR", 5000), ("GBP", 30)])
def test_the_smallest_charge_can_be_asked(ada: User, currency: str, price: int) -> None:  # R174
    assert make_draft(ada, files=0, currency=currency, price_minor=price).price_minor == price


def test_details_that_the_kind_does_not_know_are_left_out(ada: User) -> None:
    product = make_draft(ada, files=0, details={"pages": 214, "formats": ["PDF"], "evil": "x"})
    assert product.details == {"pages": 214, "formats": ["PDF"]}
    assert fact(product) == "214 pages"


def test_what_is_missing_is_listed_and_nothing_is_submitted(ada: User) -> None:
    product = services.create_product(by=ada, kind="persona", listing=Listing(title="Editor"))
    with pytest.raises(Incomplete) as refused:
        services.submit_product(product, by=ada)
    fields = [entry["field"] for entry in refused.value.extra["missing"]]
    assert fields == ["summary", "description", "category", "price", "examples", "files"]
    product.refresh_from_db()
    assert product.state == State.DRAFT
    assert "ProductSubmitted" not in events()


def test_a_listing_walks_from_draft_to_archive_and_back(ada: User) -> None:  # R56
    product = services.submit_product(make_draft(ada), by=ada)
    assert product.state == State.SUBMITTED
    product.approve()
    product.save()
    product = services.publish_product(product, by=ada)
    assert product.current_version is not None
    assert product.current_version.label == "1.0.0"
    published_at = product.published_at
    product = services.archive_product(product, by=ada)
    assert product.state == State.ARCHIVED
    product = services.restore_product(product, by=ada)
    assert (product.state, product.published_at) == (State.LIVE, published_at)
    assert [name for name in events() if name != "ProductChanged"] == [
        *("ProductSubmitted", "VersionPublished", "ProductPublished", "ProductArchived", "ProductPublished"),
    ]


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        ("live", "submit_product"),
        ("approved", "submit_product"),
        ("archived", "submit_product"),
        ("draft", "withdraw_product"),
        ("live", "withdraw_product"),
        ("draft", "publish_product"),
        ("submitted", "publish_product"),
        ("rejected", "publish_product"),
        ("removed", "publish_product"),
        ("submitted", "archive_product"),
        ("removed", "archive_product"),
        ("draft", "restore_product"),
        ("removed", "restore_product"),
        ("live", "restore_product"),
    ],
)
def test_no_state_is_skipped(ada: User, state: str, verb: str) -> None:
    product = make_product(ada, state=state)
    with pytest.raises(WrongState):
        getattr(services, verb)(product, by=ada)
    product.refresh_from_db()
    assert product.state == state
    assert not OutboxEvent.objects.exists()


@pytest.mark.parametrize(("state", "error"), [("submitted", NotEditable), ("archived", InArchive)])
def test_what_staff_look_at_and_what_is_archived_stays_as_it_is(ada: User, state: str, error: type) -> None:
    product = make_product(ada, state=state, title="As it was")
    for change in (
        lambda: services.change_product(product, by=ada, listing=listing("Something else")),
        lambda: add_asset(product, upload(), by=ada),
        lambda: start_version(product, by=ada),
    ):
        with pytest.raises(error):
            change()
    product.refresh_from_db()
    assert product.title == "As it was"
    assert not Asset.objects.exists()


def test_what_is_live_cannot_lose_what_it_needs(ada: User) -> None:
    product = _live(ada)
    with pytest.raises(Incomplete):
        services.change_product(product, by=ada, listing=replace(Listing.of(product), category=None, summary=""))
    product.refresh_from_db()
    assert product.category is not None
    assert product.summary == "About grids."


def test_a_price_change_is_immediate(ada: User) -> None:
    product = services.change_product(_live(ada), by=ada, listing=replace(listing(), price_minor=2500))
    assert (product.price_minor, product.state) == (2500, State.LIVE)
    assert events()[-1] == "ProductChanged"


def test_one_that_was_taken_down_begins_anew_when_it_is_submitted_again(ada: User) -> None:
    product = _live(ada)
    product.remove()
    product.save()
    product = services.submit_product(product, by=ada)
    assert (product.state, product.published_at) == (State.SUBMITTED, None)
    product = services.withdraw_product(product, by=ada)
    product = services.archive_product(product, by=ada)
    assert services.restore_product(product, by=ada).state == State.DRAFT


def test_a_copy_is_a_draft_that_shares_the_stored_files(ada: User) -> None:
    product = _live(ada)
    copy = services.duplicate_product(product, by=ada)
    again = services.duplicate_product(product, by=ada)
    assert (copy.title, again.title) == ("Grids that hold (copy)", "Grids that hold (copy 2)")
    assert (copy.state, copy.published_at, copy.sales_count) == (State.DRAFT, None, 0)
    assert only_asset(copy).file.name == only_asset(product).file.name
    assert sorted(copy.tags.values_list("name", flat=True)) == ["grids", "type"]


def test_deleting_takes_the_files_along_unless_another_row_holds_them(ada: User, stores: Path) -> None:  # R58
    product = make_draft(ada)
    copy = services.duplicate_product(product, by=ada)
    assert services.delete_product(product, by=ada) == "deleted"
    deliver_all()
    assert len(files_in(stores / "private")) == 1
    assert services.delete_product(copy, by=ada) == "deleted"
    deliver_all()
    assert files_in(stores / "private") == []
    assert not Product.objects.exists()


@pytest.mark.parametrize("state", ["live", "draft", "rejected", "approved", "submitted", "archived"])
def test_deleting_what_somebody_bought_archives_it(ada: User, is_bought: None, state: str) -> None:  # R58
    product = make_product(ada, state=state)
    assert services.delete_product(product, by=ada) == "archived"
    product.refresh_from_db()
    assert product.state == State.ARCHIVED


def test_what_staff_took_down_stays_on_record(ada: User) -> None:
    product = make_product(ada, state="removed")
    with pytest.raises(KeptOnRecord):
        services.delete_product(product, by=ada)
    assert Product.objects.filter(pk=product.pk).exists()


def test_there_is_one_draft_version_at_a_time_and_its_files_are_stored_once(ada: User) -> None:  # R81
    product = _live(ada)
    version = start_version(product, by=ada, changelog="One chapter more")
    assert (version.number, version.label) == (2, "1.1.0")
    with pytest.raises(DraftExists):
        start_version(product, by=ada, label="3.0.0")
    add_asset(product, upload("more.md"), by=ada)
    assert stored_bytes(product) == 2 * len(b"# Book\n")
    version = publish_version(version, by=ada)
    assert version.state == Version.State.PUBLISHED
    assert events()[-2:] == ["VersionPublished", "ProductChanged"]


def test_closing_the_account_closes_the_shop(ada: User, is_bought: None) -> None:
    from marketplace.own_data import close_shop, products_of

    product = make_product(ada, state="live")
    close_shop(ada)
    product.refresh_from_db()
    assert product.state == State.ARCHIVED
    assert [entry["title"] for entry in products_of(ada)] == [product.title]


def _live(by: User) -> Product:
    product = services.submit_product(make_draft(by), by=by)
    product.approve()
    product.save()
    return services.publish_product(product, by=by)
