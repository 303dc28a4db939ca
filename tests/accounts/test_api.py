from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import mail
from django.db import connection
from django.http import HttpRequest
from django.test import Client, override_settings
from django.urls import include, path
from django.utils import timezone
from ninja import NinjaAPI

from accounts import api
from accounts.api_auth import TokenAuth, auth_for, user_auth
from accounts.models import ApiToken, Session, User
from accounts.services.suspensions import suspend_person
from accounts.services.tokens import create_token, revoke_token
from tests.accounts.authenticator import totp
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

PATH = "/api/v1"


def _mounted() -> list[Any]:
    ninja = NinjaAPI(urls_namespace="accounts-api-test")
    ninja.add_router("/auth", api.auth_router)
    ninja.add_router("/users", api.users_router)

    @ninja.get("/reads", auth=user_auth)
    def reads(request: HttpRequest) -> dict[str, str]:
        return {"who": request.user.get_username()}

    @ninja.post("/writes", auth=user_auth)
    def writes(request: HttpRequest) -> dict[str, str]:
        return {"who": request.user.get_username()}

    @ninja.get("/downloads", auth=auth_for("download"))
    def downloads(request: HttpRequest) -> dict[str, str]:
        return {"who": request.user.get_username()}

    patterns = ninja.urls[0]
    for pattern in patterns:
        pattern.callback = login_not_required(pattern.callback)
    return [
        path("api/v1/", (patterns, "ninja", ninja.urls_namespace)),
        path("", include("kit.look.urls")),
        path("", include("accounts.urls")),
    ]


class _Urls:
    urlpatterns = _mounted()


@pytest.fixture(autouse=True)
def _mount() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=_Urls):
        yield


