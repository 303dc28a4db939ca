from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Session, User
from accounts.services.registration import register_person
from accounts.services.suspensions import suspend_person
from tests.accounts.authenticator import totp
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

CREDENTIALS = {"login": "ben@example.com", "password": PASSWORD}


def signed_in_as(client: Client) -> str:
    return client.session.get("_auth_user_id", "")


def reauthenticate(client: Client) -> None:
    client.post("/account/reauthenticate/", {"password": PASSWORD})


@pytest.mark.parametrize("login", ["ben@example.com", "BEN@example.com", "ben", "Ben"])
def test_an_address_or_a_username_and_the_password_open_the_account(client: Client, ben: User, login: str) -> None:
    response = client.post("/login/", CREDENTIALS | {"login": login})
    assert response.status_code == 302
    assert signed_in_as(client) == str(ben.pk)


def test_a_creator_comes_to_her_dashboard_and_anybody_to_the_page_that_asked(client: Client, ada: User) -> None:
    assert client.post("/login/", CREDENTIALS | {"login": "ada", "next": "/settings/"})["Location"] == "/settings/"
    client.logout()
    assert "evil" not in client.post("/login/", CREDENTIALS | {"login": "ada", "next": "https://evil.example/"})["Location"]


def test_the_old_addresses_of_signing_in_lead_to_ours(client: Client) -> None:
    for old, new in (("login", "/login/"), ("signup", "/register/"), ("logout", "/logout/")):
        assert client.get(f"/account/{old}/?next=/x/")["Location"] == f"{new}?next=/x/"


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(client: Client, ben: User) -> None:
    wrong = client.post("/login/", CREDENTIALS | {"password": "not the password"})
    unknown = client.post("/login/", CREDENTIALS | {"login": "nobody@example.com"})
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert wrong.status_code == unknown.status_code == 200
    assert signed_in_as(client) == ""


def test_guessing_is_stopped_even_when_the_sixth_guess_is_right(client: Client, ben: User) -> None:  # R26
    for _ in range(5):
        client.post("/login/", CREDENTIALS | {"password": "guess"})
    response = client.post("/login/", CREDENTIALS)
    assert "Too many tries" in str(response.context["form"].errors)
    assert signed_in_as(client) == ""


def test_an_unconfirmed_account_stays_shut_and_gets_its_mail_again(client: Client, settings) -> None:
    register_person(username="rosa", email="rosa@example.com", password=PASSWORD)
    response = client.post("/login/", {"login": "rosa", "password": PASSWORD})
    assert response["Location"] == reverse("account_email_verification_sent")
    assert signed_in_as(client) == ""
    assert mail.outbox[-1].to == ["rosa@example.com"]


