"""What an account takes along of its courses, what closing it leaves behind, and the support desk."""

from __future__ import annotations

import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.test import Client

from accounts.data_export import exporters
from accounts.models import User
from courses.models import Course, CourseVersion
from courses.own_data import close_school, courses_of
from tests.factories.courses import enrol, make_course

pytestmark = pytest.mark.django_db


def test_the_export_holds_every_course_with_all_that_is_written(ada: User, cleo: User) -> None:
    make_course(cleo, title="Hers")
    make_course(ada, title="Letters", quiz=True)
    make_course(ada, title="A draft", modules=0, published=False)
    assert exporters()["courses"] is courses_of
    first, second = json.loads(json.dumps(list(courses_of(ada)), cls=DjangoJSONEncoder))
    assert (first["title"], second["title"], second["versions"]) == ("Letters", "A draft", [])
    assert first["modules"][0]["lessons"][0]["text"] == "Draw the *n* first."
    assert first["quizzes"][0]["questions"][0]["text"] == "Which is taller?"
    assert first["versions"][0]["number"] == 1


def test_closing_keeps_what_learners_have(ada: User, ben: User) -> None:
    taken = make_course(ada)
    make_course(ada)
    enrol(ben, taken)
    close_school(ada)
    assert list(Course.objects.of(ada)) == [taken]


def test_the_support_desk_finds_courses_and_changes_none(client: Client, ada: User) -> None:
    course = make_course(ada, title="Letters that hold")
    desk = User.objects.create_superuser(username="root", email="root@example.com")
    client.force_login(desk)
    for path in ("course/", "course/?q=letters", f"course/{course.pk}/change/", "courseversion/"):
        page = client.get(f"/admin/courses/{path}")
        assert "Letters that hold" in page.content.decode(), path
    assert client.get("/admin/courses/course/add/").status_code == 403
    assert client.post(f"/admin/courses/course/{course.pk}/change/", {"title": "Mine"}).status_code == 403
    assert client.post(f"/admin/courses/course/{course.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"/admin/courses/courseversion/{CourseVersion.objects.get().pk}/change/").status_code == 200
    course.refresh_from_db()
    assert course.title == "Letters that hold"
