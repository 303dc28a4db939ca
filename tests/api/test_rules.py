"""What holds at every address of the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client, override_settings
from openapi_spec_validator import OpenAPIV31SpecValidator

from accounts.models import User
from marketplace.models import Product
from tests.api.caller import ROOT, Caller, refusal
from tests.factories import make_product

pytestmark = pytest.mark.django_db


def test_the_document_is_openapi_3_1_and_public(client: Client) -> None:  # R319
    document = client.get(f"{ROOT}/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))


def test_every_refusal_is_described_as_problem_json(client: Client) -> None:
    document = client.get(f"{ROOT}/openapi.json").json()
    for methods in document["paths"].values():
        for operation in methods.values():
            described = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
            assert "429" in described
            assert all(list(answer["content"]) == ["application/problem+json"] for answer in described.values())
            assert ("401" in described) or not operation.get("security")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "bad_request"),
        (b"\xff\xfe", "application/json", 400, "bad_request"),
        (b'{"stars": NaN}', "application/json", 400, "bad_request"),
        (b"[" * 100_000, "application/json", 400, "bad_request"),
        (b"[null]", "application/json", 422, "malformed"),
        (b'"text"', "application/json", 422, "malformed"),
        (b'{"stars": 5, "text": "a\\u0000b"}', "application/json", 422, "malformed"),
        (b'{"stars": 5, "text": "a\\ud800b"}', "application/json", 422, "malformed"),
        (b'{"stars": ' + b"9" * 4000 + b"}", "application/json", 422, "malformed"),
        (b'{"stars": ' + b"9" * 5000 + b"}", "application/json", 400, "bad_request"),
        (b'{"stars": 6}', "application/json", 422, "malformed"),
        (b"stars=5", "application/x-www-form-urlencoded", 415, "wrong_media_type"),
        (b'{"stars": 5}', "text/plain", 415, "wrong_media_type"),
        (b'{"text": "' + b"x" * 3_000_000 + b'"}', "application/json", 413, "too_large"),
    ],
)
def test_a_body_that_is_not_what_it_should_be_is_refused(
    api: Caller, ada: User, ben: User, body: bytes, content_type: str, status: int, code: str
) -> None:
    work = make_product(ada)
    answer = api.of(ben).put(f"/marketplace/products/{work.slug}/rating", body, content_type=content_type)
    assert refusal(answer) == (status, code)


def test_a_malformed_body_is_told_field_by_field_and_not_repeated(api: Caller) -> None:
    answer = api.post("/auth/login", {"email": 5, "password": ["secret-words"]})
    assert refusal(answer) == (422, "malformed")
    assert set(answer.json()["errors"]) == {"email", "password"}
    assert b"secret-words" not in answer.content


def test_nul_in_an_address_is_refused(api: Caller) -> None:
    assert refusal(api.get("/marketplace/products?q=a%00b")) == (422, "malformed")
    assert api.get("/marketplace/products/a%00b").status_code in (404, 422)


def test_another_method_is_told_what_there_is(api: Caller) -> None:
    answer = api.delete("/marketplace/products")
    assert refusal(answer) == (405, "method_not_allowed")
    assert answer["Allow"] == "GET, HEAD, OPTIONS"
    options = api.call("OPTIONS", "/marketplace/products")
    assert (options.status_code, options["Allow"]) == (204, "GET, HEAD, OPTIONS")


def test_head_is_get_without_the_body(api: Caller) -> None:
    answer = api.call("HEAD", "/marketplace/categories")
    assert (answer.status_code, answer.content) == (200, b"")


def test_an_address_that_is_not_there_is_a_problem_too(api: Caller) -> None:
    assert refusal(api.get("/nowhere")) == (404, "not_found")


def test_without_signing_in_the_way_in_is_named(api: Caller) -> None:  # R24
    answer = api.get("/auth/me")
    assert refusal(answer) == (401, "not_signed_in")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_what_a_token_opens_is_kept_by_nobody(api: Caller, ben: User) -> None:
    answer = api.of(ben).get("/auth/me")
    assert "no-store" in answer["Cache-Control"]
    assert "Authorization" in answer["Vary"]


def test_asking_without_end_is_stopped(api: Caller) -> None:
    with override_settings(API_RATE="5/m"):
        answers = [api.get("/marketplace/categories") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert refusal(answers[-1]) == (429, "rate_limited")
    assert 0 < int(answers[-1]["Retry-After"]) <= 60


class TestOtherSites:  # R36
    ORIGIN = "https://shop.example"

    @override_settings(CORS_ALLOWED_ORIGINS=[ORIGIN])
    def test_one_that_is_allowed_may_read_the_api_and_nothing_else(self, client: Client) -> None:
        answer = client.get(f"{ROOT}/marketplace/categories", headers={"Origin": self.ORIGIN})
        assert answer["Access-Control-Allow-Origin"] == self.ORIGIN
        assert "Access-Control-Allow-Credentials" not in answer
        assert "Access-Control-Allow-Origin" not in client.get("/marketplace/", headers={"Origin": self.ORIGIN})
        asked = {"Origin": self.ORIGIN, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}
        first = client.options(f"{ROOT}/marketplace/products/x/rating", headers=asked)
        assert "authorization" in first["Access-Control-Allow-Headers"]

    def test_others_may_not(self, client: Client) -> None:
        answer = client.get(f"{ROOT}/marketplace/categories", headers={"Origin": "https://other.example"})
        assert "Access-Control-Allow-Origin" not in answer


class TestPersonalTokens:
    def test_each_scope_opens_its_own_operations(self, api: Caller, ada: User, ben: User) -> None:
        work = make_product(ada)
        wanted: dict[str, Any] = {
            "items": [{"slug": work.slug, "price_minor": 1900, "currency": "EUR"}],
            "idempotency_key": "of-a-program",
        }
        file_path = f"/marketplace/products/{work.slug}/files/00000000-0000-0000-0000-000000000001/download"
        tries = {
            "read": lambda caller: caller.get("/users/me/purchases"),
            "write": lambda caller: caller.patch("/users/me/profile", {"bio": "Reads."}),
            "buy": lambda caller: caller.post("/payments/checkout", wanted),
            "download": lambda caller: caller.post(file_path),
        }
        for scope in tries:
            caller = api.with_token(ben, scope)
            for needed, attempt in tries.items():
                answer = attempt(caller)
                if scope == needed:
                    assert answer.status_code in (200, 404), (scope, needed, answer.content)
                else:
                    assert refusal(answer) == (403, "scope_missing"), (scope, needed)


class TestBrowsers:
    def test_a_session_reads_and_changes_only_with_its_csrf_token(self, ben: User) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(ben)
        assert browser.get(f"{ROOT}/auth/me").json()["username"] == "ben"
        change = {"data": json.dumps({"bio": "Changed."}), "content_type": "application/json"}
        assert refusal(browser.patch(f"{ROOT}/users/me/profile", **change))[0] == 403
        ben.profile.refresh_from_db()
        assert ben.profile.bio == ""
        browser.cookies["csrftoken"] = "a" * 32
        assert browser.patch(f"{ROOT}/users/me/profile", **change, headers={"X-CSRFToken": "a" * 32}).status_code == 200


def test_lists_are_paged_by_limit_and_offset(api: Caller, ada: User) -> None:
    works = [make_product(ada, state="draft") for _ in range(5)]
    caller = api.of(ada)
    first = caller.get("/creator/products?limit=2").json()
    rest = caller.get("/creator/products?limit=100&offset=2").json()
    assert (first["count"], len(first["items"]), len(rest["items"])) == (5, 2, 3)
    assert {one["slug"] for one in first["items"] + rest["items"]} == {work.slug for work in works}
    for wrong in ("limit=0", "limit=101", "offset=-1", "limit=x"):
        assert caller.get(f"/creator/products?{wrong}").status_code == 422
    assert Product.objects.count() == 5


@pytest.mark.parametrize("path", ["/payments/history", "/users/", "/users/me/purchases", "/users/me/products"])
def test_no_list_is_given_whole_or_from_beyond_all_numbers(api: Caller, mo: User, path: str) -> None:
    mo.creator_since = mo.date_joined
    mo.save(update_fields=["creator_since"])
    caller = api.of(mo)
    assert caller.get(f"{path}?limit=100&offset=5").status_code == 200
    for beyond in ("limit=101", f"limit={10**30}", f"offset={10**19}", f"offset={10**30}"):
        assert refusal(caller.get(f"{path}?{beyond}")) == (422, "malformed"), beyond
