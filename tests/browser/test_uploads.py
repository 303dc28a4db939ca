"""Files on their way: progress, refusals, stopping, trying again, and the plain form without script."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import User
from tests.browser.conftest import Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GUIDE = "/styleguide/"


def file(name: str, size: int = 2000) -> dict[str, Any]:
    return {"name": name, "mimeType": "application/pdf", "buffer": b"x" * size}


@pytest.fixture
def page(window: Window, mo: User) -> Page:
    return window.open(GUIDE, by=mo)


def answer(page: Page, act: Callable[[Route], None]) -> None:
    """What the server says to uploads; the outside world of this module."""
    page.route("**/styleguide/", lambda route: act(route) if route.request.method == "POST" else route.continue_())


def row(page: Page, name: str) -> Any:
    return page.locator("#sample-files [data-row]").filter(has_text=name)


def test_each_file_is_sent_by_itself_with_the_forms_fields(page: Page) -> None:
    bodies: list[bytes] = []

    def keep(route: Route) -> None:
        bodies.append(route.request.post_data_buffer or b"")
        route.fulfill(status=201, body="{}", content_type="application/json")

    answer(page, keep)
    page.evaluate("document.addEventListener('upload:done', event => window.stored = event.detail.stored)")
    page.locator("#sample-upload").set_input_files([file("one.pdf"), file("two.pdf")])
    expect(row(page, "two.pdf")).to_contain_text("2.0 KB, stored")
    expect(row(page, "one.pdf")).to_contain_text("2.0 KB, stored")
    assert [body.count(b'name="file"') for body in bodies] == [1, 1]
    assert b'filename="one.pdf"' in bodies[0]
    assert all(b"csrfmiddlewaretoken" in body for body in bodies)
    assert page.evaluate("window.stored") == 2


def test_the_servers_own_row_takes_the_place_of_the_running_one(page: Page) -> None:
    stored = '<div class="upload" id="kept">one.pdf is kept</div>'
    answer(page, lambda route: route.fulfill(status=201, content_type="text/html", body=stored))
    page.locator("#sample-upload").set_input_files([file("one.pdf")])
    expect(page.locator("#sample-files #kept")).to_be_visible()
    assert page.locator("#sample-files [data-row]").count() == 0


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/problem+json", json.dumps({"detail": "It is called .pdf but holds a web page."})),
        ("application/json", json.dumps({"errors": {"file": ["It is called .pdf but holds a web page."]}})),
        ("text/html", '<p class="wrong"><svg></svg><span>It is called .pdf but holds a web page.</span></p>'),
    ],
)
def test_a_refusal_says_the_servers_reason(page: Page, kind: str, body: str) -> None:
    answer(page, lambda route: route.fulfill(status=422, content_type=kind, body=body))
    page.locator("#sample-upload").set_input_files([file("page.pdf")])
    failed = row(page, "page.pdf")
    expect(failed.get_by_role("alert")).to_have_text("It is called .pdf but holds a web page.")
    expect(failed.get_by_role("button", name="Try again")).to_be_hidden()
    failed.get_by_role("button", name="Stop page.pdf").click()
    expect(failed).to_have_count(0)


def test_a_name_is_text_and_never_markup(page: Page) -> None:
    answer(page, lambda route: route.fulfill(status=422, content_type="application/json", body=json.dumps({"detail": "<b>no</b>"})))
    page.locator("#sample-upload").set_input_files([file("<img src=x onerror=alert(1)>.pdf")])
    failed = row(page, "<img src=x onerror=alert(1)>.pdf")
    expect(failed.get_by_role("alert")).to_have_text("<b>no</b>")
    assert failed.locator("img").count() == 0


def test_a_file_beyond_the_limit_is_refused_before_it_is_sent(page: Page) -> None:
    sent: list[str] = []
    answer(page, lambda route: (sent.append(route.request.url), route.fulfill(status=201, body=""))[1])
    page.locator("#sample-upload").set_input_files([file("big.pdf", 1_500_000)])
    expect(row(page, "big.pdf").get_by_role("alert")).to_have_text("1.4 MB. Files may be up to 1.0 MB.")
    assert sent == []


def test_a_lost_connection_can_be_tried_again(page: Page) -> None:
    attempts: list[str] = []

    def fail_once(route: Route) -> None:
        attempts.append(route.request.url)
        if len(attempts) == 1:
            route.abort()
        else:
            route.fulfill(status=201, content_type="application/json", body="{}")

    answer(page, fail_once)
    page.locator("#sample-upload").set_input_files([file("one.pdf")])
    expect(row(page, "one.pdf").get_by_role("alert")).to_have_text("The connection broke off. Try again.")
    row(page, "one.pdf").get_by_role("button", name="Try again").click()
    expect(row(page, "one.pdf")).to_contain_text("2.0 KB, stored")
    assert len(attempts) == 2


def test_a_slow_upload_says_how_far_it_is_and_how_long_it_takes(page: Page) -> None:
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", slow)
    page.locator("#sample-upload").set_input_files([file("slow.pdf", 400_000)])
    expect(row(page, "slow.pdf")).to_contain_text(re.compile(r"[\d.]+\sKB of 390\.6\sKB, \d+\ss left"))
    assert 0 < float(row(page, "slow.pdf").get_by_role("progressbar").get_attribute("value") or 0) < 100


def test_an_upload_can_be_stopped(page: Page) -> None:
    held: list[Route] = []
    answer(page, held.append)
    page.locator("#sample-upload").set_input_files([file("one.pdf"), file("two.pdf")])
    expect(row(page, "one.pdf").get_by_role("progressbar")).to_be_visible()
    row(page, "two.pdf").get_by_role("button", name="Stop two.pdf").click()
    expect(row(page, "two.pdf")).to_have_count(0)
    row(page, "one.pdf").get_by_role("button", name="Stop one.pdf").click()
    expect(row(page, "one.pdf").get_by_role("alert")).to_have_text("Stopped. Nothing was kept.")
    assert len(held) == 1


def test_dropped_files_are_taken_like_chosen_ones(page: Page) -> None:
    answer(page, lambda route: route.fulfill(status=201, content_type="application/json", body="{}"))
    page.evaluate("""() => {
        const data = new DataTransfer();
        data.items.add(new File(["hello"], "dropped.pdf"));
        const form = document.querySelector("form[data-upload]");
        form.dispatchEvent(new DragEvent("dragover", {dataTransfer: data, bubbles: true, cancelable: true}));
        form.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
    }""")
    expect(row(page, "dropped.pdf")).to_contain_text("5 B, stored")


def test_without_script_the_form_posts_its_files(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo, script=False)
    bodies: list[bytes] = []

    def keep(route: Route) -> None:
        bodies.append(route.request.post_data_buffer or b"")
        route.fulfill(status=200, body="kept")

    answer(page, keep)
    page.locator("#sample-upload").set_input_files([file("one.pdf"), file("two.pdf")])
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("body")).to_have_text("kept")
    assert bodies[0].count(b"filename=") == 2
