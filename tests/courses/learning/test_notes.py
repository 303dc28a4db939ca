"""Private notes: written beside a lesson, listed, exported, kept after a refund, harmless to look at (R166, R214)."""

from __future__ import annotations

import pytest

from accounts.models import User
from courses.learning.errors import BadNote, LessonLocked
from courses.learning.limits import LONGEST_NOTE
from courses.learning.models import Enrolment, Note
from courses.learning.services.enrolments import revoke_enrolment
from courses.learning.services.notes import add_note, change_note, delete_note
from courses.models import Course, Lesson
from tests.courses.learning.taking import lessons_of, republish, signed_in
from tests.factories.courses import add_text_lesson, enrol, make_course


@pytest.fixture
def course(ada: User) -> Course:
    return make_course(ada, modules=1, lessons=2)


@pytest.fixture
def enrolment(course: Course, ben: User) -> Enrolment:
    return enrol(ben, course)


def test_notes_are_kept_changed_and_deleted(course: Course, enrolment: Enrolment) -> None:
    lesson = lessons_of(course)[0]
    note = add_note(enrolment, lesson_id=lesson.id, text="  Look *twice*.\r\nThen again. ", at_seconds=231)
    assert (note.text, note.clock) == ("Look *twice*.\nThen again.", "3:51")
    assert add_note(enrolment, lesson_id=lesson.id, text="Look *twice*.\nThen again.", at_seconds=231).pk == note.pk
    assert change_note(note, text="Once.").text == "Once."
    delete_note(note)
    delete_note(note)
    assert not Note.objects.exists()


@pytest.mark.parametrize("text", ["", "   \n ", "a\x00b", "x" * (LONGEST_NOTE + 1)])
def test_what_is_no_note_is_refused(course: Course, enrolment: Enrolment, text: str) -> None:
    with pytest.raises(BadNote):
        add_note(enrolment, lesson_id=lessons_of(course)[0].id, text=text)
    assert not Note.objects.exists()


