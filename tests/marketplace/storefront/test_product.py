"""The product page: who may see it, what it says, and that what is kept is never old (R40, R46, R75)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from marketplace.models import Asset, Product, Tag
from marketplace.orders.models import Entitlement
from marketplace.reviews.models import Review
from marketplace.reviews.services.rating import rate_product
from marketplace.storefront import kept_pages
from tests.factories import make_category, make_product, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_kept_pages() -> None:
    kept_pages._pages.clear()


@pytest.fixture
def work(ada: User) -> Product:
    product = make_product(
        ada, title="Salt kiln", kind="prompt", description="Eleven **firings**.", sample_output="Ask {{name}} about <b>salt</b>.",
        details={"models": ["GPT", "Claude"], "prompt_count": 12},
    )  # fmt: skip
    product.tags.add(Tag.objects.create(name="ink", slug="ink"))
    version = product.versions.get()
    Asset.objects.create(version=version, name="kiln.md", file="x", size_bytes=2048, sha256="0" * 64, content_type="text/markdown", pages=3)
    return product


def url(product: Product) -> str:
    return f"/marketplace/{product.slug}/"


def page(client: Client, product: Product) -> str:
    answer = client.get(url(product))
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_says_all_there_is_to_know(client: Client, work: Product) -> None:  # R75
    said = page(client, work)
    for words in (
        "Salt kiln",
        "<strong>firings</strong>",
        "GPT, Claude",
        "kiln.md",
        "3 pages",
        "1.0.0",
        "ink",
        "Nobody has reviewed this yet",
        "€19.00",
    ):
        assert words in said, words
    assert "<mark>{{name}}</mark>" in said
    assert "&lt;b&gt;salt&lt;/b&gt;" in said


def test_a_persona_shows_its_answers(client: Client, ada: User) -> None:
    persona = make_product(ada, kind="persona", details={"examples": [{"question": "May I eat it?", "answer": "No.\n\nAsk <i>first</i>."}]})
    said = page(client, persona)
    assert "May I eat it?" in said
    assert "Ask &lt;i&gt;first&lt;/i&gt;." in said


@pytest.mark.parametrize("state", ["draft", "submitted", "rejected", "approved", "archived", "removed"])
def test_what_is_not_live_is_seen_by_its_creator_staff_and_owners_only(
    client: Client, ada: User, ben: User, cleo: User, mo: User, state: str
) -> None:
    product = make_product(ada, state=state)
    Entitlement.objects.create(user=ben, product=product, source="purchase")
    hidden = 410 if state == "archived" else 404
    assert client.get(url(product)).status_code == hidden
    for user, expected in ((ada, 200), (mo, 200), (ben, 200), (cleo, hidden)):
        client.force_login(user)
        answer = client.get(url(product))
        assert answer.status_code == expected, user
        if expected == 200:
            assert "noindex" in answer.content.decode()
            assert "notice-warning" in answer.content.decode()
            assert "application/ld+json" not in answer.content.decode()


def test_a_work_that_is_no_longer_sold_shows_others_like_it(client: Client, ada: User, work: Product) -> None:
    gone = make_product(ada, title="Old kiln", state="archived")
    gone.tags.set(work.tags.all())
    answer = client.get(url(gone))
    assert answer.status_code == 410
    assert "No longer sold" in answer.content.decode()
    assert "Salt kiln" in answer.content.decode()
    assert "Old kiln" not in answer.content.decode()


def test_similar_works_share_tags_or_the_shelf(client: Client, ada: User, work: Product) -> None:
    by_tag = make_product(ada, title="By tag", category=make_category("Music"))
    by_tag.tags.set(work.tags.all())
    make_product(ada, title="By shelf")
    make_product(ada, title="Stranger", category=make_category("Film"))
    make_product(ada, title="Draft like it", state="draft").tags.set(work.tags.all())
    said = page(client, work)
    similar = said[said.index("Goes well with it") :]
    assert "By tag" in similar
    assert "By shelf" in similar
    assert similar.index("By tag") < similar.index("By shelf")
    assert "Stranger" not in said
    assert "Draft like it" not in said


def structured(said: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', said, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_search_engines_get_product_offer_and_rating(client: Client, work: Product, ben: User) -> None:
    Entitlement.objects.create(user=ben, product=work, source="purchase")
    rate_product(work, by=ben, stars=4, title="Dry", text="Eleven firings.")
    data = structured(page(client, work))
    assert data["@type"] == "Product"
    assert (data["offers"]["price"], data["offers"]["priceCurrency"]) == ("19.00", "EUR")
    assert data["aggregateRating"]["ratingValue"] == 4.0
    assert data["review"][0]["reviewBody"] == "Eleven firings."


def test_a_price_without_decimals_is_told_as_one(client: Client, ada: User) -> None:
    assert structured(page(client, make_product(ada, price_minor=1200, currency="JPY")))["offers"]["price"] == "1200"


def test_no_words_break_out_of_the_structured_data(client: Client, ada: User) -> None:
    title = "</script><script>alert(1)</script><!--"
    said = page(client, make_product(ada, title=title))
    assert structured(said)["name"] == title
    assert "<script>alert" not in said


def test_a_visitor_costs_few_questions_and_the_next_one_a_single_one(client: Client, work: Product, ben: User) -> None:
    for _ in range(30):
        person = make_user()
        Entitlement.objects.create(user=person, product=work, source="purchase")
        rate_product(work, by=person, stars=5, text="Good.")
    for n in range(30):
        make_product(work.creator, title=f"Like it {n}").tags.set(work.tags.all())
    with CaptureQueriesContext(connection) as cold:
        page(client, work)
    with CaptureQueriesContext(connection) as warm:
        page(client, work)
    assert len(cold) <= 8
    assert len(warm) == 1


def test_a_kept_page_has_a_nonce_of_each_request(client: Client, work: Product) -> None:
    first, second = client.get(url(work)), client.get(url(work))
    nonces = []
    for answer in (first, second):
        found = re.search(r"'nonce-([^']+)'", answer["Content-Security-Policy"])
        assert found
        assert f'nonce="{found[1]}"' in answer.content.decode()
        nonces.append(found[1])
    assert nonces[0] != nonces[1]
    assert nonces[0] not in second.content.decode()


def _price(work: Product) -> str:
    Product.objects.filter(pk=work.pk).update(price_minor=2500)
    return "€25.00"


def _tag(work: Product) -> str:
    work.tags.add(Tag.objects.create(name="porcelain", slug="porcelain"))
    return "porcelain"


def _tag_name(work: Product) -> str:
    Tag.objects.filter(slug="ink").update(name="black ink")
    return "black ink"


def _maker(work: Product) -> str:
    work.creator.profile.display_name = "Adelheid"
    work.creator.profile.save()
    return "Adelheid"


def _category(work: Product) -> str:
    assert work.category
    work.category.name = "Letters"
    work.category.save()
    return "Letters"


def _version(work: Product) -> str:
    work.versions.create(number=2, label="2.0.0", changelog="More salt.", state="published", published_at=timezone.now())
    return "More salt."


def _file(work: Product) -> str:
    version = work.versions.get()
    Asset.objects.create(version=version, name="extra.md", file="y", size_bytes=1, sha256="1" * 64, content_type="text/markdown")
    return "extra.md"


def _review(work: Product) -> str:
    Review.objects.filter(product=work).update(text="On second thoughts.")
    return "On second thoughts."


def _reviewer(work: Product) -> str:
    author = Review.objects.get(product=work).author
    author.profile.display_name = "Benedikt"
    author.profile.save()
    return "Benedikt"


def _similar(work: Product) -> str:
    Product.objects.filter(title="By tag").update(price_minor=7700)
    return "€77.00"


@pytest.mark.parametrize("change", [_price, _tag, _tag_name, _maker, _category, _version, _file, _review, _reviewer, _similar])
def test_a_kept_page_is_never_old(client: Client, work: Product, ben: User, change: Any) -> None:
    make_product(work.creator, title="By tag").tags.set(work.tags.all())
    Entitlement.objects.create(user=ben, product=work, source="purchase")
    rate_product(work, by=ben, stars=4, text="At first sight.")
    for _ in range(2):
        page(client, work)
    words = change(work)
    assert words in page(client, work)


def test_a_badge_ends_with_the_entitlement_on_a_kept_page_too(client: Client, work: Product, ben: User) -> None:  # R127
    given = Entitlement.objects.create(user=ben, product=work, source="purchase")
    rate_product(work, by=ben, stars=4)
    page(client, work)
    assert "Verified purchase" in page(client, work)
    given.revoked_at = timezone.now()
    given.save()
    assert "Verified purchase" not in page(client, work)


def test_a_kept_page_closes_with_the_work(client: Client, work: Product) -> None:
    page(client, work)
    Product.objects.filter(pk=work.pk).update(state="removed")
    assert client.get(url(work)).status_code == 404


def test_a_kept_page_is_for_visitors_only(client: Client, work: Product, ada: User, ben: User) -> None:
    page(client, work)
    client.force_login(ada)
    assert "This is your own work." in page(client, work)
    client.force_login(ben)
    assert "@ben" in page(client, work)
    client.logout()
    client.cookies.clear()
    assert "@ben" not in page(client, work)


def test_looking_counts(client: Client, work: Product) -> None:  # R84
    from marketplace.insights.models import ProductDay
    from marketplace.insights.services.views import flush_views

    browser = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
    for _ in range(3):
        client.get(url(work), headers=browser)
    client.get(url(work), headers=browser, REMOTE_ADDR="192.0.2.7")
    flush_views()
    assert ProductDay.objects.get(product=work).views == 2
