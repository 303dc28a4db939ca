"""The frame round every page: who sees which places, refusals and errors, and nothing that the content policy forbids."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.views.defaults import bad_request, page_not_found, permission_denied, server_error

from accounts.models import User

TEMPLATES = Path(settings.BASE_DIR) / "templates"
# The admin's theme and mails are styled in their own ways.
PAGES = [path for path in TEMPLATES.rglob("*.html") if not {"emails", "admin", "unfold"} & set(path.relative_to(TEMPLATES).parts)]


def sign_in(client: Client, user: User) -> None:
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])


def test_the_style_guide_is_for_staff(client: Client, ben: User, mo: User) -> None:
    assert client.get("/styleguide/").status_code == 302
    sign_in(client, ben)
    assert client.get("/styleguide/").status_code == 403
    sign_in(client, mo)
    page = client.get("/styleguide/")
    assert page.status_code == 200
    for part in ("work", "ledger", "figures", "field", "choice", "notice", "toast-line", "pill", "blank", "upload", "dialog", "index"):
        assert re.search(rf'class="[^"]*\b{part}\b', page.content.decode()), part


def test_the_style_guide_asks_the_database_only_who_one_is(client: Client, mo: User, django_assert_max_num_queries: Any) -> None:
    sign_in(client, mo)
    client.get("/styleguide/")
    with django_assert_max_num_queries(4):
        client.get("/styleguide/")


def test_everybody_finds_their_own_places(client: Client, mo: User) -> None:
    sign_in(client, mo)
    page = client.get("/styleguide/").content.decode()
    assert "Log out" in page
    assert "Log in" not in page
    assert "Admin" in page
    assert "Your page" not in page


def test_only_those_who_have_a_public_page_are_led_to_it(client: Client, ada: User, ben: User) -> None:
    for person, has_page in ((ada, True), (ben, False)):
        sign_in(client, person)
        assert ("Your page" in client.get("/about/fees/").content.decode()) is has_page


def test_a_refusal_with_a_way_on_offers_that_first(client: Client, ben: User) -> None:
    sign_in(client, ben)
    answer = client.get("/dashboard/")
    page = answer.content.decode()
    assert answer.status_code == 403
    assert page.index('class="btn btn-primary" href="/settings/creator/?next=/dashboard/"') < page.index("data-back")


def test_a_missing_page_says_so_and_leads_on(client: Client, db: None) -> None:
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    page = response.content.decode()
    assert "There is nothing at this address" in page
    assert 'href="/"' in page
    assert '<meta name="robots" content="noindex">' in page


def test_a_forbidden_page_says_so(client: Client, ben: User) -> None:
    sign_in(client, ben)
    page = client.get("/styleguide/").content.decode()
    assert "This page is not open to you" in page


def test_the_server_error_page_needs_nothing(django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        response = server_error(RequestFactory().get("/"))
        refused = bad_request(RequestFactory().get("/"), ValueError())
    assert (response.status_code, refused.status_code) == (500, 400)
    assert "Something broke on our side" in response.content.decode()
    assert "We could not read that" in refused.content.decode()


def test_error_pages_stand_without_middleware() -> None:
    request = RequestFactory().get("/")
    assert page_not_found(request, ValueError()).status_code == 404
    assert permission_denied(request, ValueError()).status_code == 403


def test_an_old_form_is_explained(db: None, ben: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/login/", {})
    assert response.status_code == 403
    assert "This form is too old to be sent" in response.content.decode()


@pytest.mark.django_db
def test_messages_of_the_request_become_toasts() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    request.session = {}
    request._messages = messages.storage.cookie.CookieStorage(request)
    messages.success(request, "Draft <saved>")
    messages.error(request, "Too large")
    page = render_to_string("narrow_base.html", {}, request)
    region = page[page.index('id="toasts"') : page.index("<template")]
    assert "Draft &lt;saved&gt;" in region
    assert region.count("data-toast") == 2
    assert region.count('role="alert"') == 1


@pytest.mark.parametrize(("language", "direction"), [("en", ""), ("ar", ' dir="rtl"')])
def test_the_page_says_its_language_and_direction(client: Client, db: None, language: str, direction: str) -> None:
    page = client.get("/no/such/page/", headers={"accept-language": language}).content.decode()
    assert f'<html lang="{language}"{direction}>' in page


def test_every_script_in_a_page_carries_the_nonce(client: Client, mo: User) -> None:
    sign_in(client, mo)
    response = client.get("/styleguide/")
    nonce = re.search(r"'nonce-([^']+)'", response["Content-Security-Policy"])
    assert nonce is not None
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", response.content.decode())
    assert inline
    assert all(f'nonce="{nonce[1]}"' in attributes for attributes in inline)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_writes_what_the_content_policy_forbids(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=", text), "an inline style"
    assert not re.search(r"<style\b", text), "a style element"
    assert not re.search(r"\son[a-z]+=", text), "an inline handler"
    assert not re.search(r"\bhx-on", text), "an htmx handler, which needs eval"
    assert not re.search(r"javascript:", text)
    for attributes in re.findall(r"<script\b([^>]*)>", text):
        assert any(allowed in attributes for allowed in ("nonce=", "src=", "application/ld+json", "application/json"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_comments_of_templates_stay_on_one_line(path: Path) -> None:
    """`{#` that is not closed on its line is shown to everybody."""
    assert [line for line in path.read_text().splitlines() if line.count("{#") != line.count("#}")] == []


def test_the_manifest_and_the_favicon_are_found(client: Client) -> None:
    manifest = client.get("/site.webmanifest")
    assert manifest.json()["icons"][0]["src"].endswith("favicon.svg")
    assert client.get("/favicon.ico").status_code == 302