def test_a_note_is_added_with_and_without_script(course: Course, enrolment: Enrolment) -> None:
    client, lesson = signed_in(enrolment.user), lessons_of(course)[0]
    path = f"/learn/{course.slug}/{lesson.slug}/"
    assert client.post(f"{path}notes/", {"text": "First", "at": "1:02:03"}).headers["Location"] == f"{path}#notes"
    fragment = client.post(f"{path}notes/", {"text": "Second **thought**"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "1:02:03" in fragment
    assert "<strong>thought</strong>" in fragment
    refused = client.post(f"{path}notes/", {"text": "Third", "at": "soon"})
    assert refused.status_code == 422
    assert "Third" in refused.content.decode()
    assert Note.objects.count() == 2


def test_a_note_is_edited_and_deleted_with_and_without_script(course: Course, enrolment: Enrolment) -> None:
    client = signed_in(enrolment.user)
    note = add_note(enrolment, lesson_id=lessons_of(course)[0].id, text="First")
    path = f"/learn/{course.slug}/notes/{note.pk}/"
    assert "First</textarea>" in client.get(path).content.decode()
    assert client.post(path, {"text": "Second"}).headers["Location"] == f"/learn/{course.slug}/notes/#note-{note.pk}"
    htmx = {"HX-Request": "true"}
    assert "<html" not in client.get(path, headers=htmx).content.decode()
    assert "Second" in client.get(f"{path}?as=text", headers=htmx).content.decode()
    assert "Third" in client.post(path, {"text": "Third"}, headers=htmx).content.decode()
    assert client.post(path, {"text": " "}, headers=htmx).status_code == 422
    assert "Delete this note?" in client.get(f"{path}deletions/").content.decode()
    assert Note.objects.get().text == "Third"
    assert client.post(f"{path}deletions/").headers["Location"] == f"/learn/{course.slug}/notes/"
    assert not Note.objects.exists()


def test_nobody_else_reaches_a_note(course: Course, enrolment: Enrolment, ada: User, cleo: User, mo: User) -> None:
    note = add_note(enrolment, lesson_id=lessons_of(course)[0].id, text="Mine alone")
    enrol(cleo, course)
    for user in (ada, cleo, mo):
        client = signed_in(user)
        for path in (f"notes/{note.pk}/", f"notes/{note.pk}/deletions/"):
            assert client.get(f"/learn/{course.slug}/{path}").status_code == 404
            assert client.post(f"/learn/{course.slug}/{path}", {"text": "Taken over"}).status_code == 404
        for path in ("", "notes/", "notes/export.md", f"{lessons_of(course)[0].slug}/"):
            assert "Mine alone" not in client.get(f"/learn/{course.slug}/{path}").content.decode()
    note.refresh_from_db()
    assert note.text == "Mine alone"


def test_notes_stay_after_a_refund(course: Course, enrolment: Enrolment, ben: User) -> None:
    note = add_note(enrolment, lesson_id=lessons_of(course)[0].id, text="Keep this")
    revoke_enrolment(course, user=ben, reference="test")
    enrolment.refresh_from_db()
    client = signed_in(ben)
    assert "Keep this" in client.get(f"/learn/{course.slug}/notes/").content.decode()
    assert "Keep this" in client.get(f"/learn/{course.slug}/notes/export.md").content.decode()
    assert client.post(f"/learn/{course.slug}/notes/{note.pk}/", {"text": "Keep that"}).status_code == 302
    with pytest.raises(LessonLocked):
        add_note(enrolment, lesson_id=lessons_of(course)[0].id, text="One more")
    assert Note.objects.get().text == "Keep that"


def test_the_export_is_markdown_in_the_order_of_the_course(course: Course, enrolment: Enrolment, ben: User) -> None:
    first, second = lessons_of(course)
    add_note(enrolment, lesson_id=second.id, text="Later")
    add_note(enrolment, lesson_id=first.id, text="In the *middle*", at_seconds=75)
    add_note(enrolment, lesson_id=first.id, text="At the beginning", at_seconds=5)
    response = signed_in(ben).get(f"/learn/{course.slug}/notes/export.md")
    assert response.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith("attachment")
    lines = [line for line in response.content.decode().splitlines() if line]
    assert lines[0] == f"# Notes on {course.title}"
    assert [line for line in lines if not line.startswith(("#", "*"))] == ["At the beginning", "In the *middle*", "Later"]
    assert [line for line in lines if line.startswith("## ")] == [f"## {first.title}", f"## {second.title}"]
    assert any(line.startswith("*1:15, ") for line in lines)


def test_a_lesson_that_left_the_course_is_called_as_it_was_published(course: Course, enrolment: Enrolment, ben: User) -> None:
    lesson = lessons_of(course)[0]
    add_note(enrolment, lesson_id=lesson.id, text="From then")
    row = Lesson.objects.get(pk=lesson.id)
    add_text_lesson(row.module, title="Instead")
    Lesson.objects.filter(pk=lesson.id).update(title="Secret plans", removed_at=course.created_at, position=None)
    republish(course)
    page = signed_in(ben).get(f"/learn/{course.slug}/notes/").content.decode()
    assert lesson.title in page
    assert "no longer in the course" in page
    assert "Secret plans" not in page


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](java&#x0A;script:alert(1))",
        '![x](x"onerror=alert(1))',
        "<svg/onload=alert(1)>",
        "<iframe src='javascript:alert(1)'></iframe>",
        "<a href='&#x6A;avascript:alert(1)'>x</a>",
        "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    ],
)
def test_hostile_notes_are_harmless(course: Course, enrolment: Enrolment, ben: User, text: str) -> None:
    lesson = lessons_of(course)[0]
    add_note(enrolment, lesson_id=lesson.id, text=text)
    for path in (f"/learn/{course.slug}/{lesson.slug}/", f"/learn/{course.slug}/notes/"):
        page = signed_in(ben).get(path).content.decode()
        shown = page.split('class="note-text reading">')[1].split("</li>")[0]
        assert "<script" not in shown
        assert "<iframe" not in shown
        assert "<svg/" not in shown
        assert 'href="java' not in shown.lower()
        assert "<img" not in shown
