"""Writing a lesson: by keys and tools, with a pasted picture and a live preview, through a lost connection, in two windows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from courses.models import Course, Lesson, Picture
from courses.services.lesson_edits import save_lesson
from courses.services.lessons import LessonWords
from tests.browser.checks import axe_findings
from tests.browser.conftest import Window
from tests.browser.gestures import PASTE
from tests.factories.courses import make_course

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAVED = re.compile(r"^Saved at \d\d:\d\d$")


@pytest.fixture
def course(ada: User) -> Course:
    return make_course(ada, modules=1, lessons=1, published=False, title="Letters that hold")


def editor(window: Window, ada: User, course: Course, **look: object) -> Page:
    return window.open(f"/dashboard/courses/{course.slug}/lessons/{course.lessons.get().pk}/", by=ada, **look)  # type: ignore[arg-type]


def stored() -> str:
    return Lesson.objects.get().text


def test_a_lesson_is_written_seen_and_kept_through_a_lost_connection(window: Window, ada: User, course: Course) -> None:
    page = editor(window, ada, course)
    text, state = page.get_by_label("Text", exact=True).last, page.locator("[data-save-state]")
    page.get_by_role("button", name="Side by side").click()

    text.fill("")
    page.keyboard.press("Control+b")
    page.keyboard.type("Overshoot")
    page.keyboard.press("End")
    page.keyboard.type(" is two per cent.\n- draw\nlook\n\n")
    page.keyboard.press("Control+Shift+m")
    page.keyboard.type("h = 1.04x")
    page.keyboard.press("Control+End")
    page.get_by_role("toolbar").get_by_label("Callout").click()
    page.get_by_role("button", name="Tip", exact=True).click()
    page.keyboard.type("Squint.")
    page.keyboard.press("Control+End")
    page.keyboard.type("\n\n")
    text.evaluate(PASTE)

    preview = page.locator(".editor-preview")
    expect(preview.locator("strong")).to_have_text("Overshoot")
    expect(preview.locator("li")).to_have_text(["draw", "look"])
    expect(preview.locator(".math .katex-html")).to_be_visible()
    expect(preview.locator(".callout-tip")).to_contain_text("Squint.")
    expect(preview.locator("img[alt=stem]")).to_be_visible()
    expect(state).to_have_text(SAVED)
    page.wait_for_function("document.querySelector('#lesson-form').elements.text.value.includes('](/media/')")
    expect(text).not_to_have_value(re.compile("Uploading"))
    assert Picture.objects.count() == 1
    assert axe_findings(page) == []

    page.context.set_offline(True)
    page.keyboard.press("Control+End")
    page.keyboard.type("\n\nWritten in a tunnel.")
    expect(state).to_have_text("Offline: kept on this device, will be saved when the connection is back")
    assert "tunnel" not in stored()
    page.context.set_offline(False)
    expect(state).to_have_text(SAVED)
    assert stored() == text.input_value()
    assert stored().endswith("Written in a tunnel.")
    assert "$$\nh = 1.04x\n$$" in stored()
    assert [fault for fault in window.faults if "ERR_INTERNET_DISCONNECTED" not in fault] == []


def test_what_was_not_saved_is_offered_again_and_other_windows_are_not_written_over(window: Window, ada: User, course: Course) -> None:
    page = editor(window, ada, course)
    text, state = page.get_by_label("Text", exact=True).last, page.locator("[data-save-state]")
    page.route("**/lessons/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    text.fill("Not saved before the window was closed")
    expect(state).to_have_attribute("data-level", "warning")
    page.unroute("**/lessons/**")
    page.route("**/lessons/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.reload()
    expect(page.locator("[data-recovery]")).to_contain_text("Not saved before the window was closed")
    page.unroute("**/lessons/**")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("[name=stamp]")).to_have_value("1")
    expect(state).to_have_text(SAVED)
    assert stored() == "Not saved before the window was closed"

    lesson = Lesson.objects.get()
    words = LessonWords(title="Renamed in the outline", text=lesson.text)
    save_lesson(lesson, by=ada, stamp=lesson.edit_stamp, words=words)
    text.fill("Mine goes on")
    expect(page.get_by_label("Title")).to_have_value("Renamed in the outline")
    expect(state).to_have_text(SAVED)
    lesson.refresh_from_db()
    assert (lesson.title, lesson.text) == ("Renamed in the outline", "Mine goes on")

    save_lesson(lesson, by=ada, stamp=lesson.edit_stamp, words=LessonWords(title=lesson.title, text="Theirs"))
    text.fill("Mine against theirs")
    conflict = page.locator("[data-conflict]")
    expect(conflict).to_contain_text("Theirs")
    assert stored() == "Theirs"
    conflict.get_by_role("button", name="Keep mine").click()
    expect(state).to_have_text(SAVED)
    expect(conflict).to_be_hidden()
    assert stored() == "Mine against theirs"