def test_a_mailed_code_opens_the_account(client: Client, ben: User) -> None:
    response = client.post("/account/login/code/", {"email": "ben@example.com"})
    assert response["Location"] == reverse("account_confirm_login_code")
    code = re.search(r"^[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code, mail.outbox[-1].body
    assert b"ben@example.com" in client.get(response["Location"]).content
    assert client.post(response["Location"], {"code": "WRONG"}).status_code == 200
    assert signed_in_as(client) == ""
    client.post(response["Location"], {"code": code[0]})
    assert signed_in_as(client) == str(ben.pk)


def _sign_in_by_code(client: Client, address: str) -> None:
    page = client.post("/account/login/code/", {"email": address})["Location"]
    assert mail.outbox[-1].to == [address]
    code = re.search(r"^[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code, mail.outbox[-1].body
    client.post(page, {"code": code[0]})


def test_who_registered_with_the_address_of_another_does_not_get_in_after_her_first_code(client: Client, db: None) -> None:
    squatted = register_person(username="squatter", email="rosa@example.com", password=PASSWORD)
    _sign_in_by_code(client, "rosa@example.com")
    assert signed_in_as(client) == str(squatted.pk)
    assert client.get("/settings/").status_code == 200
    squatted.refresh_from_db()
    assert not squatted.has_usable_password()
    stranger = Client()
    stranger.post("/login/", {"login": "rosa@example.com", "password": PASSWORD})
    assert signed_in_as(stranger) == ""


def test_a_code_leaves_the_password_of_who_signed_in_before(client: Client, ben: User) -> None:
    client.post("/login/", CREDENTIALS)
    client.post("/logout/")
    _sign_in_by_code(client, "ben@example.com")
    ben.refresh_from_db()
    assert ben.check_password(PASSWORD)


def test_who_typed_the_password_in_this_browser_keeps_it(client: Client, db: None) -> None:
    rosa = register_person(username="rosa", email="rosa@example.com", password=PASSWORD)
    client.post("/login/", {"login": "rosa", "password": PASSWORD})
    _sign_in_by_code(client, "rosa@example.com")
    rosa.refresh_from_db()
    assert signed_in_as(client) == str(rosa.pk)
    assert rosa.check_password(PASSWORD)


def test_a_code_for_an_unknown_address_looks_the_same_and_the_mail_says_so(client: Client, ben: User) -> None:
    unknown = client.post("/account/login/code/", {"email": "nobody@example.com"})
    known = Client().post("/account/login/code/", {"email": "ben@example.com"})
    assert unknown["Location"] == known["Location"]
    assert client.get(unknown["Location"]).status_code == 200
    assert {message.to[0]: message.subject for message in mail.outbox}["nobody@example.com"] == "No account with this address"


def test_a_suspended_person_reads_why_and_stays_out(client: Client, ben: User, mo: User) -> None:
    suspend_person(ben, by=mo, reason="Sold what was not theirs.")
    response = client.post("/login/", CREDENTIALS)
    assert response.status_code == 403
    assert "Sold what was not theirs." in response.content.decode()
    assert signed_in_as(client) == ""
    guess = client.post("/login/", CREDENTIALS | {"password": "guess"})
    assert "Sold what was not theirs." not in guess.content.decode()


def test_a_suspended_person_who_asks_for_a_code_gets_the_reason_by_mail(client: Client, ben: User, mo: User) -> None:
    suspend_person(ben, by=mo, reason="Sold what was not theirs.")
    client.post("/account/login/code/", {"email": "ben@example.com"})
    assert mail.outbox[-1].subject == "Your account is suspended"
    assert "Sold what was not theirs." in mail.outbox[-1].body


def test_a_forgotten_password_is_replaced_by_the_mailed_link_once(client: Client, ben: User, link_in_mail) -> None:
    elsewhere = Client()
    elsewhere.force_login(ben)
    client.post("/account/password/reset/", {"email": "ben@example.com"})
    link = link_in_mail("ben@example.com")
    form_url = client.get(link)["Location"]
    assert client.post(form_url, {"password1": "short"}).status_code == 200
    assert client.post(form_url, {"password1": "a quiet green river"}).status_code == 302
    ben.refresh_from_db()
    assert ben.check_password("a quiet green river")
    assert elsewhere.get("/settings/").status_code == 302, "other devices are logged out"
    assert "leads nowhere" in Client().get(link, follow=True).content.decode()
    assert mail.outbox[-1].subject == "Your password has been changed"


def test_asking_for_a_new_password_tells_nobody_who_has_an_account(client: Client, ben: User) -> None:
    known = client.post("/account/password/reset/", {"email": "ben@example.com"})
    unknown = client.post("/account/password/reset/", {"email": "nobody@example.com"})
    assert known["Location"] == unknown["Location"]
    assert [message.to for message in mail.outbox] == [["ben@example.com"], ["nobody@example.com"]]


def test_changing_the_password_needs_the_old_one_and_ends_other_sessions(client: Client, ben: User) -> None:
    client.force_login(ben)
    elsewhere = Client()
    elsewhere.force_login(ben)
    refused = client.post("/account/password/change/", {"oldpassword": "guess", "password1": "a quiet green river"})
    assert refused.status_code == 200
    ben.refresh_from_db()
    assert ben.check_password(PASSWORD)
    assert client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": "a quiet green river"}).status_code == 302
    assert client.get("/settings/").status_code == 200
    assert elsewhere.get("/settings/").status_code == 302


def test_a_new_address_counts_once_it_is_confirmed(client: Client, ben: User, link_in_mail) -> None:
    client.force_login(ben)
    reauthenticate(client)
    client.post("/account/email/", {"action_add": "", "email": "new@example.com"})
    ben.refresh_from_db()
    assert ben.email == "ben@example.com"
    assert "new@example.com" in client.get("/account/email/").content.decode()
    client.post(link_in_mail("new@example.com"))
    ben.refresh_from_db()
    assert ben.email == "new@example.com"
    assert [address.email for address in ben.emailaddress_set.all()] == ["new@example.com"]
    assert mail.outbox[-1].to == ["ben@example.com"], "the old address is told"


def test_a_new_address_of_somebody_else_is_taken_in_silence_and_never_confirmed(
    client: Client, ben: User, cleo: User, link_in_mail
) -> None:
    client.force_login(ben)
    reauthenticate(client)
    response = client.post("/account/email/", {"action_add": "", "email": cleo.email})
    assert response.status_code == 302
    client.post(link_in_mail(cleo.email))
    ben.refresh_from_db()
    cleo.refresh_from_db()
    assert (ben.email, cleo.email) == ("ben@example.com", "cleo@example.com")


def test_what_concerns_the_account_itself_asks_for_the_password_again(client: Client, ben: User) -> None:
    client.force_login(ben)
    for path in ("/settings/close/", "/settings/data/", "/settings/tokens/", "/account/2fa/totp/activate/"):
        assert client.get(path)["Location"].startswith("/account/reauthenticate/"), path
    assert client.post("/account/reauthenticate/?next=/settings/data/", {"password": "guess"}).status_code == 200
    assert client.post("/account/reauthenticate/", {"password": PASSWORD, "next": "/settings/data/"})["Location"] == "/settings/data/"
    assert client.get("/settings/data/").status_code == 200


class TestSecondStep:
    @pytest.fixture
    def secret(self, client: Client, ben: User) -> str:
        client.force_login(ben)
        reauthenticate(client)
        page = client.get("/account/2fa/totp/activate/")
        assert "data:image/svg+xml" in page.content.decode()
        secret = page.context["form"].secret
        assert client.post("/account/2fa/totp/activate/", {"code": "000000"}).status_code == 200
        assert not Authenticator.objects.exists()
        assert client.post("/account/2fa/totp/activate/", {"code": totp(secret)}).status_code == 302
        client.logout()
        return secret

    def test_the_password_alone_no_longer_opens_the_account(self, client: Client, ben: User, secret: str) -> None:
        response = client.post("/login/", CREDENTIALS)
        assert response["Location"] == reverse("mfa_authenticate")
        assert signed_in_as(client) == ""
        assert client.get("/settings/").status_code == 302
        assert client.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
        assert signed_in_as(client) == ""

    def test_the_app_s_code_opens_it(self, client: Client, ben: User, secret: str) -> None:
        client.post("/login/", CREDENTIALS)
        # The code of this half minute was used to set it up; a clock may be one ahead.
        client.post("/account/2fa/authenticate/", {"code": totp(secret, ahead=1)})
        assert signed_in_as(client) == str(ben.pk)

    def test_a_code_that_was_seen_by_somebody_does_not_work_again(self, client: Client, ben: User, secret: str) -> None:
        seen = totp(secret, ahead=1)
        for expected in (str(ben.pk), ""):
            client.post("/login/", CREDENTIALS)
            client.post("/account/2fa/authenticate/", {"code": seen})
            assert signed_in_as(client) == expected
            client.logout()

    def test_a_mailed_code_does_not_get_round_it(self, client: Client, ben: User, secret: str) -> None:
        client.post("/account/login/code/", {"email": "ben@example.com"})
        code = re.search(r"^[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}$", str(mail.outbox[-1].body), re.MULTILINE)
        response = client.post("/account/login/code/confirm/", {"code": code[0]})
        assert response["Location"] == reverse("mfa_authenticate")
        assert signed_in_as(client) == ""

    def test_a_recovery_code_opens_it_once(self, client: Client, ben: User, secret: str) -> None:
        codes = Authenticator.objects.get(user=ben, type="recovery_codes").wrap().get_unused_codes()
        client.post("/login/", CREDENTIALS)
        client.post("/account/2fa/authenticate/", {"code": codes[0]})
        assert signed_in_as(client) == str(ben.pk)
        client.logout()
        client.post("/login/", CREDENTIALS)
        client.post("/account/2fa/authenticate/", {"code": codes[0]})
        assert signed_in_as(client) == ""

    def test_the_seed_lies_sealed_in_the_database(self, ben: User, secret: str) -> None:
        stored = Authenticator.objects.get(user=ben, type="totp")
        assert secret not in str(stored.data)
        assert stored.wrap().validate_code(totp(secret, ahead=1))

    def test_the_codes_can_be_seen_downloaded_and_made_anew(self, client: Client, ben: User, secret: str) -> None:
        client.force_login(ben)
        reauthenticate(client)
        code = Authenticator.objects.get(user=ben, type="recovery_codes").wrap().get_unused_codes()[0]
        assert code in client.get("/account/2fa/recovery-codes/").content.decode()
        assert code in client.get("/account/2fa/recovery-codes/download/").content.decode()
        client.post("/account/2fa/recovery-codes/generate/")
        assert code not in client.get("/account/2fa/recovery-codes/").content.decode()

    def test_it_can_be_turned_off_after_the_password(self, client: Client, ben: User, secret: str) -> None:
        client.force_login(ben)
        assert client.post("/account/2fa/totp/deactivate/").status_code == 302
        assert Authenticator.objects.filter(type="totp").exists()
        client.post("/account/reauthenticate/", {"password": PASSWORD})
        client.post("/account/2fa/totp/deactivate/")
        assert not Authenticator.objects.exists()
        assert mail.outbox[-1].subject == "Your second step is off"


class TestSessions:
    def test_one_sees_them_and_ends_one(self, client: Client, ben: User) -> None:
        client.post("/login/", CREDENTIALS, HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
        elsewhere = Client()
        elsewhere.post("/login/", CREDENTIALS, HTTP_USER_AGENT="curl/8.0")
        page = client.get("/account/sessions/").content.decode()
        assert "Firefox on Linux" in page
        assert "curl" in page
        other = UserSession.objects.exclude(session_key=client.session.session_key).get()
        client.post(f"/settings/sessions/{other.pk}/end/")
        assert elsewhere.get("/settings/").status_code == 302
        assert client.get("/settings/").status_code == 200

    def test_all_others_end_at_once(self, client: Client, ben: User) -> None:
        others = [Client() for _ in range(3)]
        for one in (client, *others):
            one.post("/login/", CREDENTIALS)
        client.post("/account/sessions/")
        assert all(one.get("/settings/").status_code == 302 for one in others)
        assert client.get("/settings/").status_code == 200

    def test_nobody_ends_a_stranger_s(self, client: Client, ben: User, cleo: User) -> None:
        client.post("/login/", CREDENTIALS)
        stranger = Client()
        stranger.force_login(cleo)
        assert stranger.post(f"/settings/sessions/{UserSession.objects.get(user=ben).pk}/end/").status_code == 404
        assert client.get("/settings/").status_code == 200

    def test_logging_out_ends_the_session_and_only_by_a_form(self, client: Client, ben: User) -> None:
        client.post("/login/", CREDENTIALS)
        key = client.session.session_key
        assert client.get("/logout/").status_code == 200
        assert signed_in_as(client) == str(ben.pk)
        assert client.post("/logout/").status_code == 302
        assert not Session.objects.filter(session_key=key).exists()

    def test_suspending_ends_them_all(self, client: Client, ben: User, mo: User) -> None:
        client.post("/login/", CREDENTIALS)
        suspend_person(ben, by=mo, reason="Because.")
        assert not UserSession.objects.filter(user=ben).exists()
        assert client.get("/settings/").status_code == 302


def test_no_page_of_signing_in_carries_script_of_its_own(client: Client, ben: User) -> None:
    paths = ["/login/", "/register/", "/register/creator/", "/account/password/reset/", "/account/login/code/", "/account/closed/"]
    client.force_login(ben)
    reauthenticate(client)
    mine = [
        "/settings/", "/settings/profile/", "/settings/username/", "/settings/creator/", "/settings/tokens/", "/settings/data/",
        "/settings/close/", "/account/email/", "/account/password/change/", "/account/2fa/", "/account/2fa/totp/activate/",
        "/account/2fa/webauthn/", "/account/2fa/webauthn/add/", "/account/sessions/", "/account/3rdparty/", "/logout/",
    ]  # fmt: skip
    visitor = Client()
    for who, path in [*((visitor, path) for path in paths), *((client, path) for path in mine)]:
        response = who.get(path)
        assert response.status_code == 200, path
        html = response.content.decode()
        assert " style=" not in html, path
        assert " onclick=" not in html, path
        for tag in re.findall(r"<script[^>]*>", html):
            assert "nonce=" in tag or "src=" in tag or 'type="application/json"' in tag, (path, tag)


def test_there_are_no_buttons_of_providers_without_their_keys(client: Client) -> None:  # R25
    assert "Continue with" not in client.get("/login/").content.decode()


def test_dates_are_shown_in_the_zone_of_the_profile(client: Client, ben: User) -> None:
    ben.profile.time_zone = "Asia/Tokyo"
    ben.profile.save()
    client.post("/login/", CREDENTIALS)
    evening = timezone.now().replace(hour=20, minute=30)
    UserSession.objects.update(created_at=evening)
    assert (evening + timedelta(hours=9)).strftime("%-d %b %Y, 05:30") in client.get("/account/sessions/").content.decode()


def test_a_made_up_forwarding_header_does_not_get_round_the_limit(client: Client, ben: User, settings) -> None:  # R26
    def guesses(number: int) -> list[str]:
        pages = (
            client.post("/login/", {"login": f"p{n}@example.com", "password": "guess"}, HTTP_X_FORWARDED_FOR=f"198.51.100.{n}")
            for n in range(number)
        )
        return [str(page.context["form"].errors) for page in pages]

    assert "Too many tries" in guesses(12)[-1]
    settings.TRUSTED_PROXY_COUNT = 1
    assert not any("Too many tries" in errors for errors in guesses(12)), "our own proxy is believed"
