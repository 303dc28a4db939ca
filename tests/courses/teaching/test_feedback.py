from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.learning.models import Submission
from courses.learning.selectors_submissions import count_waiting, waiting_in
from courses.models import Course, Lesson
from courses.services.publishing import publish_course
from courses.teaching.errors import BadFeedback
from courses.teaching.services.feedback import give_feedback
from kit.events.testing import deliver_all
from tests.courses.teaching.progress import hand_in
from tests.factories import make_user
from tests.factories.courses import add_text_lesson, enrol, make_course

pytestmark = pytest.mark.django_db

EVIL = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) <script>alert(1)</script> **bold**"


@pytest.fixture
def exercise(course: Course, ada: User) -> Lesson:
    module = course.modules.get(title="Part 2")
    lesson = add_text_lesson(module, title="Draw ten letters", text="Draw *ten*.", kind="exercise", hand_in="either")
    publish_course(course, by=ada)
    return lesson


@pytest.fixture
def submission(exercise: Lesson, course: Course, ben: User) -> Submission:
    return hand_in(enrol(ben, course), exercise)


def address(submission: Submission) -> str:
    return reverse("course_submission", args=[submission.enrolment.course.slug, submission.pk])


def test_what_waits_is_in_the_inbox_and_leaves_it_with_the_feedback(teacher: Client, submission: Submission, course: Course) -> None:
    inbox = reverse("course_submissions", args=[course.slug])
    assert b"Draw ten letters" in teacher.get(inbox).content
    response = teacher.post(address(submission), {"verdict": "good", "feedback": "Lovely *n*."})
    assert (response.status_code, response["Location"]) == (302, inbox)
    assert b"Nothing waits for you" in teacher.get(inbox).content
    assert b"Draw ten letters" in teacher.get(inbox, {"show": "all"}).content
    submission.refresh_from_db()
    assert (submission.verdict, submission.feedback) == ("good", "Lovely *n*.")
    assert submission.feedback_by == course.creator


def test_after_one_the_next_one_follows(teacher: Client, submission: Submission, course: Course, exercise: Lesson, cleo: User) -> None:
    following = hand_in(enrol(cleo, course), exercise)
    assert teacher.post(address(submission), {"verdict": "good"})["Location"] == address(following)


def test_an_older_try_stops_waiting_when_its_learner_handed_in_again(submission: Submission, course: Course, exercise: Lesson) -> None:
    newer = hand_in(submission.enrolment, exercise, number=2)
    assert list(waiting_in(course)) == [newer]
    assert count_waiting(course) == 1


def test_every_page_of_the_course_says_how_much_waits(teacher: Client, submission: Submission, course: Course) -> None:
    lesson = reverse("course_lesson", args=[course.slug, submission.lesson_id])
    names = ("builder", "details", "publish", "removed", "learners", "submissions", "insight", "import_into", "export")
    addresses = [lesson, *(reverse(f"course_{name}", args=[course.slug]) for name in names)]
    count = b'<span class="n">1<span class="sr-only"> waiting for you</span></span>'
    assert [page for page in addresses if count not in teacher.get(page).content] == []
    give_feedback(submission, by=course.creator, verdict="good", feedback="")
    assert [page for page in addresses if b"waiting for you</span>" in teacher.get(page).content] == []


def test_the_learner_gets_the_feedback_by_mail_once(submission: Submission, ada: User, mailoutbox: list[Any]) -> None:
    deliver_all()
    mailoutbox.clear()
    give_feedback(submission, by=ada, verdict="again", feedback="Draw the **n** taller.")
    give_feedback(submission, by=ada, verdict="again", feedback="Draw the **n** taller.")
    deliver_all()
    [mail] = mailoutbox
    assert mail.to == ["ben@example.com"]
    assert "Draw ten letters" in mail.subject
    assert "/learn/letters-that-hold/draw-ten-letters/" in mail.body
    assert "<strong>n</strong>" in mail.alternatives[0][0]


def test_feedback_and_submissions_run_no_script(teacher: Client, submission: Submission, ada: User, mailoutbox: list[Any]) -> None:
    Submission.objects.update(text=EVIL)
    give_feedback(submission, by=ada, verdict="good", feedback=EVIL)
    deliver_all()
    page = teacher.get(address(submission)).content.decode()
    for html in (page.partition("<textarea")[0], mailoutbox[-1].alternatives[0][0]):
        assert "<strong>bold</strong>" in html
        assert "<img src=x" not in html
        assert 'href="javascript' not in html
        assert "<script>alert" not in html


@pytest.mark.parametrize(
    ("verdict", "feedback", "field"), [("", "Well.", "verdict"), ("maybe", "", "verdict"), ("again", "  ", "feedback")]
)
def test_feedback_that_helps_nobody_is_refused(submission: Submission, ada: User, verdict: str, feedback: str, field: str) -> None:
    with pytest.raises(BadFeedback) as refused:
        give_feedback(submission, by=ada, verdict=verdict, feedback=feedback)
    assert refused.value.field == field
    submission.refresh_from_db()
    assert submission.feedback_at is None


def test_a_refused_form_keeps_what_was_typed(teacher: Client, submission: Submission) -> None:
    response = teacher.post(address(submission), {"feedback": "Almost there"})
    assert response.status_code == 422
    assert b"Almost there" in response.content
    submission.refresh_from_db()
    assert submission.verdict == ""


def test_a_file_comes_by_a_link_that_ends(teacher: Client, submission: Submission, course: Course) -> None:
    submission.file.save("submissions/letters", ContentFile(b"%PDF-1.7"), save=False)
    submission.file_name, submission.content_type, submission.size_bytes = "letters.pdf", "application/pdf", 8
    submission.save()
    try:
        link = teacher.get(reverse("course_submission_file", args=[course.slug, submission.pk]))
        assert link.status_code == 302
        answer = teacher.get(link["Location"])
        assert answer["Content-Disposition"].startswith("attachment")
    finally:
        submission.file.delete(save=False)


def test_nobody_else_opens_it_or_answers_it(submission: Submission, ben: User) -> None:
    eve = make_user("eve", creator=True)
    own = make_course(eve)
    for user in (eve, ben):
        client = Client()
        client.force_login(user)
        assert client.post(address(submission), {"verdict": "good"}).status_code in (403, 404)
    client = Client()
    client.force_login(eve)
    assert client.get(reverse("course_submission", args=[own.slug, submission.pk])).status_code == 404
    submission.refresh_from_db()
    assert submission.verdict == ""
