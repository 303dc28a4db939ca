"""The course builder with script: rows dragged, moved, renamed, removed and brought back in place, and opened beside the outline."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from courses.drafting import read_draft
from courses.models import Course, Lesson, Module
from courses.services.ordering import step_module
from tests.browser.checks import axe_findings, sideways
from tests.browser.conftest import Window
from tests.browser.gestures import await_outline, drag, row
from tests.factories.courses import make_course

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def course(ada: User) -> Course:
    return make_course(ada, modules=2, lessons=2, title="Letters that hold")


@pytest.fixture
def page(window: Window, ada: User, course: Course) -> Page:
    return window.open(f"/dashboard/courses/{course.slug}/builder/", by=ada)


def stored(course: Course) -> list[tuple[str, list[str]]]:
    draft = read_draft(course)
    return [(module.title, [lesson.title for lesson in draft.lessons.get(module.pk, [])]) for module in draft.modules]


def settled(page: Page, course: Course, expected: list[tuple[str, list[str]]]) -> None:
    """What the page shows and what is stored are both as expected."""
    await_outline(page, expected)
    assert stored(course) == expected


def test_rows_are_dragged_within_and_between_modules(page: Page, course: Course, window: Window) -> None:  # R196
    drag(page, row(page, "Lesson 1.1").locator("[data-grip]"), row(page, "Lesson 1.2"), below=True)
    settled(page, course, [("Part 1", ["Lesson 1.2", "Lesson 1.1"]), ("Part 2", ["Lesson 2.1", "Lesson 2.2"])])
    drag(page, row(page, "Lesson 1.1").locator("[data-grip]"), row(page, "Lesson 2.1"), below=True)
    settled(page, course, [("Part 1", ["Lesson 1.2"]), ("Part 2", ["Lesson 2.1", "Lesson 1.1", "Lesson 2.2"])])
    expect(page.locator("#outline-news")).to_have_text("“Lesson 1.1” is now number 2 of 3 in “Part 2”.")
    page.locator("#module-" + str(Module.objects.get(title="Part 2").pk)).locator("[data-toggle]").click()
    drag(page, page.locator("#modules > li [data-grip]").first, page.locator("#modules > li").last, below=True)
    settled(page, course, [("Part 2", ["Lesson 2.1", "Lesson 1.1", "Lesson 2.2"]), ("Part 1", ["Lesson 1.2"])])
    expect(page.locator("#course-standing")).to_contain_text("unpublished changes")
    assert window.faults == []


def test_an_order_of_a_stale_outline_is_refused_and_the_fresh_one_shown(page: Page, course: Course, ada: User) -> None:
    fresh = Course.objects.get(pk=course.pk)
    step_module(Module.objects.get(title="Part 2"), by=ada, stamp=fresh.outline_stamp, direction="up")
    drag(page, row(page, "Lesson 1.1").locator("[data-grip]"), row(page, "Lesson 1.2"), below=True)
    expect(page.get_by_role("alert")).to_contain_text("changed in another window")
    settled(page, course, [("Part 2", ["Lesson 2.1", "Lesson 2.2"]), ("Part 1", ["Lesson 1.1", "Lesson 1.2"])])
    drag(page, row(page, "Lesson 1.1").locator("[data-grip]"), row(page, "Lesson 1.2"), below=True)
    settled(page, course, [("Part 2", ["Lesson 2.1", "Lesson 2.2"]), ("Part 1", ["Lesson 1.2", "Lesson 1.1"])])


def test_everything_goes_by_keyboard_and_keeps_the_focus(page: Page, course: Course) -> None:
    lesson = Lesson.objects.get(title="Lesson 1.2")
    page.locator(f"#down-{lesson.pk}").focus()
    page.keyboard.press("Enter")
    settled(page, course, [("Part 1", ["Lesson 1.1"]), ("Part 2", ["Lesson 1.2", "Lesson 2.1", "Lesson 2.2"])])
    expect(page.locator(f"#down-{lesson.pk}")).to_be_focused()
    page.keyboard.press("Enter")
    settled(page, course, [("Part 1", ["Lesson 1.1"]), ("Part 2", ["Lesson 2.1", "Lesson 1.2", "Lesson 2.2"])])
    expect(page.locator("#outline-news")).to_have_text("“Lesson 1.2” is now number 2 of 3 in “Part 2”.")
    page.locator(f"#open-{lesson.pk}").focus()
    page.keyboard.press("F2")
    page.keyboard.type("The n")
    page.keyboard.press("Enter")
    settled(page, course, [("Part 1", ["Lesson 1.1"]), ("Part 2", ["Lesson 2.1", "The n", "Lesson 2.2"])])
    expect(page.locator(f"#open-{lesson.pk}")).to_be_focused()
    page.locator(f"#more-{lesson.pk}").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Remove").press("Enter")
    settled(page, course, [("Part 1", ["Lesson 1.1"]), ("Part 2", ["Lesson 2.1", "Lesson 2.2"])])
    expect(page.locator(f"#open-{Lesson.objects.get(title='Lesson 2.2').pk}")).to_be_focused()
    page.get_by_role("button", name="Undo").press("Enter")
    settled(page, course, [("Part 1", ["Lesson 1.1"]), ("Part 2", ["Lesson 2.1", "The n", "Lesson 2.2"])])
    expect(page.locator(f"#open-{lesson.pk}")).to_be_focused()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def test_parts_are_added_in_place_and_opened_beside_the_outline(window: Window, ada: User) -> None:  # R196
    course = make_course(ada, modules=0, published=False, title="From nothing", outcomes=[])
    page = window.open(f"/dashboard/courses/{course.slug}/builder/", by=ada)
    page.get_by_label("New module").fill("Before you draw")
    page.keyboard.press("Enter")
    expect(page.locator("[id^=add-]:focus")).to_be_visible()
    for title in ("Tools", "Paper"):
        page.keyboard.type(title)
        page.keyboard.press("Enter")
        expect(row(page, title)).to_be_visible()
    settled(page, course, [("Before you draw", ["Tools", "Paper"])])
    expect(page.get_by_label("New module", exact=True)).to_have_value("")
    expect(page.locator("#course-standing")).to_contain_text("2 lessons · 0 quizzes · 10 min")
    page.get_by_role("link", name="Tools", exact=True).click()
    pane = page.locator("#pane")
    expect(pane.get_by_label("Title")).to_have_value("Tools")
    lesson = Lesson.objects.get(title="Tools")
    assert page.url.endswith(f"#lesson-{lesson.pk}")
    expect(page.locator(f"#lesson-{lesson.pk}")).to_have_attribute("aria-current", "true")
    page.reload()
    expect(pane.get_by_label("Title")).to_have_value("Tools")
    assert axe_findings(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert sideways(page) == []


def test_a_large_course_brings_a_folded_modules_lessons_when_it_is_opened(window: Window, ada: User) -> None:
    course = make_course(ada, modules=3, lessons=30, published=False)
    page = window.open(f"/dashboard/courses/{course.slug}/builder/", by=ada)
    assert page.locator("#modules .row").count() == 30
    page.get_by_role("link", name="Part 3", exact=True).click()
    expect(row(page, "Lesson 3.30")).to_be_visible()
    part = Module.objects.get(title="Part 2")
    lesson = Lesson.objects.get(title="Lesson 2.7")
    page.goto(f"{window.origin}/dashboard/courses/{course.slug}/builder/#lesson-{lesson.pk}")
    page.reload()
    expect(page.locator("#pane").get_by_label("Title")).to_have_value("Lesson 2.7")
    expect(page.locator(f"#open-{part.pk}")).to_have_attribute("aria-expanded", "true")


def test_without_script_every_row_leads_to_a_page_with_all_acts(window: Window, ada: User, course: Course) -> None:
    page = window.open(f"/dashboard/courses/{course.slug}/builder/", by=ada, script=False)
    page.get_by_role("button", name="Move Lesson 1.1 down").click()
    assert stored(course)[0] == ("Part 1", ["Lesson 1.2", "Lesson 1.1"])
    page.get_by_role("link", name="More for Lesson 1.1").click()
    page.get_by_role("button", name="Remove").click()
    assert stored(course)[0] == ("Part 1", ["Lesson 1.2"])
    page.get_by_role("button", name="Undo").click()
    assert stored(course)[0] == ("Part 1", ["Lesson 1.2", "Lesson 1.1"])
