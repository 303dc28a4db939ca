from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts import closing, data_export
from accounts.closing import register_closer, register_obstacle
from accounts.data_export import register_exporter
from accounts.errors import CannotClose, TooManyTokens, UsernameTaken
from accounts.events import AccountClosed
from accounts.models import ApiToken, FormerUsername, Profile, User
from accounts.networks import clean_link
from accounts.services.closing import close_account
from accounts.services.creators import become_creator
from accounts.services.registration import register_person
from accounts.services.tokens import MOST_TOKENS, create_token
from kit.errors import Conflict, DomainError
from kit.events.models import OutboxEvent
from kit.events.testing import deliver_all
from kit.storage import public
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

PROFILE = {"display_name": "Ben", "bio": "", "location": "", "website": "", "time_zone": "UTC"}


@pytest.fixture
def ben_at_home(client: Client, ben: User) -> Client:
    """ben's browser, with his password just given."""
    client.post("/login/", {"login": "ben", "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


def picture(width: int = 900, height: int = 600, kind: str = "JPEG") -> SimpleUploadedFile:
    content = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    Image.new("RGB", (width, height), "teal").save(content, kind, exif=exif)
    return SimpleUploadedFile("me.jpg", content.getvalue(), content_type="image/jpeg")


class TestProfile:
    def test_what_is_typed_is_saved_and_shown(self, client: Client, ben: User) -> None:  # R68
        client.force_login(ben)
        typed = PROFILE | {"display_name": " Ben  Baker ", "website": "ben.example", "link_github": "@ben", "time_zone": "Asia/Tokyo"}
        assert client.post("/settings/profile/", typed).status_code == 302
        profile = Profile.objects.get(user=ben)
        assert (profile.display_name, profile.website, profile.time_zone) == ("Ben Baker", "https://ben.example", "Asia/Tokyo")
        assert profile.social_links == {"github": "https://github.com/ben"}
        assert "Ben Baker" in client.get("/settings/").content.decode()

    @pytest.mark.parametrize(
        ("field", "typed"),
        [
            ("website", "javascript:alert(1)"),
            ("link_github", "https://evil.example/ben"),
            ("link_x", "https://x.com/"),
            ("time_zone", "Nowhere/City"),
            ("display_name", "x" * 81),
        ],
    )
    def test_what_breaks_a_rule_is_refused_with_what_was_typed(self, client: Client, ben: User, field: str, typed: str) -> None:
        client.force_login(ben)
        response = client.post("/settings/profile/", PROFILE | {"location": "Lisbon", field: typed})
        assert response.status_code == 422
        assert field in response.context["form"].errors
        assert 'value="Lisbon"' in response.content.decode()
        assert Profile.objects.get(user=ben).location == ""

    def test_a_picture_is_drawn_anew_within_bounds_and_without_metadata(self, client: Client, ben: User) -> None:
        client.force_login(ben)
        assert client.post("/settings/profile/", PROFILE | {"picture": picture()}).status_code == 302
        name = Profile.objects.get(user=ben).avatar.name
        with public().open(name) as stored:
            content = stored.read()
        shown = Image.open(io.BytesIO(content))
        assert max(shown.size) <= 512
        assert b"where I live" not in content
        assert "me" not in name.rpartition("/")[2]

    def test_the_picture_before_goes_once_another_is_shown(self, client: Client, ben: User) -> None:
        client.force_login(ben)
        client.post("/settings/profile/", PROFILE | {"picture": picture()})
        first = Profile.objects.get(user=ben).avatar.name
        client.post("/settings/profile/", PROFILE | {"picture": picture(300, 300)})
        assert public().exists(first)
        deliver_all()
        assert not public().exists(first)
        client.post("/settings/profile/", PROFILE | {"remove_picture": "on"})
        deliver_all()
        assert Profile.objects.get(user=ben).avatar_url == ""

    def test_what_is_no_picture_is_refused_and_changes_nothing(self, client: Client, ben: User) -> None:
        client.force_login(ben)
        fake = SimpleUploadedFile("me.png", b"<svg onload=alert(1)>", content_type="image/png")
        response = client.post("/settings/profile/", PROFILE | {"display_name": "New", "picture": fake})
        assert response.status_code == 422
        assert "picture" in response.context["form"].errors
        profile = Profile.objects.get(user=ben)
        assert (profile.avatar.name, profile.display_name) == ("", "Ben")


@pytest.mark.parametrize(
    ("key", "typed", "expected"),
    [
        ("github", "ben", "https://github.com/ben"),
        ("github", "github.com/ben", "https://github.com/ben"),
        ("github", "http://github.com/ben", "https://github.com/ben"),
        ("bluesky", "ben.bsky.social", "https://bsky.app/profile/ben.bsky.social"),
        ("mastodon", "@ben@Social.Example", "https://social.example/@ben"),
        ("mastodon", "https://social.example/@ben", "https://social.example/@ben"),
        ("x", "https://twitter.com/ben", "https://twitter.com/ben"),
        ("x", "  ", ""),
    ],
)
def test_a_link_elsewhere_is_an_address_or_a_name_there(key: str, typed: str, expected: str) -> None:
    assert clean_link(key, typed) == expected


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("github", "https://github.com.evil.example/ben"),
        ("github", "https://github.com@evil.example/"),
        ("github", "javascript:alert(1)//github.com"),
        ("github", "https://github.com:8080/ben"),
        ("github", "ben smith"),
        ("mastodon", "ben"),
        ("youtube", "https://youtube.com"),
    ],
)
def test_a_link_to_another_place_is_refused(key: str, typed: str) -> None:
    with pytest.raises(ValidationError):
        clean_link(key, typed)


