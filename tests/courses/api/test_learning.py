"""Learning by the API (R165, R200-R204)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile

from accounts.models import User
from courses.learning.models import Enrolment, LessonProgress
from courses.learning.services.enrolments import revoke_enrolment
from courses.models import Attachment, Course, Lesson, Module
from courses.services.publishing import publish_course
from kit.storage import store_upload
from tests.api.caller import Caller, refusal
from tests.courses.learning.films import make_film_course
from tests.factories.big_course import make_big_course
from tests.factories.courses import enrol, make_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(ada: User) -> Course:
    """Two modules of two lessons, the first module free, and a quiz after it."""
    made = make_course(ada, quiz=True, completion="lessons", published=False)
    Module.objects.filter(course=made, position=0).update(is_free_preview=True)
    publish_course(made, by=ada)
    made.refresh_from_db()
    return made


def lessons(seen: dict[str, Any]) -> list[dict[str, Any]]:
    return [lesson for module in seen["modules"] for lesson in module["lessons"]]


def test_each_lesson_says_whether_it_is_open_and_why(
    api: Caller, course: Course, ada: User, ben: User, cleo: User, mo: User
) -> None:  # R202
    enrol(ben, course)
    expected = {
        ben: ["enrolled"] * 4,
        ada: ["owner"] * 4,
        mo: ["staff"] * 4,
        cleo: ["free_preview", "free_preview", "locked", "locked"],
    }
    for person, reasons in expected.items():
        found = lessons(api.of(person).get(f"/learn/courses/{course.slug}").json())
        assert [lesson["access"]["reason"] for lesson in found] == reasons
        assert all(lesson["access"]["sentence"] for lesson in found)
        assert [lesson["access"]["accessible"] for lesson in found] == [reason != "locked" for reason in reasons]
    revoke_enrolment(course, user=ben, reference="test")
    found = lessons(api.of(ben).get(f"/learn/courses/{course.slug}").json())
    assert [lesson["access"]["reason"] for lesson in found] == ["free_preview", "free_preview", "revoked", "revoked"]


def test_a_closed_lesson_is_refused_with_its_reason_and_nothing_of_it_is_told(api: Caller, course: Course, cleo: User) -> None:  # R201
    caller = api.of(cleo)
    free, closed = (f"/learn/courses/{course.slug}/lessons/{slug}" for slug in ("lesson-11", "lesson-21"))
    assert caller.get(free).json()["text"] == "Draw the *n* first."
    refused = caller.get(closed)
    assert (refusal(refused), refused.json()["reason"]) == ((403, "lesson_locked"), "locked")
    assert b"Draw the" not in refused.content
    for method, where in (("PUT", "completion"), ("PUT", "bookmark"), ("DELETE", "completion")):
        assert refusal(caller.call(method, f"{closed}/{where}")) == (403, "lesson_locked")
    assert refusal(caller.post(f"{closed}/beats", {"sitting": str(uuid4()), "seconds": 5})) == (403, "lesson_locked")
    assert not LessonProgress.objects.exists()


def test_lessons_are_done_once_and_the_last_one_finishes_the_course(api: Caller, course: Course, ben: User) -> None:
    enrol(ben, course)
    caller = api.of(ben)
    slugs = [lesson["slug"] for lesson in lessons(caller.get(f"/learn/courses/{course.slug}").json())]
    for number, slug in enumerate(slugs, 1):
        for _twice in range(2):
            marks = caller.put(f"/learn/courses/{course.slug}/lessons/{slug}/completion").json()
        assert (marks["is_done"], marks["progress"]["lessons_completed"]) == (True, number)
    assert (marks["progress"]["progress"], marks["progress"]["completed_at"] is not None) == (100, True)
    back = caller.delete(f"/learn/courses/{course.slug}/lessons/{slugs[0]}/completion").json()
    assert (back["is_done"], back["progress"]["lessons_completed"]) == (False, 3)
    assert back["progress"]["completed_at"] is not None


def test_a_bookmark_is_set_and_removed(api: Caller, course: Course, ben: User) -> None:  # R167
    enrol(ben, course)
    caller, where = api.of(ben), f"/learn/courses/{course.slug}/lessons/lesson-21/bookmark"
    assert caller.put(where).json()["is_bookmarked"] is True
    assert caller.get(where.removesuffix("/bookmark")).json()["is_bookmarked"] is True
    assert caller.delete(where).json()["is_bookmarked"] is False


def test_a_report_that_comes_twice_counts_once(api: Caller, course: Course, ben: User, monkeypatch: pytest.MonkeyPatch) -> None:  # R165
    enrolment = enrol(ben, course)
    caller, where, sitting = api.of(ben), f"/learn/courses/{course.slug}/lessons/lesson-11/beats", str(uuid4())
    for _twice in range(2):
        assert caller.post(where, {"sitting": sitting, "seconds": 0, "video_seconds": 42, "page_permille": 300}).status_code == 204
    row = LessonProgress.objects.get(enrolment=enrolment)
    assert (row.video_seconds, row.page_permille, row.seconds_spent) == (42, 300, 0)
    assert caller.get(where.removesuffix("/beats")).json()["video_seconds"] == 42
    assert refusal(caller.post(where, {"sitting": sitting, "seconds": -1})) == (422, "malformed")


def test_what_was_played_of_a_video_is_reported_in_ranges(api: Caller, ada: User, ben: User) -> None:  # R165
    course, film = make_film_course(ada)
    enrolment = enrol(ben, course)
    caller, where, sitting = api.of(ben), f"/learn/courses/{course.slug}/lessons/watch/beats", str(uuid4())
    assert refusal(caller.post(where, {"sitting": sitting, "seconds": 0, "watched": [[5, 5]]})) == (400, "bad_beat")
    for first in (0, 4):
        assert caller.post(where, {"sitting": sitting, "seconds": 0, "watched": [[first, first + 5]]}).status_code == 204
    row = LessonProgress.objects.get(enrolment=enrolment)
    assert (row.watched, row.watched_video) == (((0, 9),), film.video_id)


def test_whoever_only_looks_leaves_no_trace(api: Caller, course: Course, ada: User) -> None:
    caller = api.of(ada)
    assert caller.get(f"/learn/courses/{course.slug}/lessons/lesson-21").status_code == 200
    assert refusal(caller.put(f"/learn/courses/{course.slug}/lessons/lesson-21/completion")) == (403, "nothing_kept")
    assert not Enrolment.objects.exists()


def test_one_s_courses_come_with_where_they_go_on(api: Caller, course: Course, ada: User, ben: User) -> None:  # R203, R204
    other = make_course(ada)
    enrol(ben, other)
    enrol(ben, course)
    caller = api.of(ben)
    caller.put(f"/learn/courses/{other.slug}/lessons/lesson-11/completion")
    found = caller.get("/learn/courses").json()
    assert (found["count"], [one["slug"] for one in found["items"]]) == (2, [other.slug, course.slug])
    assert (found["items"][0]["next"]["slug"], found["items"][0]["progress"], found["items"][0]["is_open"]) == ("lesson-12", 25, True)
    assert found["items"][1]["next"]["slug"] == "lesson-11"
    revoke_enrolment(other, user=ben, reference="test")
    assert [one["slug"] for one in caller.get("/learn/courses").json()["items"]] == [course.slug]


def test_a_file_of_a_lesson_is_linked_for_those_who_may_open_it(api: Caller, course: Course, ben: User, cleo: User) -> None:
    lesson = Lesson.objects.get(course=course, slug="lesson-21")
    stored = store_upload(ContentFile(b"a,b\n1,2\n"), prefix="attachments")
    attachment = Attachment.objects.create(
        lesson=lesson, name="grid.csv", file=stored.name, size_bytes=stored.size, sha256=stored.sha256, content_type="text/csv"
    )
    publish_course(course, by=course.creator)
    enrol(ben, course)
    where = f"/learn/courses/{course.slug}/lessons/lesson-21"
    assert [file["name"] for file in api.of(ben).get(where).json()["files"]] == ["grid.csv"]
    given = api.of(ben).post(f"{where}/files/{attachment.pk}/download").json()
    assert (given["name"], given["size_bytes"], given["sha256"]) == ("grid.csv", 8, stored.sha256)
    assert given["url"].startswith("http")
    assert refusal(api.of(cleo).post(f"{where}/files/{attachment.pk}/download")) == (403, "lesson_locked")
    assert refusal(api.with_token(ben, "read", "write").post(f"{where}/files/{attachment.pk}/download")) == (403, "scope_missing")
    assert refusal(api.of(ben).post(f"{where}/files/{uuid4()}/download")) == (404, "lesson_not_found")


def test_drafts_and_strangers_without_an_account_have_no_way_in(api: Caller, ada: User, ben: User) -> None:
    draft = make_course(ada, published=False)
    assert refusal(api.of(ben).get(f"/learn/courses/{draft.slug}")) == (404, "course_not_found")
    assert refusal(api.of(ben).get("/learn/courses/nowhere")) == (404, "course_not_found")
    for where in ("/learn/courses", f"/learn/courses/{draft.slug}"):
        assert refusal(api.get(where)) == (401, "not_signed_in")


def test_a_large_course_takes_as_many_queries_as_a_small_one(api: Caller, ada: User, ben: User, django_assert_max_num_queries: Any) -> None:
    caller, counts = api.of(ben), []
    for made in (make_course(ada, quiz=True), make_big_course(ada, modules=12, lessons=60, quizzes=30)):
        enrol(ben, made)
        caller.get(f"/learn/courses/{made.slug}")
        with django_assert_max_num_queries(12) as asked:
            assert caller.get(f"/learn/courses/{made.slug}").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
