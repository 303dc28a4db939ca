"""What of quizzes needs script: saving as one goes, the clock, questions dragged to their place (R155-R160, R198)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from courses.learning.models import QuizAttempt
from courses.models import Question
from courses.services.publishing import publish_course
from tests.browser.checks import axe_findings, sideways
from tests.browser.conftest import Window
from tests.browser.gestures import rest
from tests.factories.courses import enrol, make_course, make_quiz

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_clock_hands_in_what_was_answered_before_a_reload(window: Window, ada: User, ben: User) -> None:
    course = make_course(ada, modules=1, lessons=1, published=False)
    quiz = make_quiz(course, time_limit_minutes=5)
    publish_course(course, by=ada)
    enrol(ben, course)
    page = window.open(f"/learn/{course.slug}/quizzes/{quiz.slug}/", by=ben, width=390)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("[data-clock]")).to_have_text("5:00")
    assert axe_findings(page) == []
    assert sideways(page) == []
    page.get_by_label("o", exact=True).check()
    expect(page.locator("#quiz-saved")).to_have_text("1 of 2 answered, saved")
    page.reload()
    expect(page.get_by_label("o", exact=True)).to_be_checked()
    QuizAttempt.objects.update(deadline_at=timezone.now() + timedelta(seconds=2))
    page.get_by_label("True").check()
    expect(page.get_by_role("heading", level=1)).to_have_text("Passed with 100%", timeout=10_000)
    attempt = QuizAttempt.objects.get()
    assert attempt.is_passed
    assert attempt.completed_at is not None
    assert axe_findings(page) == []
    assert window.faults == []


def test_a_question_is_written_saved_and_dragged(window: Window, ada: User) -> None:
    course = make_course(ada, modules=1, lessons=1, published=False)
    quiz = make_quiz(course)
    page = window.open(f"/dashboard/courses/{course.slug}/quizzes/{quiz.pk}/", by=ada)
    page.get_by_role("button", name="One right answer").click()
    written = page.get_by_label("Question", exact=True)
    expect(written).to_be_focused()
    written.fill("Which is darker?")
    page.get_by_label("Answer 1", exact=True).fill("The bold")
    page.get_by_label("Answer 2", exact=True).fill("The light")
    expect(page.get_by_text("Before it can be published: mark the right answer.")).to_be_visible()
    page.get_by_label("Answer 1 is right").check()
    expect(page.get_by_text("Before it can be published")).to_have_count(0)
    assert axe_findings(page) == []
    page.get_by_role("link", name="Done with").click()
    expect(page.locator(".question-form")).to_have_count(0)
    page.locator(".question-head > .drag").nth(2).hover()
    target = page.locator(".question-head > .drag").first.bounding_box()
    assert target
    page.mouse.down()
    page.mouse.move(target["x"] + 8, target["y"] + 8, steps=20)
    rest(page, target["x"] + 8, target["y"] - 4)
    with page.expect_response(lambda answer: answer.url.endswith("/questions/order/")):
        page.mouse.up()
    words = ["Which is darker?", "Which is taller?", "Round letters overshoot."]
    expect(page.locator(".question-words")).to_have_text(words)
    stored = Question.objects.present().filter(quiz=quiz).order_by("position")
    assert [question.text for question in stored] == words
    assert stored[0].correct == [stored[0].options[0]["id"]]
    assert window.faults == []