def call(client: Client, method: str, where: str, body: Any = None, token: str = "", **headers: Any) -> Any:
    if token:
        headers["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    data = json.dumps(body) if body is not None else ""
    return client.generic(method, PATH + where, data, content_type="application/json", **headers)


def sign_in(client: Client, email: str = "ben@example.com", password: str = PASSWORD) -> dict[str, Any]:
    response = call(client, "POST", "/auth/login", {"email": email, "password": password})
    assert response.status_code == 200, response.content
    return response.json()


def test_register_confirm_sign_in_refresh_and_reach_what_is_guarded(client: Client, link_in_mail) -> None:  # R1-R3, R5, R13
    made = call(client, "POST", "/auth/register", {"email": "rosa@example.com", "username": "rosa", "password": "a quiet green river"})
    assert made.status_code == 201
    refused = call(client, "POST", "/auth/login", {"email": "rosa@example.com", "password": "a quiet green river"})
    assert refused.status_code == 403
    assert refused.json()["code"] == "email_unverified"
    Client().post(link_in_mail("rosa@example.com"))
    tokens = sign_in(client, "rosa@example.com", "a quiet green river")
    assert tokens["user"]["email_verified"] is True  # R18
    renewed = call(client, "POST", "/auth/refresh", {"refresh_token": tokens["refresh_token"]}).json()
    me = call(client, "GET", "/auth/me", token=renewed["access_token"])
    assert me.json()["username"] == "rosa"
    assert client.cookies == {}, "programs get no cookies"


def test_register_as_creator(client: Client) -> None:  # R28
    call(client, "POST", "/auth/register/creator", {"email": "rosa@example.com", "username": "rosa", "password": "a quiet green river"})
    assert User.objects.get(username="rosa").is_creator


def test_registering_names_each_fault_and_makes_nothing(client: Client, ada: User) -> None:  # R7, R8
    response = call(client, "POST", "/auth/register", {"email": "not an address", "username": "ada", "password": "1234567890"})
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert set(response.json()["errors"]) == {"email", "username", "password"}
    assert User.objects.count() == 1


def test_registering_a_known_address_looks_the_same_and_mails_its_owner(client: Client, ben: User) -> None:
    body = {"email": ben.email, "username": "someone", "password": "a quiet green river"}
    known = call(client, "POST", "/auth/register", body)
    fresh = call(client, "POST", "/auth/register", body | {"email": "fresh@example.com"})
    assert (known.status_code, known.json()) == (fresh.status_code, fresh.json())
    assert mail.outbox[0].subject == "You have an account already"


def test_the_tokens_live_as_long_as_the_settings_say_and_name_the_person(client: Client, ada: User) -> None:  # R9, R10, R17, R30
    tokens = sign_in(client, "ada@example.com")
    access, refresh = (
        jwt.decode(tokens[name], settings.HEADLESS_JWT_PRIVATE_KEY, algorithms=["HS256"]) for name in ("access_token", "refresh_token")
    )
    assert access["exp"] - access["iat"] == 30 * 60 == tokens["expires_in"]
    assert refresh["exp"] - refresh["iat"] == 7 * 86400 == tokens["refresh_expires_in"]
    assert (access["sub"], access["is_creator"]) == (str(ada.pk), True)


def test_a_wrong_password_an_unknown_address_and_a_long_one_are_refused_alike(client: Client, ben: User) -> None:
    answers = [
        call(client, "POST", "/auth/login", {"email": email, "password": "guess"}) for email in ("ben@example.com", "nobody@example.com")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    assert not UserSession.objects.exists()


def test_guessing_is_stopped_with_429_and_a_time_to_wait(client: Client, ben: User) -> None:  # R26
    answers = [call(client, "POST", "/auth/login", {"email": ben.email, "password": "guess"}) for _ in range(7)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0
    assert call(client, "POST", "/auth/login", {"email": ben.email, "password": PASSWORD}).status_code == 429


def test_a_refresh_token_that_was_used_is_refused_and_ends_the_session(client: Client, ben: User) -> None:  # R3
    first = sign_in(client)
    second = call(client, "POST", "/auth/refresh", {"refresh_token": first["refresh_token"]}).json()
    assert call(client, "GET", "/auth/me", token=second["access_token"]).status_code == 200
    again = call(client, "POST", "/auth/refresh", {"refresh_token": first["refresh_token"]})
    assert (again.status_code, again.json()["code"]) == (401, "invalid_token")
    assert call(client, "GET", "/auth/me", token=second["access_token"]).status_code == 401
    assert call(client, "POST", "/auth/refresh", {"refresh_token": second["refresh_token"]}).status_code == 401
    assert not Session.objects.exists()


def test_nonsense_is_no_refresh_token(client: Client, ben: User) -> None:
    tokens = sign_in(client)
    for nonsense in ("", "x", tokens["access_token"], tokens["refresh_token"] + "x", "atl_abc"):
        assert call(client, "POST", "/auth/refresh", {"refresh_token": nonsense}).status_code == 401
    assert call(client, "GET", "/auth/me", token=tokens["access_token"]).status_code == 200
    assert call(client, "GET", "/auth/me", token=tokens["refresh_token"]).status_code == 401


def test_signing_out_ends_both_tokens_at_once(client: Client, ben: User) -> None:  # R4
    tokens = sign_in(client)
    other = sign_in(client)
    assert call(client, "POST", "/auth/logout", token=tokens["access_token"]).status_code == 204
    assert call(client, "GET", "/auth/me", token=tokens["access_token"]).status_code == 401
    assert call(client, "POST", "/auth/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 401
    assert call(client, "GET", "/auth/me", token=other["access_token"]).status_code == 200


def test_changing_the_password_or_a_suspension_ends_programs_too(client: Client, ben: User, cleo: User, mo: User) -> None:
    bens, cleos = sign_in(client), sign_in(client, "cleo@example.com")
    suspend_person(ben, by=mo, reason="Because.")
    cleo.set_password("a quiet green river")
    cleo.save()
    for tokens in (bens, cleos):
        assert call(client, "GET", "/auth/me", token=tokens["access_token"]).status_code == 401
        assert call(client, "POST", "/auth/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 401
    refused = call(client, "POST", "/auth/login", {"email": "ben@example.com", "password": PASSWORD})
    assert (refused.status_code, refused.json()["code"], refused.json()["reason"]) == (403, "suspended", "Because.")


def test_no_token_lies_in_the_database(client: Client, ben: User) -> None:  # R15, R16
    tokens = sign_in(client)
    secret, made = create_token(ben, name="x", scopes=["read"], expires_at=None)[::-1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(session_data, '') FROM accounts_session")
        stored = cursor.fetchone()[0]
    session = Session.objects.get().get_decoded()
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert token not in stored
        assert token not in json.dumps(session)
    assert secret not in str(ApiToken.objects.filter(pk=made.pk).values().get())


class TestSecondStep:
    @pytest.fixture
    def secret(self, ben: User) -> str:
        secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
        TOTP.activate(ben, secret)
        RecoveryCodes.activate(ben)
        return secret

    def test_it_is_asked_for_and_finishes_the_sign_in(self, client: Client, secret: str) -> None:
        first = call(client, "POST", "/auth/login", {"email": "ben@example.com", "password": PASSWORD})
        assert (first.status_code, first.json()["code"]) == (401, "mfa_required")
        assert first.json()["types"] == ["recovery_codes", "totp"]
        pending = first.json()["pending_token"]
        assert call(client, "GET", "/auth/me", token=pending).status_code == 401
        wrong = call(client, "POST", "/auth/mfa", {"pending_token": pending, "code": "000000"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "incorrect_code")
        right = call(client, "POST", "/auth/mfa", {"pending_token": pending, "code": totp(secret)})
        assert right.status_code == 200
        assert call(client, "GET", "/auth/me", token=right.json()["access_token"]).json()["username"] == "ben"
        again = call(client, "POST", "/auth/mfa", {"pending_token": pending, "code": totp(secret, ahead=1)})
        assert (again.status_code, again.json()["code"]) == (401, "invalid_token"), "a pending token finishes one sign-in"

    @pytest.mark.parametrize("pending", ["", "x", "eyJwIjp7fX0:1:x"])
    def test_a_made_up_pending_token_opens_nothing(self, client: Client, secret: str, pending: str) -> None:
        assert call(client, "POST", "/auth/mfa", {"pending_token": pending, "code": totp(secret)}).status_code == 401


class TestPersonalTokens:
    def test_a_token_does_what_its_scopes_say(self, client: Client, ben: User) -> None:
        reader = create_token(ben, name="r", scopes=["read"], expires_at=None)[1]
        writer = create_token(ben, name="w", scopes=["read", "write"], expires_at=None)[1]
        fetcher = create_token(ben, name="d", scopes=["download"], expires_at=None)[1]
        expected = {
            ("GET", "/reads"): (200, 200, 403),
            ("POST", "/writes"): (403, 200, 403),
            ("GET", "/downloads"): (403, 403, 200),
        }
        for (method, where), statuses in expected.items():
            assert tuple(call(client, method, where, token=token).status_code for token in (reader, writer, fetcher)) == statuses

    def test_a_token_does_not_reach_the_account_itself(self, client: Client, mo: User, ben: User) -> None:
        token = create_token(mo, name="all", scopes=["read", "write", "download", "buy"], expires_at=None)[1]
        assert call(client, "POST", "/auth/logout", token=token).status_code == 401
        assert call(client, "PATCH", f"/users/{ben.pk}", {"suspended": True, "reason": "x"}, token=token).status_code == 401
        ben.refresh_from_db()
        assert ben.is_active

    def test_revoked_ended_and_made_up_ones_open_nothing(self, client: Client, ben: User) -> None:
        revoked, revoked_text = create_token(ben, name="r", scopes=["read"], expires_at=None)
        revoke_token(revoked)
        ended, ended_text = create_token(ben, name="e", scopes=["read"], expires_at=timezone.now() + timedelta(days=1))
        ApiToken.objects.filter(pk=ended.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        for token in (revoked_text, ended_text, "atl_" + "x" * 43, "atl_"):
            assert call(client, "GET", "/reads", token=token).status_code == 401

    def test_the_last_use_is_noted_to_the_minute(self, client: Client, ben: User, django_assert_max_num_queries) -> None:
        made, token = create_token(ben, name="r", scopes=["read"], expires_at=None)
        call(client, "GET", "/reads", token=token)
        made.refresh_from_db()
        first = made.last_used_at
        assert first is not None
        with django_assert_max_num_queries(2):
            call(client, "GET", "/reads", token=token)
        made.refresh_from_db()
        assert made.last_used_at == first

    def test_a_class_without_scopes_asks_by_the_method(self) -> None:
        assert TokenAuth().scopes == ()


def test_a_browser_s_session_works_with_its_csrf_token_only(ben: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ben)
    assert call(browser, "GET", "/reads").status_code == 200
    assert call(browser, "POST", "/writes").status_code == 403
    browser.cookies["csrftoken"] = "a" * 32
    assert call(browser, "POST", "/writes", HTTP_X_CSRFTOKEN="a" * 32).status_code == 200


def test_without_anything_nobody_is_in(client: Client) -> None:  # R24
    for method, where in (("GET", "/auth/me"), ("POST", "/auth/logout"), ("GET", "/users/"), ("PUT", "/users/me/profile")):
        assert call(client, method, where, {}).status_code == 401


class TestProfile:
    def test_putting_replaces_and_patching_keeps_the_rest(self, client: Client, ben: User) -> None:  # R67
        token = sign_in(client)["access_token"]
        put = call(
            client, "PUT", "/users/me/profile", {"display_name": "Ben  B.", "bio": "Reads.", "social_links": {"github": "ben"}}, token
        )
        assert put.status_code == 200, put.content
        assert put.json()["display_name"] == "Ben B."
        assert put.json()["social_links"] == {"github": "https://github.com/ben"}
        patched = call(client, "PATCH", "/users/me/profile", {"time_zone": "Europe/Lisbon"}, token).json()
        assert (patched["bio"], patched["time_zone"], patched["social_links"]) == ("Reads.", "Europe/Lisbon", put.json()["social_links"])
        assert call(client, "GET", "/users/me/profile", token=token).json() == patched

    @pytest.mark.parametrize(
        "bad",
        [
            {"website": "javascript:alert(1)"},
            {"time_zone": "Mars/Olympus"},
            {"social_links": {"github": "https://evil.example/x"}},
            {"social_links": {"nowhere": "x"}},
            {"bio": "x" * 2001},
        ],
    )
    def test_what_breaks_a_rule_changes_nothing(self, client: Client, ben: User, bad: dict[str, Any]) -> None:
        token = sign_in(client)["access_token"]
        before = call(client, "GET", "/users/me/profile", token=token).json()
        assert call(client, "PATCH", "/users/me/profile", {"display_name": "New"} | bad, token).status_code == 422
        assert call(client, "GET", "/users/me/profile", token=token).json() == before


class TestStaff:  # R6
    def test_staff_finds_suspends_and_restores_people(self, client: Client, mo: User, ben: User, ada: User) -> None:
        token = sign_in(client, "mo@example.com")["access_token"]
        found = call(client, "GET", "/users/?q=EN%40exam", token=token).json()
        assert [row["username"] for row in found["items"]] == ["ben"]
        assert call(client, "GET", "/users/?creator=true", token=token).json()["count"] == 1
        suspended = call(client, "PATCH", f"/users/{ben.pk}", {"suspended": True, "reason": "Spam."}, token)
        assert (suspended.json()["is_active"], suspended.json()["suspension_reason"]) == (False, "Spam.")
        restored = call(client, "PATCH", f"/users/{ben.pk}", {"suspended": False}, token)
        assert restored.json()["is_active"] is True
        assert call(client, "GET", f"/users/{2**70}", token=token).status_code == 404

    def test_nobody_else_does(self, client: Client, ada: User, ben: User) -> None:
        token = sign_in(client, "ada@example.com")["access_token"]
        assert call(client, "GET", "/users/", token=token).status_code == 403
        assert call(client, "GET", f"/users/{ben.pk}", token=token).status_code == 403
        assert call(client, "PATCH", f"/users/{ben.pk}", {"suspended": True, "reason": "x"}, token).status_code == 403
        ben.refresh_from_db()
        assert ben.is_active

    def test_the_list_costs_the_same_for_one_and_for_thirty(self, client: Client, mo: User, django_assert_num_queries) -> None:
        token = sign_in(client, "mo@example.com")["access_token"]
        with django_assert_num_queries(4):
            call(client, "GET", "/users/", token=token)
        for _ in range(30):
            make_user()
        with django_assert_num_queries(4):
            assert len(call(client, "GET", "/users/", token=token).json()["items"]) == 31


@pytest.mark.django_db(transaction=True)
def test_of_many_refreshes_with_one_token_at_once_one_gets_through_and_the_session_ends(client: Client) -> None:
    make_user("ben")
    tokens = sign_in(client)
    answers: list[int] = []
    barrier = threading.Barrier(6)

    def refresh() -> None:
        barrier.wait()
        try:
            answers.append(call(Client(), "POST", "/auth/refresh", {"refresh_token": tokens["refresh_token"]}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=refresh) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 401, 401, 401, 401, 401]
    assert not Session.objects.exists(), "a token that is used twice has been copied"