class TestBecomingACreator:
    def test_it_takes_one_step(self, client: Client, ben: User) -> None:
        client.force_login(ben)
        assert "Begin to sell" in client.get("/settings/creator/").content.decode()
        client.post("/settings/creator/")
        ben.refresh_from_db()
        assert ben.is_creator
        assert "You sell here" in client.get("/settings/creator/").content.decode()

    def test_twice_changes_nothing(self, ben: User) -> None:
        since = become_creator(ben).creator_since
        assert become_creator(ben).creator_since == since
        assert OutboxEvent.objects.count() == 1

    def test_looking_does_not_make_one(self, client: Client, ben: User) -> None:
        client.force_login(ben)
        client.get("/settings/creator/")
        ben.refresh_from_db()
        assert not ben.is_creator


class TestTokens:
    def test_a_token_is_shown_once_and_revoked_for_good(self, ben_at_home: Client, ben: User) -> None:
        response = ben_at_home.post("/settings/tokens/", {"name": "Backup", "scopes": ["read"], "days": "30"})
        secret = response.context["secret"]
        assert secret in response.content.decode()
        assert "no-store" in response["Cache-Control"]
        page = ben_at_home.get("/settings/tokens/").content.decode()
        assert secret not in page
        assert secret[:10] in page
        token = ApiToken.objects.get()
        assert token.expires_at is not None
        ben_at_home.post(f"/settings/tokens/{token.pk}/revoke/")
        token.refresh_from_db()
        assert token.revoked_at is not None
        assert ben_at_home.post(f"/settings/tokens/{token.pk}/revoke/").status_code == 404

    def test_without_a_scope_or_a_name_none_is_made(self, ben_at_home: Client) -> None:
        response = ben_at_home.post("/settings/tokens/", {"name": "", "days": "30"})
        assert response.status_code == 422
        assert set(response.context["form"].errors) == {"name", "scopes"}
        assert not ApiToken.objects.exists()

    def test_a_stranger_cannot_revoke(self, client: Client, ben: User, cleo: User) -> None:
        token, _ = create_token(ben, name="x", scopes=["read"], expires_at=None)
        client.force_login(cleo)
        assert client.post(f"/settings/tokens/{token.pk}/revoke/").status_code == 404
        token.refresh_from_db()
        assert token.revoked_at is None

    def test_there_is_an_end_to_their_number(self, ben: User) -> None:
        for number in range(MOST_TOKENS):
            create_token(ben, name=str(number), scopes=["read"], expires_at=None)
        with pytest.raises(TooManyTokens):
            create_token(ben, name="one more", scopes=["read"], expires_at=None)
        with pytest.raises(DomainError):
            create_token(ben, name="everything", scopes=["root"], expires_at=None)
        assert ApiToken.objects.count() == MOST_TOKENS


