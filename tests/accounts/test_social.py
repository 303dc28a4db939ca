"""Signing in through GitHub: its servers are played, everything on our side is real."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.github.provider import GitHubProvider
from django.core import mail
from django.test import Client, override_settings
from django.urls import include, path

from accounts.adapters import SocialAdapter
from accounts.models import User
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


class _Urls:
    urlpatterns = [
        path("account/", include("allauth.socialaccount.providers.github.urls")),
        path("", include("kit.look.urls")),
        path("", include("accounts.urls")),
    ]


class GitHub:
    """What its servers answer; `emails` are the addresses of whoever signs in there."""

    def __init__(self) -> None:
        self.emails = [{"email": "rosa@example.com", "verified": True, "primary": True}]

    def __enter__(self) -> GitHub:
        return self

    def __exit__(self, *args: object) -> None:
        return None

    def _answer(self, body: Any) -> requests.Response:
        response = requests.Response()
        response.status_code = 200
        response._content = json.dumps(body).encode()
        response.headers["content-type"] = "application/json"
        return response

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        assert (method, url) == ("POST", "https://github.com/login/oauth/access_token")
        return self._answer({"access_token": "from-github", "token_type": "bearer"})

    def get(self, url: str, **kwargs: Any) -> requests.Response:
        answers = {
            "https://api.github.com/user": {"id": 77, "login": "rosa", "name": "Rosa Lee", "email": self.emails[0]["email"]},
            "https://api.github.com/user/emails": self.emails,
        }
        return self._answer(answers[url])


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    servers = GitHub()
    monkeypatch.setattr(SocialAdapter, "get_requests_session", lambda self: servers)
    registry.load()
    monkeypatch.setitem(registry.provider_map, "github", GitHubProvider)
    keys = {"github": {"APPS": [{"client_id": "id", "secret": "secret", "key": ""}]}}
    with override_settings(SOCIALACCOUNT_PROVIDERS=keys, ROOT_URLCONF=_Urls):
        yield servers


def come_back_from_github(client: Client, query: str = "") -> Any:
    there = client.post(f"/account/github/login/{query}")["Location"]
    assert there.startswith("https://github.com/login/oauth/authorize?")
    state = parse_qs(urlsplit(there).query)["state"][0]
    return client.get("/account/github/login/callback/", {"code": "x", "state": state})


def test_with_keys_there_is_a_button(client: Client, github: GitHub) -> None:  # R25
    assert "Continue with GitHub" in client.get("/login/").content.decode()


def test_somebody_new_chooses_a_name_and_is_in(client: Client, github: GitHub) -> None:  # R21
    assert come_back_from_github(client)["Location"] == "/account/3rdparty/signup/"
    assert "GitHub has told us who you are" in client.get("/account/3rdparty/signup/").content.decode()
    assert client.post("/account/3rdparty/signup/", {"email": "rosa@example.com", "username": "admin"}).status_code == 200
    assert not User.objects.exists()
    client.post("/account/3rdparty/signup/", {"email": "rosa@example.com", "username": "rosa"})
    user = User.objects.get()
    assert (user.username, user.profile.display_name, user.has_usable_password()) == ("rosa", "Rosa Lee", False)
    assert EmailAddress.objects.get(user=user).verified, "GitHub has checked the address"
    assert client.session["_auth_user_id"] == str(user.pk)
    again = Client()
    come_back_from_github(again)
    assert again.session["_auth_user_id"] == str(user.pk)


def test_another_address_than_github_s_has_to_be_confirmed(client: Client, github: GitHub) -> None:
    come_back_from_github(client)
    client.post("/account/3rdparty/signup/", {"email": "other@example.com", "username": "rosa"})
    assert not EmailAddress.objects.get().verified
    assert "_auth_user_id" not in client.session
    assert mail.outbox[-1].to == ["other@example.com"]


def test_an_address_of_an_account_here_does_not_open_it(client: Client, github: GitHub, ben: User) -> None:
    github.emails = [{"email": "ben@example.com", "verified": True, "primary": True}]
    come_back_from_github(client)
    client.post("/account/3rdparty/signup/", {"email": "ben@example.com", "username": "other"})
    assert "_auth_user_id" not in client.session
    assert list(User.objects.all()) == [ben]
    assert mail.outbox[-1].subject == "You have an account already"


def test_an_account_is_connected_and_disconnected(client: Client, github: GitHub, ben: User) -> None:
    client.force_login(ben)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    come_back_from_github(client, "?process=connect")
    linked = SocialAccount.objects.get(user=ben)
    assert "Disconnect" in client.get("/account/3rdparty/").content.decode()
    client.post("/account/3rdparty/", {"account": linked.pk})
    assert not SocialAccount.objects.exists()


def test_the_only_way_in_cannot_be_taken_away(client: Client, github: GitHub, ben: User) -> None:
    client.force_login(ben)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    come_back_from_github(client, "?process=connect")
    ben.set_unusable_password()
    ben.save()
    client.force_login(ben)
    page = client.post("/account/3rdparty/", {"account": SocialAccount.objects.get().pk}).content.decode()
    assert "Set a password first" in page
    assert SocialAccount.objects.exists()
