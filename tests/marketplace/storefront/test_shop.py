"""Home, people, what the shop says about itself, and what machines read."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from kit.ratelimit import forget_all
from marketplace.storefront.selectors.home import sale_sum
from tests.factories import make_product, make_user

pytestmark = pytest.mark.django_db


def test_home_shows_a_pick_the_new_and_the_people(client: Client, ada: User) -> None:
    make_product(ada, title="Well rated", rating_sum=15, rating_count=3)
    make_product(ada, title="Brand new", kind="prompt")
    page = client.get("/").content.decode()
    pick = page[page.index("Pick of the week") : page.index("Most downloaded")]
    assert "Well rated" in pick
    assert "Brand new" in page
    assert 'href="/@ada/"' in page
    assert 'href="/marketplace/?kind=prompt"' in page
    assert "courses</a>" not in page.lower(), "a noun leads to a shelf with something on it"


def test_home_tells_what_a_sale_earns(client: Client, db: None, settings: object) -> None:  # R114
    page = client.get("/").content.decode()
    assert "Our 30%" in page
    assert "€13.30" in page
    assert sale_sum().kept == "€13.30"


def test_a_creator_has_a_page(client: Client, ada: User, ben: User) -> None:  # R68
    ada.profile.bio, ada.profile.location = "Prints <b>books</b>.", "Göteborg"
    ada.profile.website, ada.profile.social_links = (
        "https://ada.example.com",
        {"github": "https://github.com/ada", "odd": "javascript:alert(1)"},
    )
    ada.profile.save()
    make_product(ada, title="Salt kiln", download_count=1)
    make_product(ada, title="Secret draft", state="draft")
    page = client.get("/@ada/").content.decode()
    for words in ("Salt kiln", "Göteborg", "Prints &lt;b&gt;books&lt;/b&gt;.", "https://github.com/ada", "1 work"):
        assert words in page, words
    assert "Secret draft" not in page
    assert "javascript:" not in page
    assert client.get("/@ADA/").headers["Location"] == "/@ada/"
    assert client.get("/@ben/").status_code == 404
    assert client.get("/@nobody/").status_code == 404


def test_a_suspended_creator_has_none(client: Client) -> None:
    make_user("eve", creator=True, is_active=False, suspended_at=timezone.now())
    assert client.get("/@eve/").status_code == 404
    assert client.get("/@eve/works.atom").status_code == 404


@pytest.mark.parametrize("sort", ["newest", "downloads", "rating", "odd"])
def test_a_creators_works_are_sorted(client: Client, ada: User, sort: str) -> None:
    make_product(ada, title="Older", published_at=timezone.now() - timedelta(days=1), download_count=9, rating_sum=5, rating_count=1)
    make_product(ada, title="Newer")
    page = client.get(f"/@ada/?sort={sort}").content.decode()
    assert (page.index("Newer") < page.index("Older")) == (sort in ("newest", "odd"))


@pytest.mark.parametrize("name", ["fees", "refunds", "rules", "privacy", "contact"])
def test_the_shop_explains_itself(client: Client, name: str) -> None:
    assert client.get(f"/about/{name}/").status_code == 200


def test_the_fees_are_those_of_the_settings(client: Client, settings: object) -> None:
    settings.PLATFORM_FEE_BPS = 1250  # type: ignore[attr-defined]
    page = client.get("/about/fees/").content.decode()
    assert "12.5%" in page
    assert "87.5%" in page


def test_a_message_reaches_the_support_mailbox(client: Client, ben: User, settings: object) -> None:
    forget_all()
    client.force_login(ben)
    given = {"name": "Ben", "email": "ben@example.com", "topic": "order", "message": "Order A-2026-00001 <b>did not</b> arrive."}
    answer = client.post("/about/contact/", given)
    assert answer.status_code == 302
    (sent,) = mail.outbox
    assert sent.to == ["support@example.com"]
    assert sent.reply_to == ["ben@example.com"]
    assert "A-2026-00001 <b>did not</b>" in sent.body
    assert "@ben" in sent.body
    assert "&lt;b&gt;did not" in str(sent.alternatives[0][0])


def test_a_message_with_something_missing_is_kept_and_not_sent(client: Client) -> None:
    forget_all()
    answer = client.post("/about/contact/", {"email": "odd", "topic": "order", "message": "Where is my order?"})
    assert answer.status_code == 422
    assert "Where is my order?" in answer.content.decode()
    assert mail.outbox == []


def test_nobody_slips_headers_into_the_mail(client: Client) -> None:
    forget_all()
    client.post("/about/contact/", {"email": "a@example.com\nBcc: b@example.com", "topic": "other", "message": "A long enough message."})
    client.post(
        "/about/contact/",
        {"name": "x\nBcc: b@example.com", "email": "a@example.com", "topic": "other", "message": "A long enough message."},
    )
    assert all("b@example.com" not in message.recipients() for message in mail.outbox)


def test_a_program_is_thanked_and_not_heard(client: Client) -> None:
    forget_all()
    given = {"email": "a@example.com", "topic": "other", "message": "Buy my pills, all of them.", "homepage": "http://spam.example"}
    assert client.post("/about/contact/", given).status_code == 302
    assert mail.outbox == []


def test_too_many_messages_are_refused(client: Client) -> None:
    forget_all()
    given = {"email": "a@example.com", "topic": "other", "message": "A long enough message."}
    codes = [client.post("/about/contact/", given).status_code for _ in range(7)]
    forget_all()
    assert codes == [302] * 5 + [429] * 2
    assert len(mail.outbox) == 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/mypurchases", "/library/purchases/"),
        ("/mypurchases/", "/library/purchases/"),
        ("/dashboard/purchases", "/library/purchases/"),
        ("/dashboard/profile/", "/settings/profile/"),
    ],
)
def test_older_addresses_lead_on(client: Client, old: str, new: str) -> None:  # R61, R62, R121
    answer = client.get(old)
    assert answer.status_code == 301
    assert answer.headers["Location"] == new


SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def locations(client: Client, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200
    return [element.text or "" for element in ElementTree.fromstring(answer.content).iter(SITEMAP)]


def test_the_sitemap_lists_live_works_and_their_makers(client: Client, ada: User) -> None:
    make_user("idle", creator=True)
    live, draft = make_product(ada), make_product(ada, state="draft")
    sections = locations(client, "/sitemap.xml")
    assert len(sections) == 3
    every = [address for section in sections for address in locations(client, section.split("testserver")[1])]
    assert any(address.endswith(f"/marketplace/{live.slug}/") for address in every)
    assert not any(draft.slug in address for address in every)
    assert any(address.endswith("/@ada/") for address in every)
    assert not any("idle" in address for address in every)


def test_robots_know_where_not_to_go(client: Client) -> None:
    answer = client.get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    text = answer.content.decode()
    assert "Disallow: /checkout/" in text
    assert "Disallow: /courses/" in text
    # Free lessons may be found; those that are not, and certificates, say themselves that they should not be.
    assert "/learn/" not in text
    assert "/certificates/" not in text
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in text


def test_feeds_bring_the_newest_works(client: Client, ada: User, cleo: User) -> None:
    make_product(ada, title="Salt & kiln")
    make_product(make_user("zoe", creator=True), title="Loom")
    make_product(ada, title="Hidden", state="archived")
    atom = "{http://www.w3.org/2005/Atom}"
    for path, titles in (("/feeds/works.atom", ["Loom", "Salt & kiln"]), ("/@ada/works.atom", ["Salt & kiln"])):
        answer = client.get(path)
        feed = ElementTree.fromstring(answer.content)
        assert [entry.findtext(f"{atom}title") for entry in feed.iter(f"{atom}entry")] == titles
