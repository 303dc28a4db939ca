"""The pages that show the API: everything on them is ours to serve, and the content policy of the site holds."""

from __future__ import annotations

import pytest

from config.api import openapi
from tests.browser.conftest import Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def operations() -> int:
    return sum(len(methods) for methods in openapi()["paths"].values())


def test_the_page_to_try_things_out_lists_every_operation(window: Window) -> None:  # R319
    page = window.open("/api/v1/docs")
    page.wait_for_selector(".opblock")
    assert page.locator(".opblock").count() == operations()
    page.locator(".opblock-summary", has_text="/marketplace/categories").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    page.wait_for_selector(".live-responses-table .response-col_status")
    assert "200" in page.locator(".live-responses-table .response-col_status").last.inner_text()
    assert not window.faults, "\n".join(window.faults)


def test_the_reference_shows_every_operation(window: Window) -> None:  # R319
    page = window.open("/api/v1/redoc")
    page.wait_for_selector("[data-section-id]")
    assert page.locator("h2", has_text="Browse and search").count() == 1
    assert page.locator("[data-section-id^='tag/'][data-section-id*='operation/']").count() == operations()
    # Its library asks for its makers' logo from their site; the policy says no, and nothing else is missing.
    faults = [fault for fault in window.faults if "logo-mini.svg" not in fault]
    assert not faults, "\n".join(faults)
