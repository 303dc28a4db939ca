from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Profile, User
from courses.learning.models import Enrolment
from courses.models import Course
from courses.teaching import contact
from courses.teaching.selectors import crowd_of, learners_of, rows_of
from tests.courses.teaching.progress import attempt, done
from tests.factories import make_user
from tests.factories.courses import enrol, make_course

pytestmark = pytest.mark.django_db

RIGHT = {"Which is taller?": ["b"], "Round letters overshoot.": ["true"]}
WRONG = {"Which is taller?": ["a"], "Round letters overshoot.": ["true"]}


def page(course: Course, name: str = "course_learners", *args: object) -> str:
    return reverse(name, args=[course.slug, *args])


def test_the_table_shows_who_is_how_far(teacher: Client, course: Course, ben: User, cleo: User) -> None:
    done(enrol(ben, course), "Lesson 1.1", "Lesson 1.2", opened=["Lesson 2.1"])
    attempt(enrol(ben, course), course, WRONG, number=1)
    attempt(enrol(ben, course), course, RIGHT, number=2)
    enrol(cleo, course)
    enrol(make_user("zoe"), course, source="preview")
    html = teacher.get(page(course)).content.decode()
    assert "Ben" in html
    assert "50%" in html
    assert "100%" in html, "the best try counts, not the first"
    assert "Cleo" in html
    assert "Zoe" not in html, "who only looked at free lessons is no learner"


def test_addresses_of_mail_stay_with_their_owners(teacher: Client, course: Course, ben: User) -> None:
    learner = enrol(ben, course)
    for address in (page(course), page(course, "course_learner", learner.pk), page(course, "course_insight")):
        assert b"ben@example.com" not in teacher.get(address).content
    assert b"ben@example.com" not in teacher.get(page(course, "course_learners_csv")).getvalue()
    assert not learners_of(course, words="ben@example").exists()


def test_learners_are_found_by_name_and_by_state_and_put_in_order(course: Course, ben: User, cleo: User) -> None:
    done(enrol(ben, course), "Lesson 1.1")
    enrol(cleo, course)
    assert [row.user.username for row in learners_of(course, words="BE")] == ["ben"]
    assert [row.user.username for row in learners_of(course, state="not_begun")] == ["cleo"]
    assert [row.user.username for row in learners_of(course, sort="progress")] == ["ben", "cleo"]
    assert [row.user.username for row in learners_of(course, sort="name")] == ["ben", "cleo"]
    assert crowd_of(course).states == {"under_way": 1, "not_begun": 1, "finished": 0, "closed": 0}


def test_typing_a_name_swaps_the_rows_alone(teacher: Client, course: Course, ben: User) -> None:
    enrol(ben, course)
    answer = teacher.get(page(course), {"q": "ben"}, headers={"HX-Request": "true"}).content.decode()
    assert "Ben" in answer
    assert "<html" not in answer


def test_one_learner_is_shown_lesson_by_lesson(teacher: Client, course: Course, ben: User) -> None:
    learner = enrol(ben, course)
    done(learner, "Lesson 1.1", opened=["Lesson 1.2"])
    attempt(learner, course, WRONG)
    html = teacher.get(page(course, "course_learner", learner.pk)).content.decode()
    for said in ("Lesson 1.1", "Lesson 2.2", "Check yourself", "50%", "not passed"):
        assert said in html


def test_another_creator_sees_nothing_of_it(course: Course, ben: User) -> None:
    learner = enrol(ben, course)
    eve = make_user("eve", creator=True)
    client = Client()
    client.force_login(eve)
    other = make_course(eve)
    for name, args in (
        ("course_learners", ()),
        ("course_learners_csv", ()),
        ("course_learner", (learner.pk,)),
        ("course_insight", ()),
        ("course_submissions", ()),
    ):
        assert client.get(page(course, name, *args)).status_code == 404, name
    assert client.get(page(other, "course_learner", learner.pk)).status_code == 404, "a learner of another course"


def test_the_file_has_every_learner_and_runs_no_formula(teacher: Client, course: Course, ben: User, cleo: User) -> None:
    ben.profile.display_name = '=HYPERLINK("http://evil.example")'
    ben.profile.save()
    done(enrol(ben, course), "Lesson 1.1")
    enrol(cleo, course)
    response = teacher.get(page(course, "course_learners_csv"))
    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    assert len(rows) == 2
    [row] = [row for row in rows if row["username"] == "ben"]
    assert row["name"].startswith("'=")
    assert (row["state"], row["progress_percent"], row["lessons_done"], row["minutes_spent"]) == ("under_way", "25", "1", "2")


def test_a_thousand_learners_cost_as_many_queries_as_one(teacher: Client, course: Course, ben: User) -> None:
    attempt(enrol(ben, course), course, RIGHT)
    done(enrol(ben, course), "Lesson 1.1")
    addresses = [page(course), page(course, "course_insight"), page(course, "course_submissions")]
    few = [cost(teacher, address) for address in addresses]
    people = User.objects.bulk_create([User(username=f"many{n}", email=f"many{n}@example.com") for n in range(1000)])
    Profile.objects.bulk_create([Profile(user=person, display_name=f"Many {person.pk}") for person in people])
    Enrolment.objects.bulk_create([Enrolment(user=person, course=course, source="purchased", progress=10) for person in people])
    assert [cost(teacher, address) for address in addresses] == few


def cost(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_pages_offer_to_write_only_where_somebody_brings_a_way(
    teacher: Client, course: Course, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = enrol(ben, course)
    assert b"Send a message" not in teacher.get(page(course, "course_learner", learner.pk)).content

    class Pigeons:
        def to_learner(self, by: User, learner: User) -> str:
            return f"/pigeons/{learner.username}/"

        def to_all(self, by: User, course: Course) -> str:
            return f"/pigeons/of/{course.slug}/"

    monkeypatch.setattr(contact, "_way", None)
    contact.register_way_to_write(Pigeons())
    assert b'href="/pigeons/ben/"' in teacher.get(page(course, "course_learner", learner.pk)).content
    assert f'href="/pigeons/of/{course.slug}/"' in teacher.get(page(course)).content.decode()
    with pytest.raises(ValueError, match="already"):
        contact.register_way_to_write(Pigeons())


def test_a_quiz_average_is_the_mean_of_the_best_tries(course: Course, ben: User) -> None:
    learner = enrol(ben, course)
    attempt(learner, course, {}, number=1)
    attempt(learner, course, WRONG, number=2)
    [row] = rows_of([learner])
    assert row.average == 50
