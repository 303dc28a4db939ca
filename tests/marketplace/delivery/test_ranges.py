"""A download that breaks off goes on where it stopped, through a real HTTP client and a real server."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from marketplace.models import Product
from marketplace.orders.models import Entitlement
from marketplace.orders.services.fulfilment import grant_product
from tests.marketplace.delivery.shelf import CONTENT, add_file

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("local_stores")]


@pytest.fixture
def link(live_server: LiveServer, ben: User, book: Product) -> str:
    """The address that the gated download leads to, asked for as a browser would."""
    asset = add_file(book)
    grant_product(book, to=ben, source=Entitlement.Source.GIFT)
    browser = Client()
    browser.force_login(ben)
    cookie = {settings.SESSION_COOKIE_NAME: browser.cookies[settings.SESSION_COOKIE_NAME].value}
    answer = httpx.get(live_server.url + reverse("download", args=[book.slug, asset.pk]), cookies=cookie)
    assert answer.status_code == 302
    return str(httpx.URL(live_server.url).join(answer.headers["Location"]))


def test_it_comes_as_a_harmless_attachment_without_cookies(link: str) -> None:
    answer = httpx.get(link)
    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "Gr%C3%B6%C3%9Fe%20%26%20Ma%C3%9F.pdf" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers


def test_a_broken_download_is_resumed_to_the_same_bytes(link: str) -> None:
    with httpx.stream("GET", link) as broken:
        tag = broken.headers["ETag"]
        first = next(broken.iter_bytes(10_000))
    rest = httpx.get(link, headers={"Range": f"bytes={len(first)}-", "If-Range": tag})
    assert rest.status_code == 206
    assert rest.headers["Content-Range"] == f"bytes {len(first)}-{len(CONTENT) - 1}/{len(CONTENT)}"
    assert hashlib.sha256(first + rest.content).digest() == hashlib.sha256(CONTENT).digest()


@pytest.mark.parametrize(
    ("asked", "status", "expected"),
    [("bytes=0-99", 206, CONTENT[:100]), ("bytes=-100", 206, CONTENT[-100:]), ("bytes=999999999-", 416, None)],
)
def test_ranges_are_answered(link: str, asked: str, status: int, expected: Any) -> None:
    answer = httpx.get(link, headers={"Range": asked})
    assert answer.status_code == status
    if expected is not None:
        assert answer.content == expected


def test_without_logging_in_there_is_no_link(live_server: LiveServer, book: Product) -> None:
    answer = httpx.get(live_server.url + reverse("download", args=[book.slug, add_file(book).pk]))
    assert answer.status_code == 302
    assert reverse("account_login") in answer.headers["Location"]
