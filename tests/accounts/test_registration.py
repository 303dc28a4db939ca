from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.events import BecameCreator, PersonRegistered
from accounts.models import Profile, User
from accounts.services.registration import forget_unverified_accounts, register_person
from kit.events.models import OutboxEvent
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

NEW = {"email": "Rosa@Example.com", "username": "Rosa", "password1": "a quiet green river"}


def test_a_new_buyer_registers_confirms_by_the_mailed_link_and_is_signed_in(client: Client, link_in_mail) -> None:
    response = client.post("/register/", NEW | {"time_zone": "Europe/Lisbon"})
    assert response.status_code == 302
    assert response["Location"] == reverse("account_email_verification_sent")
    user = User.objects.get(username="rosa")
    assert user.email == "rosa@example.com"
    assert not user.is_creator
    assert user.profile.time_zone == "Europe/Lisbon"
    assert not EmailAddress.objects.get(user=user).verified  # R18
    assert "_auth_user_id" not in client.session
    link = link_in_mail("rosa@example.com")
    assert b"rosa@example.com" in client.get(link).content
    client.post(link)
    assert EmailAddress.objects.get(user=user).verified
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_new_creator_registers_at_an_address_of_her_own(client: Client) -> None:  # R28
    client.post("/register/creator/", NEW)
    assert User.objects.get(username="rosa").is_creator
    published = {row.name for row in OutboxEvent.objects.all()}
    assert any("BecameCreator" in name for name in published)
    assert any("PersonRegistered" in name for name in published)


def test_the_mail_of_the_link_has_words_in_plain_text_and_in_html(client: Client) -> None:
    client.post("/register/", NEW)
    message = mail.outbox[-1]
    assert message.to == ["rosa@example.com"]
    assert message.subject == "Confirm your address"
    assert "@rosa" in message.body
    html = message.alternatives[0][0]
    assert "Confirm my address" in html
    assert "<html" in html


def test_confirming_in_another_browser_confirms_and_does_not_sign_in(client: Client, link_in_mail) -> None:
    client.post("/register/", NEW)
    other = Client()
    other.post(link_in_mail("rosa@example.com"))
    assert EmailAddress.objects.get(email="rosa@example.com").verified
    assert "_auth_user_id" not in other.session


def test_a_known_address_is_answered_as_a_new_one(client: Client, ben: User) -> None:
    fresh = client.post("/register/", NEW)
    known = Client().post("/register/", NEW | {"email": ben.email, "username": "someone"})
    assert (known.status_code, known["Location"]) == (fresh.status_code, fresh["Location"])
    assert not User.objects.filter(username="someone").exists()
    assert mail.outbox[-1].to == [ben.email]
    assert mail.outbox[-1].subject == "You have an account already"


def test_what_fills_the_field_that_nobody_sees_makes_no_account(client: Client) -> None:
    response = client.post("/register/", NEW | {"homepage": "https://spam.example"})
    assert response["Location"] == reverse("account_email_verification_sent")
    assert not User.objects.exists()
    assert not mail.outbox


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123", "rosa@example.com", "qwertyuiop"])  # R7
def test_a_weak_password_is_refused_and_the_rest_is_kept(client: Client, password: str) -> None:
    response = client.post("/register/", NEW | {"password1": password})
    assert response.status_code == 200
    assert response.context["form"].errors.keys() == {"password1"}
    assert b'value="Rosa@Example.com"' in response.content or b'value="rosa@example.com"' in response.content
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "username", ["a", "x" * 31, "ro sa", "-rosa", "rosa_", "röşa", "123456", "admin", "Api", "l0gin", "closed-rosa", "rosa.b"]
)  # R8
def test_a_name_that_breaks_a_rule_is_refused(client: Client, username: str) -> None:
    response = client.post("/register/", NEW | {"username": username})
    assert response.context["form"].errors.keys() == {"username"}
    assert not User.objects.exists()


@pytest.mark.parametrize("username", ["ADA", "a-da", "A_d_a"])
def test_a_name_that_looks_like_one_in_use_is_refused(client: Client, ada: User, username: str) -> None:
    response = client.post("/register/", NEW | {"username": username})
    assert "taken" in response.context["form"].errors["username"][0]
    assert User.objects.count() == 1


def test_registering_writes_profile_address_and_event_together() -> None:
    user = register_person(username="rosa", email="rosa@example.com", password=PASSWORD)
    assert Profile.objects.filter(user=user).exists()
    assert OutboxEvent.objects.count() == 1
    assert PersonRegistered(user_id=user.pk).user_id == user.pk
    assert BecameCreator.__name__ not in OutboxEvent.objects.get().name


def test_the_owner_of_an_address_takes_it_from_who_only_claimed_it(client: Client, ben: User, link_in_mail) -> None:
    squatter = register_person(username="squatter", email="new@example.com", password=PASSWORD)
    client.force_login(ben)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.post("/account/email/", {"action_add": "", "email": "new@example.com"})
    client.post(link_in_mail("new@example.com"))
    ben.refresh_from_db()
    squatter.refresh_from_db()
    assert ben.email == "new@example.com"
    assert squatter.email == ""
    assert list(EmailAddress.objects.filter(email="new@example.com").values_list("user_id", "verified")) == [(ben.pk, True)]


def test_accounts_that_were_never_confirmed_are_forgotten_after_a_fortnight(ben: User) -> None:
    old = register_person(username="old", email="old@example.com", password=PASSWORD)
    register_person(username="young", email="young@example.com", password=PASSWORD)
    long_ago = timezone.now() - timedelta(days=15)
    User.objects.filter(pk__in=[old.pk, ben.pk]).update(date_joined=long_ago)
    assert forget_unverified_accounts() == 1
    assert set(User.objects.values_list("username", flat=True)) == {"young", "ben"}


def test_signing_up_too_often_is_refused(client: Client) -> None:  # R26
    statuses = {client.post("/register/", NEW | {"username": "!"}).status_code for _ in range(25)}
    assert 429 in statuses


def test_who_is_signed_in_is_led_away_from_the_sign_up(client: Client, ben: User) -> None:
    client.force_login(make_user("vera"))
    assert client.get("/register/").status_code == 302
