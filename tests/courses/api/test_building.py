"""Building a course by the API (R186-R191)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from courses.models import Course, Lesson, Module, Quiz
from tests.api.caller import Caller, refusal
from tests.factories import make_user
from tests.factories.big_course import make_big_course
from tests.factories.courses import enrol, make_course

pytestmark = pytest.mark.django_db

CHOICE = {
    "text": "Which is taller?",
    "options": [{"id": "a", "text": "x"}, {"id": "b", "text": "o"}],
    "correct": ["b"],
    "explanation": "Two per cent.",
}


def begin(caller: Caller, **words: Any) -> tuple[str, dict[str, Any]]:
    """Where a new course stands, and its draft."""
    draft = caller.post("/creator/courses", {"title": "Letters that hold", "outcomes": ["Draw a letter"], **words})
    assert draft.status_code == 201, draft.content
    return f"/creator/courses/{draft.json()['slug']}", draft.json()


def test_a_program_builds_and_publishes_a_whole_course(api: Caller, ada: User) -> None:
    caller = api.of(ada)
    here, _draft = begin(caller, level="beginner")
    module = caller.post(f"{here}/modules", {"title": "Before you draw", "is_free_preview": True}).json()  # R186
    lesson = caller.post(f"{here}/modules/{module['id']}/lessons", {"title": "The n", "text": "Draw *n*.", "minutes": 7}).json()  # R190
    inline = caller.post(f"{here}/modules/{module['id']}/lessons", {"title": "Check", "kind": "quiz_inline"}).json()
    inside = caller.post(f"{here}/quizzes", {"title": "Check yourself", "lesson": inline["id"], "is_required": False}).json()
    at_end = caller.post(f"{here}/quizzes", {"title": "All of it", "time_limit_minutes": 20}).json()
    of_module = caller.post(f"{here}/quizzes", {"title": "Part one", "module": module["id"], "passing_score": 60}).json()
    for quiz in (inside, at_end, of_module):
        assert caller.post(f"{here}/quizzes/{quiz['id']}/questions", CHOICE).status_code == 201
    assert (inside["kind"], at_end["kind"], of_module["kind"]) == ("inline", "course", "module")
    assert (inside["lesson"], of_module["module"]) == (inline["id"], module["id"])

    draft = caller.get(here).json()
    assert draft["missing"] == []
    assert draft["totals"] == {"modules": 1, "lessons": 2, "quizzes": 3, "minutes": 12, "free_lessons": 2}
    assert [one["id"] for one in draft["modules"][0]["lessons"]] == [lesson["id"], inline["id"]]
    published = caller.post(f"{here}/publication", {"note": "The first."})
    assert (published.status_code, published.json()["number"], published.json()["quiz_count"]) == (201, 1, 3)
    assert caller.get(here).json()["version"]["note"] == "The first."


def test_what_is_missing_is_said_and_nothing_is_published(api: Caller, ada: User) -> None:
    caller = api.of(ada)
    here, draft = begin(caller, outcomes=[])
    assert {one["subject"] for one in draft["missing"]} == {"course"}
    module = caller.post(f"{here}/modules", {"title": "Part"}).json()
    caller.post(f"{here}/modules/{module['id']}/lessons", {"title": "Empty"})
    refused = caller.post(f"{here}/publication", {})
    assert refusal(refused) == (409, "course_not_ready")
    assert any("Empty" in sentence for sentence in refused.json()["missing"])
    assert Course.objects.get().current_version is None


def test_what_is_left_out_of_a_change_stays(api: Caller, ada: User) -> None:  # R187, R191
    course = make_course(ada, quiz=True)
    caller, here = api.of(ada), f"/creator/courses/{course.slug}"
    module, lesson, quiz = Module.objects.earliest("position"), Lesson.objects.earliest("created_at"), Quiz.objects.get()
    changed = caller.patch(f"{here}/modules/{module.pk}", {"description": "How to begin."}).json()
    assert (changed["title"], changed["description"]) == (module.title, "How to begin.")
    changed = caller.patch(f"{here}/lessons/{lesson.pk}", {"minutes": 12, "takeaways": ["Small is hard."]}).json()
    assert (changed["title"], changed["text"], changed["minutes"]) == (lesson.title, lesson.text, 12)
    changed = caller.patch(f"{here}/quizzes/{quiz.pk}", {"time_limit_minutes": 10}).json()
    assert (changed["passing_score"], changed["time_limit_minutes"]) == (70, 10)
    assert caller.patch(f"{here}/quizzes/{quiz.pk}", {"time_limit_minutes": None, "title": None}).json()["time_limit_minutes"] is None
    question = changed["questions"][0]
    changed = caller.patch(f"{here}/quizzes/{quiz.pk}/questions/{question['id']}", {"points": 3}).json()
    assert (changed["text"], changed["correct"], changed["points"]) == (question["text"], question["correct"], 3)
    changed = caller.patch(here, {"level": "advanced"}).json()
    assert (changed["title"], changed["outcomes"], changed["level"]) == (course.title, ["Draw a letter"], "advanced")


def test_an_order_of_an_outline_that_was_changed_meanwhile_is_refused(api: Caller, ada: User) -> None:  # R189
    course = make_course(ada)
    caller, here = api.of(ada), f"/creator/courses/{course.slug}"
    seen = caller.get(here).json()
    first, second = seen["modules"]
    order = [
        {"id": second["id"], "lessons": [second["lessons"][0]["id"], first["lessons"][1]["id"]]},
        {"id": first["id"], "lessons": [first["lessons"][0]["id"], second["lessons"][1]["id"]]},
    ]
    moved = caller.put(f"{here}/order", {"stamp": seen["outline_stamp"], "modules": order})
    assert moved.status_code == 200
    now = caller.get(here).json()
    assert now["outline_stamp"] == moved.json()["outline_stamp"] > seen["outline_stamp"]
    assert [(one["id"], [lesson["id"] for lesson in one["lessons"]]) for one in now["modules"]] == [(p["id"], p["lessons"]) for p in order]

    assert refusal(caller.put(f"{here}/order", {"stamp": seen["outline_stamp"], "modules": order[::-1]})) == (409, "stale_outline")
    incomplete = caller.put(f"{here}/order", {"stamp": now["outline_stamp"], "modules": order[:1]})
    assert (refusal(incomplete), incomplete.json()["field"]) == ((422, "bad_course"), "order")
    assert caller.get(here).json()["modules"] == now["modules"]


def test_an_edit_of_an_older_text_is_refused_where_the_stamp_is_sent(api: Caller, ada: User) -> None:
    course = make_course(ada, quiz=True)
    caller, here = api.of(ada), f"/creator/courses/{course.slug}"
    lesson, quiz = Lesson.objects.earliest("created_at"), Quiz.objects.get()
    question = quiz.questions.earliest("position")
    for where in (f"lessons/{lesson.pk}", f"quizzes/{quiz.pk}", f"quizzes/{quiz.pk}/questions/{question.pk}"):
        field = "text" if "questions" in where else "title"
        assert caller.patch(f"{here}/{where}", {field: "First", "edit_stamp": 0}).json()["edit_stamp"] == 1
        assert refusal(caller.patch(f"{here}/{where}", {field: "Second", "edit_stamp": 0})) == (409, "stale_edit")
        assert caller.patch(f"{here}/{where}", {field: "Third"}).json()[field] == "Third"


def test_what_is_removed_leaves_the_draft_and_stays_published(api: Caller, ada: User) -> None:  # R188
    course = make_course(ada, quiz=True)
    caller, here = api.of(ada), f"/creator/courses/{course.slug}"
    first, second = caller.get(here).json()["modules"]
    quiz = first["quizzes"][0]["id"]
    question = caller.get(f"{here}/quizzes/{quiz}").json()["questions"][0]["id"]
    for where in (
        f"quizzes/{quiz}/questions/{question}",
        f"quizzes/{quiz}",
        f"lessons/{first['lessons'][0]['id']}",
        f"modules/{second['id']}",
    ):
        assert caller.delete(f"{here}/{where}").status_code == 204
        assert refusal(caller.delete(f"{here}/{where}"))[0] == 404
    now = caller.get(here).json()
    assert now["totals"] == {"modules": 1, "lessons": 1, "quizzes": 0, "minutes": 5, "free_lessons": 0}
    assert (now["version"]["lesson_count"], now["version"]["quiz_count"]) == (4, 1)


def test_a_course_that_somebody_takes_is_not_deleted(api: Caller, ada: User, ben: User) -> None:
    taken, alone = make_course(ada), make_course(ada)
    enrol(ben, taken)
    caller = api.of(ada)
    assert refusal(caller.delete(f"/creator/courses/{taken.slug}"))[0] == 409
    assert caller.delete(f"/creator/courses/{alone.slug}").status_code == 204
    assert set(Course.objects.all()) == {taken}


def test_rules_name_the_field_that_breaks_them(api: Caller, ada: User) -> None:
    course = make_course(ada)
    caller, here = api.of(ada), f"/creator/courses/{course.slug}"
    lesson = Lesson.objects.earliest("created_at")
    wrong = caller.post(f"{here}/quizzes", {"title": "Check", "lesson": str(lesson.pk)})
    assert (refusal(wrong), wrong.json()["field"]) == ((422, "bad_course"), "lesson")
    wrong = caller.patch(f"{here}/lessons/{lesson.pk}", {"minutes": 0})
    assert (refusal(wrong), list(wrong.json()["errors"])) == ((422, "malformed"), ["minutes"])
    wrong = caller.patch(here, {"title": "   "})
    assert (refusal(wrong), wrong.json()["field"]) == ((422, "bad_course"), "title")
    assert Lesson.objects.get(pk=lesson.pk).minutes == 5


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_nobody_else_reaches_a_course(api: Caller, ada: User, ben: User, method: str) -> None:
    course = make_course(ada, quiz=True)
    lesson, quiz, module = Lesson.objects.earliest("created_at"), Quiz.objects.get(), Module.objects.earliest("position")
    eve = api.of(make_user("eve", creator=True))
    theirs = make_course(User.objects.get(username="eve"))
    inside = [f"lessons/{lesson.pk}", f"quizzes/{quiz.pk}", *([f"modules/{module.pk}"] if method != "get" else [])]
    body = {"title": "Mine"} if method == "patch" else None
    for where in ("", *(f"/{one}" for one in inside)):
        assert refusal(eve.call(method.upper(), f"/creator/courses/{course.slug}{where}", body))[0] == 404
    # Nor by way of a course of one's own.
    for where in inside:
        assert refusal(eve.call(method.upper(), f"/creator/courses/{theirs.slug}/{where}", body))[0] == 404
    assert refusal(api.of(ben).call(method.upper(), f"/creator/courses/{course.slug}", body)) == (403, "creators_only")
    assert refusal(api.call(method.upper(), f"/creator/courses/{course.slug}", body)) == (401, "not_signed_in")
    course.refresh_from_db()
    assert (course.title, course.lessons.present().count()) == (course.title, 4)
    assert Lesson.objects.get(pk=lesson.pk).title == lesson.title


def test_a_token_that_reads_does_not_build(api: Caller, ada: User) -> None:
    course = make_course(ada)
    reader = api.with_token(ada, "read")
    assert reader.get(f"/creator/courses/{course.slug}").status_code == 200
    assert refusal(reader.post(f"/creator/courses/{course.slug}/modules", {"title": "More"})) == (403, "scope_missing")
    assert course.modules.count() == 2


def test_lists_and_large_drafts_take_the_same_queries(api: Caller, ada: User, django_assert_max_num_queries: Any) -> None:
    caller = api.of(ada)
    small = make_course(ada)
    large = make_big_course(ada, modules=12, lessons=60, quizzes=30)
    counts = []
    for course in (small, large):
        with django_assert_max_num_queries(20) as asked:
            assert caller.get(f"/creator/courses/{course.slug}").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
    with django_assert_max_num_queries(12) as asked:
        listed = caller.get("/creator/courses").json()
    assert isinstance(asked, CaptureQueriesContext)
    assert (listed["count"], listed["items"][0]["slug"]) == (2, large.slug)


def test_what_is_not_there_is_not_found(api: Caller, ada: User) -> None:
    course = make_course(ada)
    caller = api.of(ada)
    for where in (f"modules/{uuid4()}", f"lessons/{uuid4()}", f"quizzes/{uuid4()}"):
        assert refusal(caller.patch(f"/creator/courses/{course.slug}/{where}", {"title": "Nowhere"}))[0] == 404
    assert refusal(caller.get("/creator/courses/nowhere")) == (404, "course_not_found")
