"""The marketplace as a page, as a fragment and for search engines (R45, R52, R53, R55, R71, R215, R217)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from marketplace.models import Tag
from marketplace.search.cached import new_edition
from marketplace.storefront.templatetags import storefront
from tests.factories import make_category, make_product

pytestmark = pytest.mark.django_db

FRAGMENT = {"HX-Request": "true", "HX-Target": "results"}


def test_cards_say_what_a_work_is(client: Client, ada: User) -> None:  # R215
    make_product(ada, title="Salt kiln", price_minor=1250, compare_at_minor=1900, details={"pages": 96}, rating_sum=9, rating_count=2)
    page = client.get("/marketplace/").content.decode()
    for said in ("Salt kiln", "€12.50", "€19.00", "Ebook", "96 pages", "4.5", "Ada", "New"):
        assert said in page, said


@pytest.mark.parametrize(
    ("address", "titles"),
    [
        ("", {"Paid ebook", "Free prompt", "Open template"}),
        ("?kind=prompt", {"Free prompt"}),
        ("?price=free", {"Free prompt"}),
        ("?price=freemium", {"Open template"}),
        ("?price=paid", {"Paid ebook"}),
        ("?category=writing&category=music", {"Paid ebook", "Free prompt"}),
        ("?tag=ink", {"Paid ebook"}),
        ("?rating=4.5", {"Paid ebook"}),
        ("?q=template", {"Open template"}),
        (
            "?kind=none&price=cheap&rating=9&sort=odd&page=-3&category=%00&category=none&tag=%27",
            {"Paid ebook", "Free prompt", "Open template"},
        ),
        ("?tag=none", set()),
    ],
)
def test_filters_leave_what_they_say(client: Client, ada: User, address: str, titles: set[str]) -> None:  # R52, R71, R217
    paid = make_product(ada, title="Paid ebook", rating_sum=5, rating_count=1)
    paid.tags.add(Tag.objects.create(name="ink", slug="ink"))
    make_product(ada, title="Free prompt", kind="prompt", pricing="free", category=make_category("Music"))
    make_product(ada, title="Open template", kind="template", pricing="pwyw", category=make_category("Film"))
    answer = client.get(f"/marketplace/{address}")
    assert answer.status_code == 200
    page = answer.content.decode()
    for title in ("Paid ebook", "Free prompt", "Open template"):
        shown = f">{title}</a>" in page
        assert shown == (title in titles), title


def test_a_fragment_brings_results_tabs_and_filters_and_the_address(client: Client, ada: User) -> None:
    make_product(ada, title="Salt kiln")
    answer = client.get("/marketplace/?price=paid&rating=", headers=FRAGMENT)
    page = answer.content.decode()
    assert "<html" not in page
    assert "Salt kiln" in page
    assert 'id="results"' in page
    assert page.count('hx-swap-oob="true"') == 2
    assert answer["HX-Push-Url"] == "/marketplace/?price=paid"
    assert {"HX-Request", "HX-Target"} <= {name.strip() for name in answer["Vary"].split(",")}


def test_nothing_found_offers_ways_on(client: Client, ada: User) -> None:
    make_product(ada, title="Salt kiln")
    page = client.get("/marketplace/?q=zzzzzz&kind=ebook").content.decode()
    assert "Nothing for “zzzzzz” yet" in page
    assert 'href="/marketplace/?kind=ebook"' in page
    assert 'href="/marketplace/?q=zzzzzz"' in page


def test_an_empty_shop_says_so(client: Client, db: None) -> None:
    for path in ("/", "/marketplace/"):
        assert "The shelves are still empty" in client.get(path).content.decode()


@pytest.mark.parametrize(
    ("address", "canonical", "is_listed"),
    [
        ("", "/marketplace/", True),
        ("?kind=ebook", "/marketplace/?kind=ebook", True),
        ("?category=writing&kind=ebook", "/marketplace/?kind=ebook&amp;category=writing", True),
        ("?kind=ebook&price=free", "/marketplace/?kind=ebook", False),
        ("?q=salt", "/marketplace/", False),
        ("?sort=price", "/marketplace/", False),
        ("?tag=ink", "/marketplace/", False),
    ],
)
def test_search_engines_are_told_which_pages_to_list(client: Client, ada: User, address: str, canonical: str, is_listed: bool) -> None:
    make_product(ada)
    page = client.get(f"/marketplace/{address}").content.decode()
    assert f'<link rel="canonical" href="http://127.0.0.1:8000{canonical}">' in page
    assert ("noindex" not in page) == is_listed


def test_titles_are_text(client: Client, ada: User) -> None:
    make_product(ada, title="<script>alert(1)</script>", summary='"><img src=x>')
    Tag.objects.create(name="<i>ink</i>", slug="ink")
    for path in ("/", "/marketplace/", "/marketplace/?q=%3Cscript%3Ealert(1)%3C/script%3E", "/marketplace/tags/ink/", "/@ada/"):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert "<i>ink" not in page, path


@pytest.mark.parametrize("path", ["/marketplace/", "/marketplace/?q=work&kind=ebook", "/marketplace/tags/ink/", "/@ada/", "/"])
def test_a_list_asks_as_often_for_thirty_works_as_for_one(client: Client, ada: User, path: str) -> None:
    tag = Tag.objects.create(name="ink", slug="ink")
    counts, cold = [], []
    for more in (1, 29):
        for _ in range(more):
            make_product(ada).tags.add(tag)
        new_edition()
        for seen in (cold, counts):
            storefront._cards.clear()
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            seen.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[1] <= 6
    assert cold[1] <= 11, "nothing remembered yet"


def test_a_card_follows_its_work_at_once(client: Client, ada: User) -> None:
    """Cards are kept by what they say: whatever changes shows on the next page."""
    work = make_product(ada, title="Salt kiln", price_minor=1000)
    assert "€10.00" in client.get("/marketplace/").content.decode()
    work.price_minor = 2000
    work.save(update_fields=["price_minor"])
    assert "€20.00" in client.get("/marketplace/").content.decode()
    ada.profile.display_name = "Adelheid"
    ada.profile.save()
    assert "Adelheid" in client.get("/marketplace/").content.decode()
    work.state = "archived"
    work.save(update_fields=["state"])
    assert "Salt kiln" not in client.get("/marketplace/").content.decode()


def test_signed_in_people_keep_their_own_frame(client: Client, ada: User, ben: User) -> None:
    make_product(ada)
    assert "Log in" in client.get("/marketplace/").content.decode()
    client.force_login(ben)
    page = client.get("/marketplace/").content.decode()
    assert "@ben" in page
    client.logout()
    assert "@ben" not in client.get("/marketplace/").content.decode()


def test_the_search_field_keeps_what_was_typed_by_this_visitor(client: Client, ada: User) -> None:
    make_product(ada)
    assert 'value="kiln"' in client.get("/marketplace/?q=kiln").content.decode()
    assert 'value="kiln"' not in client.get("/marketplace/?q=loom").content.decode()
    assert 'value="kiln"' not in client.get("/marketplace/").content.decode()


def test_leafing_keeps_the_question(client: Client, ada: User) -> None:
    for _ in range(30):
        make_product(ada)
    page = client.get("/marketplace/?kind=ebook&sort=newest").content.decode()
    assert 'href="/marketplace/?kind=ebook&amp;sort=newest&amp;page=2"' in page
    second = client.get("/marketplace/?kind=ebook&sort=newest&page=2")
    assert second.status_code == 200
    assert "Showing 25–30 of 30" in second.content.decode()


def test_a_tag_has_a_page_and_an_unknown_one_has_none(client: Client, ada: User) -> None:  # R78
    make_product(ada, title="Salt kiln").tags.add(Tag.objects.create(name="ink", slug="ink"))
    Tag.objects.create(name="empty", slug="empty")
    assert "Salt kiln" in client.get("/marketplace/tags/ink/").content.decode()
    empty = client.get("/marketplace/tags/empty/").content.decode()
    assert "Nothing here yet" in empty
    assert "noindex" in empty
    assert client.get("/marketplace/tags/none/").status_code == 404


def test_all_kinds_are_equal(client: Client, ada: User) -> None:  # R148
    for kind in ("prompt", "template", "ebook", "persona"):
        make_product(ada, kind=kind, title=f"A {kind}")
        page = client.get(f"/marketplace/?kind={kind}").content.decode()
        assert f">A {kind}</a>" in page


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_browsing_only_reads(client: Client, db: None, method: str) -> None:
    answer: Any = getattr(client, method)("/marketplace/")
    assert answer.status_code == 405
