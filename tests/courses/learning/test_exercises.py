"""Handing in exercises: text, file or both; once; private; with feedback shown."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from courses.learning.errors import BadSubmission, LessonLocked, NothingToHandIn
from courses.learning.events import ExerciseSubmitted
from courses.learning.models import Enrolment, Submission
from courses.learning.services.enrolments import revoke_enrolment
from courses.learning.services.exercises import submit_exercise
from courses.models import Course
from courses.outline import LessonEntry
from kit.events.event import name_of
from kit.events.models import OutboxEvent
from kit.files import RefusedFile
from kit.storage import private
from tests.courses.learning.taking import lessons_of, republish, signed_in
from tests.factories.courses import add_text_lesson, enrol, make_course

PNG = b"\x89PNG\r\n\x1a\n"


def exercise(ada: User, ben: User, hand_in: str) -> tuple[Course, Enrolment, LessonEntry]:
    course = make_course(ada, modules=1, lessons=1, published=False)
    add_text_lesson(course.modules.get(), title="Do", kind="exercise", hand_in=hand_in, self_check=["It is dark."])
    republish(course)
    enrolment = enrol(ben, course)
    return course, enrolment, lessons_of(course)[1]


def text_file(content: bytes = b"My twelve letters.", name: str = "letters.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_handing_in_keeps_the_work_and_does_the_lesson(ada: User, ben: User) -> None:
    _course, enrolment, lesson = exercise(ada, ben, "either")
    first = submit_exercise(enrolment, lesson_id=lesson.id, text="Here.\r\nIt is.", upload=text_file())
    assert (first.number, first.text, first.file_name, first.size_bytes) == (1, "Here.\nIt is.", "letters.txt", 18)
    assert private().open(str(first.file.name)).read() == b"My twelve letters."
    enrolment.refresh_from_db()
    assert enrolment.lessons_completed == 1
    assert submit_exercise(enrolment, lesson_id=lesson.id, text="Better").number == 2
    assert OutboxEvent.objects.filter(name=name_of(ExerciseSubmitted)).count() == 2


@pytest.mark.parametrize(
    ("hand_in", "text", "has_file", "field"),
    [("text", " ", True, "text"), ("file", "Words", False, "file"), ("either", "", False, "text"), ("text", "a\x00", False, "text")],
)
def test_what_the_exercise_asks_for_is_needed(ada: User, ben: User, hand_in: str, text: str, has_file: bool, field: str) -> None:
    _course, enrolment, lesson = exercise(ada, ben, hand_in)
    with pytest.raises(BadSubmission) as refused:
        submit_exercise(enrolment, lesson_id=lesson.id, text=text, upload=text_file() if has_file else None)
    assert refused.value.field == field
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("tool.exe", b"MZ\x00\x00"), ("picture.png", b"<script>alert(1)</script>"), ("empty.txt", b""), ("page.html", b"<html>")],
)
def test_hostile_files_are_refused_and_nothing_is_stored(ada: User, ben: User, name: str, content: bytes) -> None:
    _course, enrolment, lesson = exercise(ada, ben, "file")
    before = _files()
    with pytest.raises(RefusedFile):
        submit_exercise(enrolment, lesson_id=lesson.id, upload=text_file(content, name))
    assert _files() == before
    enrolment.refresh_from_db()
    assert (Submission.objects.count(), enrolment.lessons_completed) == (0, 0)


def test_nothing_is_handed_in_where_nothing_is_asked_or_all_is_closed(ada: User, ben: User) -> None:
    course, enrolment, lesson = exercise(ada, ben, "nothing")
    for entry in lessons_of(course):
        with pytest.raises(NothingToHandIn):
            submit_exercise(enrolment, lesson_id=entry.id, text="Here")
    revoke_enrolment(course, user=ben, reference="test")
    enrolment.refresh_from_db()
    with pytest.raises(LessonLocked):
        submit_exercise(enrolment, lesson_id=lesson.id, text="Here")


def test_the_page_takes_text_and_file_without_script(ada: User, ben: User) -> None:
    course, _enrolment, lesson = exercise(ada, ben, "either")
    client, path = signed_in(ben), f"/learn/{course.slug}/{lesson.slug}/"
    page = client.get(path).content.decode()
    assert "It is dark." in page
    assert 'id="mark-done"' not in page
    refused = client.post(f"{path}submissions/", {"text": ""})
    assert refused.status_code == 422
    assert "Write something, choose a file, or both." in refused.content.decode()
    wrong = client.post(f"{path}submissions/", {"text": "Keep what I typed", "file": text_file(PNG + b"<", "picture.png")})
    assert wrong.status_code == 422
    assert "Keep what I typed" in wrong.content.decode()
    assert client.post(f"{path}submissions/", {"text": "Done", "file": text_file()}).headers["Location"] == f"{path}#exercise"
    page = client.get(path).content.decode()
    assert "letters.txt" in page
    assert "Waiting for feedback" in page


def test_a_token_is_asked_for(ada: User, ben: User) -> None:
    course, _enrolment, lesson = exercise(ada, ben, "text")
    client = Client(enforce_csrf_checks=True)
    client.force_login(ben)
    assert client.post(f"/learn/{course.slug}/{lesson.slug}/submissions/", {"text": "Forged"}).status_code == 403
    assert not Submission.objects.exists()


def test_an_exercise_without_handing_in_is_marked_by_hand(ada: User, ben: User) -> None:
    course, _enrolment, lesson = exercise(ada, ben, "nothing")
    page = signed_in(ben).get(f"/learn/{course.slug}/{lesson.slug}/").content.decode()
    assert 'id="mark-done"' in page
    assert "It is dark." in page
    assert "submissions/" not in page


def test_feedback_is_shown_cleaned(ada: User, ben: User) -> None:
    course, enrolment, lesson = exercise(ada, ben, "text")
    submission = submit_exercise(enrolment, lesson_id=lesson.id, text="<script>alert('mine')</script>")
    Submission.objects.filter(pk=submission.pk).update(
        verdict="again", feedback="Look **closer** <img src=x onerror=alert(1)>", feedback_at=timezone.now(), feedback_by=ada
    )
    page = signed_in(ben).get(f"/learn/{course.slug}/{lesson.slug}/").content.decode()
    assert "Try again" in page
    assert "<strong>closer</strong>" in page
    assert "<img src=x" not in page
    assert "<script>alert(" not in page


def test_a_handed_in_file_is_its_learners_alone(ada: User, ben: User, cleo: User, mo: User) -> None:
    course, enrolment, lesson = exercise(ada, ben, "file")
    submission = submit_exercise(enrolment, lesson_id=lesson.id, upload=text_file())
    path = f"/learn/{course.slug}/{lesson.slug}/submissions/{submission.pk}/file/"
    enrol(cleo, course)
    for user in (cleo, mo, ada):
        assert signed_in(user).get(path).status_code == 404
    assert Client().get(path).status_code == 302  # to the sign-in page
    revoke_enrolment(course, user=ben, reference="test")
    given = Client().get(signed_in(ben).get(path).headers["Location"])
    assert given.getvalue() == b"My twelve letters."


def _files() -> list[str]:
    try:
        return sorted(private().listdir("submissions")[0])
    except FileNotFoundError:
        return []
