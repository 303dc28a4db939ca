"""A visitor's page is kept for a second, and never for anybody else (docs/adr/0009-page-cache.md)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings

from accounts.models import User
from marketplace.models import Product
from marketplace.storefront import page_cache
from marketplace.storefront.page_cache import PageCacheMiddleware, is_for_everybody
from tests.factories import make_product

pytestmark = pytest.mark.django_db


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(page_cache, "time", clock)
    return clock


@pytest.fixture
def client(settings: Any) -> Client:
    settings.PAGE_CACHE_SECONDS = 1
    return Client()


def test_a_page_is_rendered_once_a_second(client: Client, ada: User, clock: Clock) -> None:
    work = make_product(ada, title="Salt kiln")
    assert "€19.00" in client.get("/marketplace/").content.decode()
    Product.objects.filter(pk=work.pk).update(price_minor=2500)
    clock.now += 0.9
    assert "€19.00" in client.get("/marketplace/").content.decode()
    clock.now += 0.2
    assert "€25.00" in client.get("/marketplace/").content.decode()


def test_what_was_taken_down_is_gone_within_a_second(client: Client, ada: User, clock: Clock) -> None:
    work = make_product(ada, title="Salt kiln")
    client.get("/marketplace/")
    Product.objects.filter(pk=work.pk).update(state="removed")
    clock.now += 1
    assert "Salt kiln" not in client.get("/marketplace/").content.decode()


def test_each_answer_has_a_nonce_of_its_own_that_fits_its_policy(client: Client, ada: User, clock: Clock) -> None:
    make_product(ada)
    seen = set()
    for _ in range(3):
        answer = client.get("/marketplace/")
        found = re.search(r"'nonce-([^']+)'", answer["Content-Security-Policy"])
        assert found
        assert set(re.findall(r'nonce="([^"]+)"', answer.content.decode())) == {found[1]}
        seen.add(found[1])
    assert len(seen) == 3


def test_an_unchanged_page_is_not_sent_again(client: Client, ada: User, clock: Clock) -> None:
    make_product(ada)
    first = client.get("/marketplace/")
    clock.now += 5
    again = client.get("/marketplace/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert "Content-Security-Policy" not in again, "the browser's copy keeps the policy whose nonce it has"
    make_product(ada, title="New work")
    clock.now += 5
    changed = client.get("/marketplace/", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_people_with_a_session_get_their_own_page(client: Client, ada: User, ben: User, clock: Clock) -> None:
    make_product(ada)
    client.get("/marketplace/")
    client.force_login(ben)
    assert "@ben" in client.get("/marketplace/").content.decode()
    assert "ETag" not in client.get("/marketplace/")
    assert "@ben" not in Client().get("/marketplace/").content.decode()


def test_page_and_fragment_do_not_meet(client: Client, ada: User, clock: Clock) -> None:
    make_product(ada)
    fragment = {"HX-Request": "true", "HX-Target": "results"}
    assert "<html" in client.get("/marketplace/").content.decode()
    assert "<html" not in client.get("/marketplace/", headers=fragment).content.decode()
    assert "<html" in client.get("/marketplace/").content.decode()


def test_shared_caches_are_told_to_keep_out(client: Client, ada: User, clock: Clock) -> None:
    make_product(ada)
    for _ in range(2):
        answer = client.get("/marketplace/")
        assert {"private", "no-cache"} <= {part.strip() for part in answer["Cache-Control"].split(",")}
        assert {"Cookie", "Accept-Language", "HX-Request"} <= {part.strip() for part in answer["Vary"].split(",")}
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert not answer.cookies


@pytest.mark.parametrize(
    ("path", "extra", "expected"),
    [
        ("/", {}, True),
        ("/marketplace/", {}, True),
        ("/@ada/", {}, True),
        ("/marketplace/tags/ink/", {}, True),
        ("/marketplace/salt-kiln/", {}, False),
        ("/cart/", {}, False),
        ("/api/v1/products/", {}, False),
        ("/marketplace/", {"HTTP_COOKIE": "sessionid=abc"}, False),
        ("/marketplace/", {"HTTP_COOKIE": "messages=abc"}, False),
        ("/marketplace/", {"HTTP_COOKIE": "theme=paper"}, True),
        ("/marketplace/", {"HTTP_AUTHORIZATION": "Bearer x"}, False),
        ("/marketplace/", {"QUERY_STRING": "q=" + "x" * 600}, False),
    ],
)
def test_only_the_shop_without_a_session_is_for_everybody(path: str, extra: dict[str, str], expected: bool) -> None:
    assert is_for_everybody(RequestFactory().get(path, **extra)) == expected


def test_what_sets_a_cookie_or_fails_is_not_kept() -> None:
    asked = []

    def answer(request: WSGIRequest) -> HttpResponse:
        asked.append(request)
        response = HttpResponse("x", status=404 if "missing" in request.path else 200)
        if "cookie" in request.path:
            response.set_cookie("a", "b")
        return response

    with override_settings(PAGE_CACHE_SECONDS=60):
        middleware = PageCacheMiddleware(answer)
        for path in ("/@missing/", "/@cookie/"):
            asked.clear()
            for _ in range(2):
                middleware(RequestFactory().get(path))
            assert len(asked) == 2, path


def test_no_more_pages_are_kept_than_fit() -> None:
    with override_settings(PAGE_CACHE_SECONDS=60):
        middleware = PageCacheMiddleware(lambda request: HttpResponse("x"))
        for n in range(page_cache.MOST_PAGES + 10):
            middleware(RequestFactory().get("/marketplace/", {"page": n}))
        assert len(middleware._pages) == page_cache.MOST_PAGES