class TestOwnData:
    def read(self, client: Client) -> dict[str, Any]:
        response = client.post("/settings/data/archive/")
        assert response["Content-Disposition"].startswith('attachment; filename="ben-')
        archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
        return {name.removesuffix(".json"): json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}

    def test_the_archive_holds_what_is_kept_and_nothing_of_others(self, ben_at_home: Client, ben: User, cleo: User) -> None:
        Profile.objects.filter(user=ben).update(bio="Größe & <b>")
        data = self.read(ben_at_home)
        assert {"account", "profile", "sign_in"} <= set(data)
        assert data["account"][0]["email"] == "ben@example.com"
        assert data["profile"][0]["bio"] == "Größe & <b>"
        assert "cleo" not in json.dumps(data)
        assert "password" not in json.dumps(data)

    def test_an_app_above_adds_its_own(self, ben_at_home: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(data_export, "_exporters", dict(data_export._exporters))
        register_exporter("letters", lambda user: ({"to": user.username, "n": n} for n in range(2)))
        assert self.read(ben_at_home)["letters"] == [{"to": "ben", "n": 0}, {"to": "ben", "n": 1}]
        with pytest.raises(ValueError, match="twice"):
            register_exporter("letters", lambda user: [])

    def test_it_asks_who_is_there(self, client: Client, ben: User) -> None:
        client.force_login(ben)
        assert client.post("/settings/data/archive/").status_code == 302


class TestClosing:
    @pytest.fixture(autouse=True)
    def _registries(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(closing, "_closers", [])
        monkeypatch.setattr(closing, "_obstacles", [])

    def test_the_person_goes_and_the_row_stays(self, ben_at_home: Client, ben: User) -> None:
        create_token(ben, name="x", scopes=["read"], expires_at=None)
        Profile.objects.filter(user=ben).update(bio="About me", location="Lisbon", social_links={"github": "x"})
        response = ben_at_home.post("/settings/close/", {"understood": "on"})
        assert response["Location"] == "/account/closed/"
        ben.refresh_from_db()
        assert ben.is_closed
        assert not ben.is_active
        assert ben.username.startswith("closed-")
        assert ben.email == ""
        assert not ben.has_usable_password()
        profile = Profile.objects.get(user=ben)
        assert (profile.display_name, profile.bio, profile.location, profile.social_links) == ("", "", "", {})
        for model in (EmailAddress, ApiToken, UserSession):
            assert not model.objects.filter(user=ben).exists()
        assert ben_at_home.get("/settings/").status_code == 302
        assert mail.outbox[-1].to == ["ben@example.com"]
        assert OutboxEvent.objects.filter(name__contains=AccountClosed.__name__).exists()

    def test_nobody_steps_into_the_name_and_the_address_is_free(self, ben: User) -> None:
        close_account(ben)
        with pytest.raises(UsernameTaken):
            register_person(username="b-e-n", email="new@example.com", password=PASSWORD)
        assert register_person(username="bertha", email="ben@example.com", password=PASSWORD).pk
        assert list(FormerUsername.objects.values_list("user", "username")) == [(None, "")]

    def test_without_the_tick_nothing_happens(self, ben_at_home: Client, ben: User) -> None:
        assert ben_at_home.post("/settings/close/").status_code == 422
        ben.refresh_from_db()
        assert not ben.is_closed

    def test_what_is_in_the_way_is_said_and_stops_it(self, ben_at_home: Client, ben: User) -> None:
        register_obstacle(lambda user: "€20.00 are still to be paid out." if user == ben else None)
        page = ben_at_home.get("/settings/close/").content.decode()
        assert "€20.00 are still to be paid out." in page
        assert "Close it for good" not in page
        assert ben_at_home.post("/settings/close/", {"understood": "on"}).status_code == 422
        with pytest.raises(CannotClose):
            close_account(ben)
        ben.refresh_from_db()
        assert not ben.is_closed

    def test_a_closer_that_refuses_leaves_all_as_it_was(self, ben: User) -> None:
        def refuse(user: User) -> None:
            User.objects.filter(pk=user.pk).update(email="changed@example.com")
            raise Conflict

        register_closer(refuse)
        with pytest.raises(Conflict):
            close_account(ben)
        ben.refresh_from_db()
        assert (ben.email, ben.is_closed) == ("ben@example.com", False)

    def test_twice_is_once(self, ben: User) -> None:
        closed = close_account(ben)
        assert close_account(closed).username == closed.username
        assert OutboxEvent.objects.filter(name__contains=AccountClosed.__name__).count() == 1
