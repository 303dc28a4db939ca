"""Every component as a person meets it: seen, by keyboard, without script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.checks import WIDTHS, axe_findings, sideways
from tests.browser.conftest import Window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GUIDE = "/styleguide/"


@pytest.mark.parametrize("theme", ["paper", "darkroom"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(window: Window, mo: User, theme: str, width: int) -> None:
    page = window.open(GUIDE, by=mo, theme=theme, width=width)
    assert page.locator("html").get_attribute("data-theme") == theme
    assert axe_findings(page) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_scrolls_sideways(window: Window, mo: User, width: int) -> None:
    assert sideways(window.open(GUIDE, by=mo, width=width)) == []


@pytest.mark.parametrize("path", ["/no/such/page/", "/styleguide/"])
def test_refusals_pass_axe_too(window: Window, ben: User, path: str) -> None:
    page = window.open(path, by=ben, width=390)
    assert axe_findings(page) == []
    assert sideways(page) == []


def test_the_page_breaks_no_rule_of_its_content_policy(window: Window, mo: User) -> None:
    window.open(GUIDE, by=mo)
    assert window.faults == []


def test_the_style_guide_mirrors_for_those_who_read_from_the_right(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo, width=390)
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert sideways(page) == []


def test_colours_are_chosen_and_remembered(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo)
    switch = page.locator("#floats [data-theme-switch]")
    switch.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "darkroom")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "darkroom")
    expect(switch.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    switch.get_by_role("button", name="Auto").click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") is None


def test_a_slash_goes_to_the_search_and_is_a_slash_while_writing(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo)
    if not page.locator("[data-search]").count():
        pytest.skip("no marketplace is installed")
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.type("a/b")
    expect(page.locator("[data-search]")).to_have_value("a/b")


def test_the_account_menu_closes_by_escape_and_gives_the_focus_back(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo)
    menu = page.locator("header details.menu")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_text("Log out")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(menu.get_by_text("Log out")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_the_account_menu_closes_when_one_goes_elsewhere(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo)
    menu = page.locator("header details.menu")
    menu.locator("summary").click()
    page.locator("h1").click()
    expect(menu.get_by_text("Log out")).to_be_hidden()


def test_the_account_menu_works_without_script(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo, script=False)
    page.locator("header details.menu summary").click()
    expect(page.locator("header").get_by_text("Log out")).to_be_visible()
    expect(page.locator("#floats [data-theme-switch]")).to_be_visible()
    assert page.locator("kbd").is_hidden()


def test_a_question_opens_with_the_safe_answer_first(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo)
    opener = page.get_by_role("link", name="Refund €68.00")
    opener.click()
    dialog = page.locator("#sample-dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button", name="Keep the sale")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    dialog.get_by_role("button", name="Keep the sale").click()
    expect(dialog).to_be_hidden()


def test_a_toast_leaves_by_itself_waits_while_pointed_at_and_can_be_closed(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo)
    page.clock.install()
    region = page.locator("#toasts")
    assert region.get_attribute("role") == "status"
    button = page.get_by_role("button", name="Show one")
    button.click()
    toast = region.locator("[data-toast]")
    expect(toast).to_have_count(1)
    toast.hover()
    page.clock.run_for(20_000)
    expect(toast).to_have_count(1)
    page.mouse.move(0, 0)
    page.clock.run_for(7_000)
    expect(toast).to_have_count(0)
    button.click()
    toast.get_by_role("button", name="Close").click()
    expect(toast).to_have_count(0)


def test_password_rules_are_ticked_while_typing(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo)
    box = page.locator("#sample_sample-password")
    rule = page.locator('[data-rules-for="sample_sample-password"] [data-rule="letters"]')
    box.fill("1234")
    assert rule.get_attribute("data-met") is None
    box.blur()
    expect(rule).to_have_attribute("data-met", "false")
    box.fill("1234 horses")
    expect(rule).to_have_attribute("data-met", "true")
    page.locator("#sample_sample-email").fill("horses@example.com")
    unlike = page.locator('[data-rules-for="sample_sample-password"] [data-rule="unlike"]')
    expect(unlike).to_have_attribute("data-met", "false")


def test_a_password_can_be_looked_at(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo)
    box = page.locator("#sample_sample-password")
    reveal = page.locator("[data-password]", has=box).get_by_role("button")
    reveal.click()
    expect(box).to_have_attribute("type", "text")
    expect(reveal).to_have_attribute("aria-pressed", "true")
    reveal.click()
    expect(box).to_have_attribute("type", "password")


def test_a_counter_counts(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo)
    page.locator("#sample_sample-notes").fill("two\nlines")
    expect(page.locator('[data-count-for="sample_sample-notes"]')).to_have_text("10 / 400")


def test_the_toolbar_writes_markdown(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo)
    box = page.locator("#sample_sample-description")
    box.fill("counter")
    box.select_text()
    page.locator("md-bold").click()
    expect(box).to_have_value("**counter**")


def test_the_preview_is_the_servers_answer_and_is_reached_by_arrow_keys(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo)
    asked: list[str] = []

    def answer(route: object) -> None:
        asked.append(route.request.post_data)
        route.fulfill(body="<p><strong>counter</strong></p>", content_type="text/html")

    page.route(lambda url: True, lambda route: answer(route) if route.request.method == "POST" else route.continue_())
    page.locator("#sample_sample-description").fill("**counter**")
    editor = page.locator("[data-editor]")
    editor.get_by_role("tab", name="Write").focus()
    page.keyboard.press("ArrowRight")
    expect(editor.get_by_role("tabpanel").locator("strong")).to_have_text("counter")
    assert asked == ["text=**counter**"]
    expect(page.locator("#sample_sample-description")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#sample_sample-description")).to_be_visible()


def test_a_refused_preview_loses_no_text(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo)
    page.route(lambda url: True, lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.locator("#sample_sample-description").fill("kept")
    page.get_by_role("tab", name="Preview").click()
    expect(page.get_by_role("tabpanel")).to_have_text(re.compile("Your text is safe"))
    expect(page.locator("#sample_sample-description")).to_have_value("kept")


def test_pictures_open_in_a_viewer_and_as_files_without_script(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo)
    first = page.locator("[data-gallery] a[data-picture]").first
    first.click()
    viewer = page.locator("dialog.viewer")
    expect(viewer).to_be_visible()
    expect(viewer.locator("p")).to_have_text("1 / 3 · The first sheet")
    page.keyboard.press("ArrowRight")
    expect(viewer.locator("p")).to_have_text("2 / 3 · The second sheet")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(viewer.locator("p")).to_have_text("3 / 3 · The whole set on a shelf")
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(first).to_be_focused()
    plain = window.open(GUIDE, by=mo, script=False)
    plain.locator("[data-gallery] a[data-picture]").first.click()
    plain.wait_for_url("**/covers/template/one.svg")


def test_every_control_can_be_reached_and_shows_its_focus(window: Window, mo: User) -> None:
    page = window.open(GUIDE, by=mo)
    unseen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        unseen += _without_outline(page)
    assert unseen == []


def _without_outline(page: Page) -> list[str]:
    return page.evaluate("""() => {
        const focused = document.activeElement;
        if (!focused || focused === document.body) return [];
        const shown = [focused, focused.parentElement].some(element => {
            const style = getComputedStyle(element);
            return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        });
        return shown ? [] : [focused.outerHTML.slice(0, 160)];
    }""")
