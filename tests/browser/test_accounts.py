"""Signing in and the settings in a real browser: passkeys with a virtual authenticator, axe, widths, the content policy."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from playwright.sync_api import CDPSession, Page, expect

from accounts.models import User
from tests.browser.checks import axe_findings, sideways
from tests.browser.conftest import Window
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
VISITORS = ["/login/", "/register/creator/", "/account/password/reset/", "/account/login/code/", "/account/inactive/"]
OWN = [
    "/settings/", "/settings/profile/", "/settings/username/", "/settings/creator/", "/settings/tokens/", "/settings/data/",
    "/settings/close/", "/account/email/", "/account/password/change/", "/account/2fa/", "/account/2fa/totp/activate/",
    "/account/2fa/webauthn/add/", "/account/sessions/",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _unused_limits() -> None:
    cache.clear()


def device_of(page: Page, **changes: Any) -> tuple[CDPSession, str]:
    """Give the page's browser a device that holds keys and says yes."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    return devtools, devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | changes})["authenticatorId"]


def confirm_password(page: Page) -> None:
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def sign_in(page: Page, origin: str) -> None:
    page.goto(f"{origin}/login/?next=/settings/")
    page.get_by_label("Email or username").fill("ben")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def add_key(page: Page, origin: str, name: str, *, passkey: bool) -> None:
    page.goto(f"{origin}/account/2fa/webauthn/add/")
    confirm_password(page)
    page.get_by_label("Name of the key").fill(name)
    page.get_by_label("Sign in with this key alone").set_checked(passkey)
    page.get_by_role("button", name="Add the key").click()
    page.wait_for_url("**/recovery-codes/**")


def log_out(page: Page, origin: str) -> None:
    page.goto(f"{origin}/logout/")
    page.locator("main").get_by_role("button", name="Log out").click()
    page.wait_for_url(lambda url: not url.endswith("/logout/"))


def test_a_passkey_is_added_signs_in_alone_is_renamed_and_removed(window: Window, ben: User) -> None:
    page = window.open("/settings/", by=ben)
    device_of(page)
    add_key(page, window.origin, "My laptop", passkey=True)
    assert Authenticator.objects.get(user=ben, type="webauthn").wrap().is_passwordless
    log_out(page, window.origin)

    page.goto(f"{window.origin}/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto(f"{window.origin}/account/2fa/webauthn/")
    page.get_by_role("link", name="Rename My laptop").click()
    confirm_password(page)
    page.get_by_label("Name of the key").fill("Old laptop")
    page.get_by_role("button", name="Save the name").click()
    page.get_by_role("link", name="Remove Old laptop").click()
    page.get_by_role("button", name="Remove the key").click()
    page.wait_for_url("**/webauthn/")
    assert not Authenticator.objects.filter(user=ben, type="webauthn").exists()


def test_a_security_key_is_the_second_step_after_the_password(window: Window, ben: User) -> None:
    page = window.open("/settings/", by=ben)
    device_of(page)
    add_key(page, window.origin, "Key ring", passkey=False)
    log_out(page, window.origin)
    sign_in(page, window.origin)
    page.wait_for_url("**/2fa/authenticate/**")
    page.get_by_role("button", name="Use your security key").click()
    page.wait_for_url("**/settings/")


def test_a_device_that_refuses_is_explained_in_words(window: Window, ben: User) -> None:
    page = window.open("/login/")
    device_of(page, isUserVerified=False)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_have_text("Nothing was confirmed. Try again when you like.")
    assert page.url.endswith("/login/")


def test_the_browser_s_time_zone_comes_with_the_sign_up_and_the_rules_are_ticked_while_typing(window: Window, db: None) -> None:  # R7
    page = window.open("/register/")
    expect(page.locator("input[name=time_zone]")).not_to_have_value("")
    password = page.get_by_label("Password", exact=True)
    password.fill("1234")
    expect(page.locator("[data-rule=length]")).not_to_have_attribute("data-met", "true")
    password.fill("a quiet green river")
    expect(page.locator("[data-rule=length]")).to_have_attribute("data-met", "true")
    expect(page.locator("[data-rule=letters]")).to_have_attribute("data-met", "true")


@pytest.mark.parametrize(("theme", "width"), [("paper", 390), ("darkroom", 1440)])
def test_no_page_has_a_barrier_sticks_out_or_breaks_the_content_policy(window: Window, ben: User, theme: str, width: int) -> None:
    found: dict[str, list[str]] = {}

    def check(page: Page, path: str) -> None:
        page.goto(window.origin + path)
        page.wait_for_load_state("networkidle")
        assert page.url == window.origin + path
        if faults := [*axe_findings(page), *sideways(page)]:
            found[path] = faults

    visitor = window.open("/login/", theme=theme, width=width)
    for path in VISITORS:
        check(visitor, path)
    person = window.open("/account/reauthenticate/", by=ben, theme=theme, width=width)
    found |= {"reauthenticate": faults} if (faults := axe_findings(person)) else {}
    confirm_password(person)
    person.wait_for_url(lambda url: "reauthenticate" not in url)
    for path in OWN:
        check(person, path)
    assert found == {}
    assert [fault for fault in window.faults if "Content Security Policy" in fault] == []


def test_everything_works_without_script(window: Window, ben: User) -> None:
    page = window.open("/login/?next=/settings/username/", script=False)
    assert not page.get_by_role("button", name="Use a passkey").is_visible()
    page.get_by_label("Email or username").fill("ben")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_label("Username").fill("benjamin")
    page.get_by_role("button", name="Change the username").click()
    expect(page.get_by_text("You are @benjamin.")).to_be_visible()
