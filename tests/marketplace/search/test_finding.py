"""Full text as the database keeps it (R54, R70, R78)."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from accounts.models import User
from kit.events.testing import deliver_all
from marketplace.models import Product, Tag
from marketplace.search.backend import search_products
from marketplace.search.query import BrowseQuery
from tests.factories import make_product

pytestmark = pytest.mark.django_db


def find(words: str, **more: str) -> list[str]:
    query = QueryDict(mutable=True)
    query.update({"q": words, **more})
    return [product.title for product in search_products(BrowseQuery.parse(query)).products]


@pytest.mark.parametrize("words", ["botanist", "BOTANIST", "kitchen table", "kitch", "botanist kitchen ta", '"the botanist"', "tables"])
def test_a_work_is_found_by_its_title_in_any_form(ada: User, words: str) -> None:  # R70
    make_product(ada, title="The botanist at the kitchen table")
    make_product(ada, title="Salt kiln")
    assert find(words) == ["The botanist at the kitchen table"]


def test_a_work_is_found_by_description_tags_and_maker(ada: User) -> None:  # R70, R78
    ada.profile.display_name = "Ada Lindqvist"
    ada.profile.save()
    work = make_product(ada, title="Salt kiln", description="Eleven firings in a wood oven.")
    work.tags.add(Tag.objects.create(name="ceramics", slug="ceramics"))
    for words in ("firing", "ceramics", "lindqvist", "@ada", "salt ceramics"):
        assert find(words) == ["Salt kiln"], words


def test_accents_do_not_matter(ada: User) -> None:
    make_product(ada, title="Café société", summary="Für Anfänger", language="de")
    assert find("cafe societe") == find("CAFÉ") == find("anfanger") == ["Café société"]


def test_words_of_another_language_are_found_as_they_are_written(ada: User) -> None:
    make_product(ada, title="Brot", description="Wir backen mit alten Getreidesorten.", language="de")
    assert find("getreidesorten") == ["Brot"]


def test_a_minus_excludes_and_an_or_widens(ada: User) -> None:
    make_product(ada, title="Red paper")
    make_product(ada, title="Blue paper")
    assert find("paper -red") == ["Blue paper"]
    assert sorted(find("red or blue")) == ["Blue paper", "Red paper"]


def test_the_title_counts_more_than_the_description(ada: User) -> None:
    make_product(ada, title="A long story", description="margin " * 40, download_count=500)
    make_product(ada, title="The margin")
    assert find("margin") == ["The margin", "A long story"]


def test_an_edit_is_found_at_once_and_the_old_words_no_longer(ada: User) -> None:
    work = make_product(ada, title="Salt kiln")
    work.title = "Paper loom"
    work.save()
    assert find("loom") == ["Paper loom"]
    assert find("kiln") == []


def test_a_renamed_tag_and_a_renamed_maker_are_found_by_their_new_names(ada: User) -> None:
    tag = Tag.objects.create(name="ceramics", slug="ceramics")
    make_product(ada, title="Salt kiln").tags.add(tag)
    tag.name = "pottery"
    tag.save()
    ada.profile.display_name = "Adelheid"
    ada.profile.save()
    assert find("pottery") == find("adelheid") == ["Salt kiln"]
    assert find("ceramics") == []


def test_a_tag_that_was_taken_off_no_longer_finds_it(ada: User) -> None:
    work = make_product(ada, title="Salt kiln")
    work.tags.add(Tag.objects.create(name="ceramics", slug="ceramics"))
    work.tags.clear()
    assert find("ceramics") == []


@pytest.mark.parametrize("state", ["draft", "submitted", "rejected", "approved", "archived", "removed"])
def test_what_is_not_live_is_never_found(ada: User, state: str) -> None:
    make_product(ada, title="Salt kiln", state=state)
    assert find("kiln") == []
    assert find("") == []


@pytest.mark.parametrize(
    "words",
    [
        "'",
        '"',
        "((",
        "-",
        "or",
        "a or",
        "& | !",
        "\x00kiln",
        "<->",
        ":*",
        "kiln:*",
        "\\",
        "%",
        "💥",
        "x" * 5000,
        "a " * 300,
        "'; drop table",
        "\ud800",
    ],
)
def test_no_words_break_the_search(ada: User, words: str) -> None:
    make_product(ada, title="Salt kiln")
    assert isinstance(find(words), list)


def test_a_hundred_words_are_cut_and_answered(ada: User) -> None:
    make_product(ada, title="Salt kiln")
    assert find("kiln " * 100) == ["Salt kiln"]


def test_every_order_sorts_as_it_says(ada: User) -> None:  # R53
    cheap = make_product(ada, title="Cheap", price_minor=100, download_count=1, rating_sum=8, rating_count=2)
    dear = make_product(ada, title="Dear", price_minor=9000, download_count=9, rating_sum=9, rating_count=2)
    yen = make_product(ada, title="Yen", price_minor=1500, currency="JPY", download_count=5)

    def order(sort: str) -> list[str]:
        return [product.title for product in search_products(BrowseQuery(sort=sort)).products]

    assert order("downloads") == order("") == ["Dear", "Yen", "Cheap"]
    assert order("rating") == ["Dear", "Cheap", "Yen"]
    assert order("newest") == ["Yen", "Dear", "Cheap"]
    assert order("price") == ["Cheap", "Yen", "Dear"], "¥1,500 is about nine euros, not fifteen"
    assert order("-price") == ["Dear", "Yen", "Cheap"]
    assert {cheap.pk, dear.pk, yen.pk} == set(Product.objects.live().values_list("pk", flat=True))


def test_publishing_teaches_the_vocabulary(ada: User) -> None:
    from django.db import transaction

    from kit.events import publish
    from marketplace.events import ProductPublished

    work = make_product(ada, title="Xylograph manual")
    with transaction.atomic():
        publish(ProductPublished(product_id=work.pk))
    deliver_all()
    assert find("xylogarph") == ["Xylograph manual"]
