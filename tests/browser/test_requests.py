"""What the page does with answers: refusals become toasts, questions are asked, forms are sent once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import User
from tests.browser.conftest import Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TOAST = '<div class="toast-line" data-toast data-stay role="alert"><p>You already own this.</p></div>'


@pytest.fixture
def page(window: Window, mo: User) -> Page:
    return window.open("/styleguide/", by=mo)


def put(page: Page, html: str) -> None:
    """A fragment as htmx would have brought it."""
    page.evaluate(
        """html => {
            const place = document.createElement("div");
            place.innerHTML = html;
            document.querySelector("main").prepend(place);
            htmx.process(place);
            scrollTo(0, 0);
        }""",
        html,
    )


def answer(page: Page, act: Callable[[Route], Any]) -> None:
    page.route("**/answer/", lambda route: act(route))


def test_a_refusal_is_shown_as_a_toast_that_stays_and_the_place_is_kept(page: Page) -> None:
    answer(page, lambda route: route.fulfill(status=409, body=TOAST, headers={"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"}))
    put(page, '<div id="place"><button class="btn btn-quiet" hx-post="/answer/" hx-target="#place">Take it</button></div>')
    page.get_by_role("button", name="Take it").click()
    expect(page.locator("#toasts").get_by_role("alert")).to_have_text("You already own this.")
    expect(page.get_by_role("button", name="Take it")).to_be_visible()


def test_a_broken_server_and_a_lost_connection_are_told_apart_from_success(page: Page) -> None:
    answer(page, lambda route: route.fulfill(status=500, body="<h1>traceback</h1>"))
    put(page, '<div id="place"><button class="btn btn-quiet" hx-post="/answer/" hx-target="#place">Take it</button></div>')
    page.get_by_role("button", name="Take it").click()
    expect(page.locator("#toasts")).to_contain_text("Something broke on our side")
    expect(page.get_by_role("button", name="Take it")).to_be_visible()


def test_a_refused_form_comes_back_in_place_with_the_focus_on_what_is_wrong(page: Page) -> None:
    notice = '<div class="notice notice-error" role="alert" tabindex="-1" autofocus>One thing to fix</div>'
    refused = f'<form id="place" hx-post="/answer/">{notice}</form>'
    answer(page, lambda route: route.fulfill(status=422, body=refused))
    put(page, '<form id="place" hx-post="/answer/" hx-swap="outerHTML"><button class="btn btn-primary">Save</button></form>')
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#place .notice-error")).to_be_focused()


def test_a_session_that_ended_leads_to_the_sign_in_and_back(page: Page) -> None:
    login = page.locator("#toast-template").get_attribute("data-login")
    put(page, '<div id="place"><button class="btn btn-quiet" hx-get="/styleguide/?part=1" hx-target="#place">Take it</button></div>')
    page.context.clear_cookies()
    page.get_by_role("button", name="Take it").click()
    page.wait_for_url(f"**{login}?next=%2Fstyleguide%2F")


def test_every_unsafe_request_carries_the_token(page: Page) -> None:
    headers: list[dict[str, str]] = []
    answer(page, lambda route: (headers.append(route.request.headers), route.fulfill(status=204))[1])
    put(page, '<button class="btn btn-quiet" hx-delete="/answer/">Drop it</button>')
    page.get_by_role("button", name="Drop it").click()
    expect(page.get_by_role("button", name="Drop it")).not_to_have_attribute("aria-busy", "true")
    assert len(headers[0]["x-csrftoken"]) >= 32


def test_a_question_is_asked_in_our_own_dialog(page: Page) -> None:
    asked: list[str] = []
    answer(page, lambda route: (asked.append(route.request.method), route.fulfill(status=204))[1])
    question = 'hx-confirm="Delete the file?" data-confirm-label="Delete it"'
    put(page, f'<button class="btn btn-danger" hx-delete="/answer/" {question}>Delete file</button>')
    page.get_by_role("button", name="Delete file").click()
    dialog = page.get_by_role("dialog", name="Delete the file?")
    expect(dialog.get_by_role("button", name="Leave it")).to_be_focused()
    dialog.get_by_role("button", name="Leave it").click()
    expect(dialog).to_be_hidden()
    assert asked == []
    page.get_by_role("button", name="Delete file").click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert asked == []
    page.get_by_role("button", name="Delete file").click()
    with page.expect_request("**/answer/"):
        dialog.get_by_role("button", name="Delete it").click()
    expect(dialog).to_be_hidden()
    assert asked == ["DELETE"]


def test_a_button_is_busy_until_the_answer_comes(page: Page) -> None:
    held: list[Route] = []
    answer(page, held.append)
    put(page, '<form hx-post="/answer/" hx-swap="none"><button class="btn btn-primary">Pay now</button></form>')
    button = page.get_by_role("button", name="Pay now")
    width = button.bounding_box()["width"]
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    assert button.bounding_box()["width"] == width
    held[0].fulfill(status=204)
    expect(button).not_to_have_attribute("aria-busy", "true")


def test_a_plain_form_is_sent_once_however_often_one_clicks(page: Page) -> None:
    sent: list[str] = []
    answer(page, lambda route: (sent.append(route.request.method), route.fulfill(body="ordered"))[1])
    put(page, '<form method="post" action="/answer/"><button class="btn btn-primary">Order</button></form>')
    button = page.get_by_role("button", name="Order")
    busy = button.evaluate("button => { button.click(); button.click(); button.click(); return button.getAttribute('aria-busy'); }")
    assert busy == "true"
    expect(page.locator("body")).to_have_text("ordered")
    assert sent == ["POST"]


def test_the_server_may_raise_a_toast_of_its_own(page: Page) -> None:
    answer(
        page, lambda route: route.fulfill(status=204, headers={"HX-Trigger": '{"toast": {"message": "Draft saved", "level": "success"}}'})
    )
    put(page, '<button class="btn btn-quiet" hx-post="/answer/">Keep draft</button>')
    page.get_by_role("button", name="Keep draft").click()
    expect(page.locator("#toasts")).to_contain_text("Draft saved")


def test_times_are_written_in_the_browsers_zone(chromium: Any, live_server: Any, mo: User) -> None:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(mo, backend=settings.AUTHENTICATION_BACKENDS[0])
    context = chromium.new_context(timezone_id="Asia/Tokyo")
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + "/styleguide/")
    expect(page.locator('time[data-local="datetime"]').first).to_have_text("21 Nov 2026, 18:14")
    context.close()
