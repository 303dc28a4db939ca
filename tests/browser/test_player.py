"""The player in a browser: time, keys, marks, notes, the outline that comes when it is opened, and the place where one was."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Request, expect

from courses.learning.models import Enrolment, LessonProgress, Note
from courses.models import Course
from tests.browser.checks import axe_findings, sideways
from tests.browser.conftest import Window
from tests.courses.learning.taking import lessons_of, republish
from tests.factories import make_user
from tests.factories.courses import add_text_lesson, enrol, make_course, make_quiz

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def course() -> Course:
    course = make_course(make_user("ada", creator=True), modules=2, lessons=2, published=False)
    long = "Draw it again and again until the counter is open.\n\n" * 80
    add_text_lesson(course.modules.all()[0], title="A long one", text=long, takeaways=["Open the counter"])
    make_quiz(course, module=course.modules.all()[0])
    return republish(course)


def test_learning_by_keyboard(window: Window, course: Course) -> None:
    ben = make_user("ben")
    enrolment = enrol(ben, course)
    first, second, long, *_rest = lessons_of(course)
    page = window.open(f"/learn/{course.slug}/{first.slug}/", by=ben)
    page.keyboard.press("d")
    expect(page.locator("#course-progress")).to_contain_text("1 of 5 done")
    expect(page.locator("#step-here")).to_contain_text("(done)")
    page.keyboard.press("b")
    expect(page.locator("#mark-bookmark")).to_have_attribute("aria-pressed", "true")

    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert axe_findings(page) == []
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page).to_have_url(f"{window.origin}/learn/{course.slug}/{first.slug}/")
    page.keyboard.press("?")
    page.get_by_label("Use these keys").check()
    page.keyboard.press("Escape")

    # While one types, keys are letters.
    page.get_by_label("Add a note").fill("")
    page.get_by_label("Add a note").press_sequentially("nb d")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".note-text")).to_have_text("nb d")
    expect(page.locator("#note-count")).to_have_text("1")
    page.get_by_label("Edit this note").click()
    page.locator(".note textarea, li textarea").fill("Look **twice**")
    page.locator("li").get_by_role("button", name="Save").click()
    expect(page.locator(".note-text strong")).to_have_text("twice")
    page.get_by_label("Delete this note").click()
    page.locator("#confirm").get_by_role("button", name="Delete").click()
    expect(page.locator(".note")).to_have_count(0)

    # A module's steps come when it is opened.
    assert page.get_by_role("link", name="Lesson 2.1").count() == 0
    page.get_by_text("Part 2", exact=True).click()
    expect(page.get_by_role("link", name="Lesson 2.1")).to_be_visible()
    assert sideways(page) == []

    page.locator("h1").click()
    page.keyboard.press("n")
    expect(page.locator("h1")).to_have_text(second.title)
    page.wait_for_load_state("networkidle")  # a key before the script came is nobody's
    page.keyboard.press("ArrowRight")
    expect(page.locator("h1")).to_have_text(long.title)
    page.wait_for_load_state("networkidle")
    page.keyboard.press("p")
    expect(page.locator("h1")).to_have_text(second.title)
    assert window.faults == []
    enrolment.refresh_from_db()
    assert (enrolment.lessons_completed, Note.objects.count()) == (1, 0)
    assert LessonProgress.objects.get(lesson_id=first.id).bookmarked_at is not None


def test_time_is_counted_while_somebody_is_there_and_the_place_is_found_again(window: Window, course: Course) -> None:
    """The page's clock runs ahead of the server's: the page says a minute, the server counts what really passed."""
    ben = make_user("ben")
    enrolment = enrol(ben, course)
    long = lessons_of(course)[2]
    path = f"/learn/{course.slug}/{long.slug}/"
    page = window.open("/", by=ben)
    told: list[dict[str, list[str]]] = []

    def note_down(request: Request) -> None:
        if request.url.endswith("/beats/") and request.post_data:
            told.append(parse_qs(request.post_data))

    page.on("request", note_down)
    page.clock.install()
    with page.expect_response("**/beats/"):
        page.goto(window.origin + path)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)")
    page.mouse.move(200, 300)
    with page.expect_response("**/beats/"):
        page.clock.run_for(16_000)
    # Nobody there for minutes: a minute is counted and no more.
    page.clock.run_for(600_000)
    with page.expect_response("**/beats/"):
        page.goto(f"{window.origin}/learn/{course.slug}/")
    sums = [int(report["seconds"][0]) for report in told]
    assert sums[0] == 0
    assert sums == sorted(sums)
    assert 55 <= sums[-1] <= 80
    enrolment.refresh_from_db()
    assert enrolment.seconds_spent < 30
    assert str(enrolment.last_lesson_id) == long.id
    place = LessonProgress.objects.get(enrolment=enrolment).page_permille
    assert 300 <= place <= 700

    expect(page.locator(".resume")).to_contain_text(long.title)
    other = window.open(f"/learn/{course.slug}/?continue", by=ben)
    expect(other).to_have_url(window.origin + path)
    other.wait_for_function("scrollY > 200")
    assert Enrolment.objects.count() == 1
    assert window.faults == []
