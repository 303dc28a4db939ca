"""The pages of the builder, with htmx and as plain forms: what they show, what they refuse, and how much they ask the database."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from courses.models import Course, CourseVersion, Lesson, LessonKind, Module, Quiz
from courses.services.lessons import LessonWords, add_lesson, add_quiz_lesson, remove_lesson
from courses.services.modules import add_module, remove_module
from courses.services.ordering import step_module
from tests.factories.courses import add_choice, enrol, make_course, make_quiz

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


@pytest.fixture
def course(ada: User) -> Course:
    return make_course(ada, title="Letters that hold", quiz=True)


def at(course: Course, path: str = "builder/") -> str:
    return f"/dashboard/courses/{course.slug}/{path}"


def part(subject: Module | Lesson | Quiz, path: str = "") -> str:
    return f"/dashboard/courses/{subject.course.slug}/outline/{subject._meta.model_name}/{subject.pk}/{path}"


def stamp(course: Course) -> int:
    return Course.objects.values_list("outline_stamp", flat=True).get(pk=course.pk)


def titles(course: Course) -> list[list[str]]:
    return [
        list(Lesson.objects.present().filter(module=module).order_by("position").values_list("title", flat=True))
        for module in Module.objects.present().filter(course=course).order_by("position")
    ]


def body(response: Any) -> str:
    return response.content.decode()


def test_a_course_begins_with_its_title(desk: Client, ada: User, cleo: User) -> None:
    make_course(cleo, title="Not hers")
    assert "Not hers" not in body(desk.get("/dashboard/courses/"))
    response = desk.post("/dashboard/courses/", {"title": "  Stems   and bowls "})
    assert response.url == "/dashboard/courses/stems-and-bowls/builder/"
    assert Course.objects.get(creator=ada).title == "Stems and bowls"
    assert "Stems and bowls" in body(desk.get("/dashboard/courses/"))
    refused = desk.post("/dashboard/courses/", {"title": " "})
    assert refused.status_code == 422
    assert "Give it a title" in body(refused)


@pytest.mark.parametrize("path", ["builder/", "details/", "publications/", "delete/", "preview/", "preview/lesson-11/", "removed/"])
def test_a_strangers_course_is_not_found(client: Client, course: Course, path: str) -> None:
    assert client.get(at(course, path)).status_code == 302
    make = User.objects.create_user(username="eve", email="eve@example.com", creator_since="2024-01-01T00:00:00Z")
    client.force_login(make)
    assert client.get(at(course, path)).status_code == 404


def test_a_part_of_another_course_is_not_found(desk: Client, ada: User, course: Course) -> None:
    other = make_course(ada)
    lesson, module = other.lessons.all()[0], other.modules.all()[0]
    before = titles(other)
    root = at(course, "outline/")
    for path in (f"lesson/{lesson.pk}/removal/", f"lesson/{lesson.pk}/copy/", f"module/{module.pk}/removal/", f"cat/{lesson.pk}/removal/"):
        assert desk.post(root + path, {"stamp": stamp(course)}).status_code == 404
    assert desk.post(at(course, f"modules/{module.pk}/parts/"), {"kind": "text", "title": "x"}).status_code == 404
    assert titles(other) == before


def test_the_page_shows_everything_with_true_totals(desk: Client, course: Course) -> None:  # R169, R170, R196
    page = body(desk.get(at(course)))
    for title in ("Part 1", "Part 2", "Lesson 1.1", "Lesson 2.2", "Check yourself"):
        assert title in page
    assert "2 modules · 4 lessons · 1 quiz · 20\u00a0min · 0 free lessons" in page
    assert "Published, version 1" in page
    assert "unpublished changes" not in page


def test_parts_are_added_by_plain_forms(desk: Client, course: Course) -> None:  # R186, R190
    response = desk.post(at(course, "modules/"), {"title": "Numerals"})
    module = Module.objects.get(title="Numerals")
    assert response.url.endswith(f"/builder/?open={module.pk}#module-{module.pk}")
    for kind, title in [
        ("text", "Old style"),
        ("video", "A film"),
        ("video_embed", "A film elsewhere"),
        ("exercise", "Draw 7"),
        ("quiz_inline", "Check"),
        ("quiz", "End"),
    ]:
        assert desk.post(at(course, f"modules/{module.pk}/parts/"), {"kind": kind, "title": title}).status_code == 302
    desk.post(at(course, "assessments/"), {"title": "Final"})
    kinds = list(Lesson.objects.filter(module=module).order_by("position").values_list("kind", flat=True))
    assert kinds == [LessonKind.TEXT, LessonKind.VIDEO, LessonKind.VIDEO_EMBED, LessonKind.EXERCISE, LessonKind.QUIZ_INLINE]
    assert set(Quiz.objects.filter(course=course).values_list("kind", "title")) == {
        ("module", "Check yourself"),
        ("inline", "Check"),
        ("module", "End"),
        ("course", "Final"),
    }
    before = stamp(course)
    for path, data in ((f"modules/{module.pk}/parts/", {"kind": "film", "title": "x"}), ("modules/", {"title": ""})):
        assert desk.post(at(course, path), data).status_code == 422
    assert stamp(course) == before


def test_a_change_answers_with_the_rows_that_differ_only(desk: Client, course: Course) -> None:
    one, two = course.modules.all()
    seen = stamp(course)
    response = desk.post(
        at(course, f"modules/{one.pk}/parts/"), {"kind": "text", "title": "New", "stamp": seen, "open": [one.pk, two.pk]}, headers=HTMX
    )
    page = body(response)
    assert "New" in page
    assert "Lesson 1.1" in page
    assert "Lesson 2.1" not in page
    assert f'id="outline-stamp" value="{seen + 1}"' in page
    assert "5 lessons" in page
    assert "unpublished changes" in page


def test_where_others_changed_the_outline_all_of_it_comes(desk: Client, ada: User, course: Course) -> None:
    one, two = course.modules.all()
    seen = stamp(course)
    add_module(course, by=ada, title="From another window")
    data = {"kind": "text", "title": "New", "stamp": seen, "open": [one.pk]}
    page = body(desk.post(at(course, f"modules/{one.pk}/parts/"), data, headers=HTMX))
    assert 'id="outline" hx-swap-oob="true"' in page
    assert "From another window" in page
    assert f'id="module-{two.pk}"' in page
    assert "Lesson 2.1" not in page, "what was folded stays folded"


def test_a_stale_order_is_refused_with_the_outline_as_it_is(desk: Client, ada: User, course: Course) -> None:
    one, two = course.modules.all()
    seen = stamp(course)
    step_module(two, by=ada, stamp=seen, direction="up")
    before = titles(course)
    lesson = one.lessons.all()[0]
    response = desk.post(part(lesson, "place/"), {"stamp": seen, "module": two.pk, "position": 0, "open": [one.pk, two.pk]}, headers=HTMX)
    page = body(response)
    assert response.status_code == 409
    assert response["HX-Retarget"]
    assert "changed in another window" in page
    assert page.index("Part 2") < page.index("Part 1")
    assert f'id="outline-stamp" value="{seen + 1}"' in page
    assert desk.post(part(lesson, "place/?to=down"), {"stamp": seen}).status_code == 409
    assert titles(course) == before


def test_rows_go_to_a_place_and_step_by_step(desk: Client, course: Course) -> None:  # R189, R196
    one, two = course.modules.all()
    lesson = one.lessons.all()[0]
    response = desk.post(part(lesson, "place/"), {"stamp": stamp(course), "module": two.pk, "position": 1, "open": [two.pk]}, headers=HTMX)
    assert "“Lesson 1.1” is now number 2 of 3 in “Part 2”." in body(response)
    assert titles(course) == [["Lesson 1.2"], ["Lesson 2.1", "Lesson 1.1", "Lesson 2.2"]]
    desk.post(part(one, "place/?to=down"), {"stamp": stamp(course)})
    assert titles(course) == [["Lesson 2.1", "Lesson 1.1", "Lesson 2.2"], ["Lesson 1.2"]]
    moved = body(desk.post(part(one, "place/"), {"stamp": stamp(course), "position": 0, "open": [one.pk]}, headers=HTMX))
    assert f'hx-swap-oob="beforebegin:#module-{two.pk}"' in moved
    last = body(desk.post(part(one, "place/?to=up"), {"stamp": stamp(course)}, headers=HTMX))
    assert "cannot go further" in last
    for nonsense in ({}, {"stamp": stamp(course)}, {"stamp": stamp(course), "position": "-1"}, {"stamp": "x", "position": 0}):
        assert desk.post(part(lesson, "place/"), nonsense).status_code == 422
    assert titles(course) == [["Lesson 1.2"], ["Lesson 2.1", "Lesson 1.1", "Lesson 2.2"]]


def test_a_removed_part_is_offered_back_and_comes_back_to_its_place(desk: Client, course: Course) -> None:  # R188
    lesson = Lesson.objects.get(title="Lesson 1.1")
    before = titles(course)
    seen = stamp(course)
    page = body(desk.post(part(lesson, "removal/"), {"stamp": seen, "open": [lesson.module_id]}, headers=HTMX))
    assert "“Lesson 1.1” is removed." in page
    assert 'name="position" value="0"' in page
    undo = {"position": 0, "stamp": seen + 1, "toast": f"undo-{lesson.pk}", "open": [lesson.module_id]}
    restored = desk.post(part(lesson, "restoration/"), undo, headers=HTMX)
    assert f'<div id="undo-{lesson.pk}" hx-swap-oob="delete">' in body(restored)
    assert json.loads(restored["HX-Trigger-After-Settle"]) == {"outline-focus": {"id": f"open-{lesson.pk}"}}
    assert titles(course) == before


@pytest.mark.parametrize("kind", ["module", "lesson", "quiz"])
def test_without_htmx_the_page_offers_undo(desk: Client, course: Course, kind: str) -> None:
    subject: Any = {
        "module": Module.objects.get(title="Part 1"),
        "lesson": Lesson.objects.get(title="Lesson 1.1"),
        "quiz": Quiz.objects.get(),
    }[kind]
    response = desk.post(part(subject, "removal/"), {"stamp": 0})
    query = parse_qs(urlsplit(response.url).query)
    assert query["removed"] == [f"{kind}-{subject.pk}"]
    page = body(desk.get(response.url))
    assert f'action="{part(subject, "restoration/")}"' in page
    assert f"“{subject.title}” is removed." in page
    assert subject.title in body(desk.get(at(course, "removed/")))
    desk.post(part(subject, "restoration/"), {"position": query["position"][0]})
    subject.refresh_from_db()
    assert (subject.removed_at, subject.position) == (None, 0)
    assert "is removed." not in body(desk.get(response.url)), "an old address offers nothing"
    for nonsense in ("cat-1", f"lesson-{course.pk}", "lesson-"):
        assert desk.get(at(course), {"removed": nonsense}).status_code == 200


def test_parts_are_renamed_and_offered_for_free(desk: Client, course: Course) -> None:  # R149, R154, R158, R187, R191
    lesson, module, quiz = Lesson.objects.get(title="Lesson 1.1"), Module.objects.get(title="Part 2"), Quiz.objects.get()
    seen = stamp(course)
    page = body(desk.post(part(lesson), {"title": "The <n>", "stamp": seen, "open": [lesson.module_id]}, headers=HTMX))
    assert "The &lt;n&gt;" in page
    for subject in (lesson, module, quiz):
        assert desk.post(part(subject), {"free": "yes"}).status_code == 302
        subject.refresh_from_db()
        assert subject.is_free_preview
    assert "3 free lessons" in body(desk.get(at(course)))
    assert stamp(course) == seen, "what does not change the order refuses nobody's move"
    desk.post(part(module), {"whole": "yes", "title": "Counters", "description": "White inside."})
    module.refresh_from_db()
    assert (module.title, module.description, module.is_free_preview) == ("Counters", "White inside.", False)
    for subject, data in ((lesson, {"title": ""}), (module, {"whole": "yes", "title": ""}), (quiz, {"title": "x" * 161})):
        refused = desk.post(part(subject), data)
        assert refused.status_code == 422
        assert desk.post(part(subject), data, headers=HTMX).status_code == 422
    module.refresh_from_db()
    assert module.title == "Counters"


def test_copies_stand_right_behind(desk: Client, ada: User, course: Course) -> None:
    inside = add_quiz_lesson(course.modules.all()[0], by=ada, title="Inside")
    add_choice(inside.quiz)
    first, last = Lesson.objects.get(title="Lesson 1.1"), Quiz.objects.get(kind="module")
    for subject, expected in ((first, "Lesson 1.1 (copy)"), (inside, "Inside (copy)"), (last, "Check yourself (copy)")):
        page = body(desk.post(part(subject, "copy/"), {"stamp": stamp(course), "open": [inside.module_id]}, headers=HTMX))
        assert expected in page
        assert 'id="outline" hx-swap-oob' not in page
    assert titles(course)[0] == ["Lesson 1.1", "Lesson 1.1 (copy)", "Lesson 1.2", "Inside", "Inside (copy)"]
    whole = body(desk.post(part(course.modules.all()[0], "copy/"), {"stamp": stamp(course)}, headers=HTMX))
    assert 'id="outline" hx-swap-oob="true"' in whole
    assert titles(course)[1] == titles(course)[0]


def test_details_are_said_one_a_line(desk: Client, course: Course) -> None:  # R171, R172
    data = {
        "title": "Letters",
        "outcomes": "Draw an n\r\n\r\n  Space it ",
        "prerequisites": "A pencil",
        "audience": "",
        "level": "beginner",
        "language": "de",
        "completion": "lessons",
    }
    assert desk.post(at(course, "details/"), data).status_code == 302
    course.refresh_from_db()
    assert (course.title, course.outcomes, course.prerequisites, course.audience) == (
        "Letters",
        ["Draw an n", "Space it"],
        ["A pencil"],
        [],
    )
    assert (course.level, course.language, course.completion, course.gives_certificate) == ("beginner", "de", "lessons", False)
    refused = desk.post(at(course, "details/"), {**data, "outcomes": "x" * 301, "level": "divine"})
    assert refused.status_code == 422
    assert "x" * 301 in body(refused)
    course.refresh_from_db()
    assert course.level == "beginner"


def test_publishing_says_what_is_missing_and_where(desk: Client, ada: User) -> None:
    course = make_course(ada, published=False, outcomes=[])
    hollow = add_lesson(course.modules.all()[0], by=ada, words=LessonWords(title="Hollow"))
    quiz = make_quiz(course, title="Final")
    add_choice(quiz, options=("Only one",))
    page = body(desk.get(at(course, "publications/")))
    assert f'href="{at(course, "details/")}#id_outcomes"' in page
    assert f'href="{at(course)}#lesson-{hollow.pk}"' in page
    assert f'href="{at(course)}#quiz-{quiz.pk}"' in page
    assert "give at least two answers" in page
    assert desk.post(at(course, "publications/"), {"note": ""}).status_code == 409
    assert not CourseVersion.objects.exists()


def test_publishing_makes_a_version_with_its_note(desk: Client, ada: User, course: Course) -> None:
    assert "nothing changed since version 1" in body(desk.get(at(course, "publications/")))
    remove_lesson(Lesson.objects.get(title="Lesson 2.2"), by=ada)
    assert desk.post(at(course, "publications/"), {"note": "Shorter <b>now</b>"}).url == at(course, "publications/")
    page = body(desk.get(at(course, "publications/")))
    assert "Shorter &lt;b&gt;now&lt;/b&gt;" in page
    assert "Version 2" in page
    assert "Learners take this one" in page
    course.refresh_from_db()
    assert course.current_version is not None
    assert (course.current_version.number, course.current_version.lesson_count) == (2, 3)


def test_the_draft_is_seen_as_a_buyer_and_as_a_visitor(desk: Client, ada: User, course: Course) -> None:  # R199, R201, R202
    module = course.modules.all()[0]
    add_lesson(module, by=ada, words=LessonWords(title="Only in the draft", text="A *new* one.", is_free_preview=True))
    quiz = add_quiz_lesson(module, by=ada, title="Inside")
    home = body(desk.get(at(course, "preview/")))
    assert "Only in the draft" in home
    assert "Draw a letter" in home
    assert "Free lessons" not in home
    lesson = body(desk.get(at(course, "preview/lesson-11/")))
    assert "Draw the <em>n</em> first." in lesson
    assert "as a buyer sees it" in lesson
    assert f"/quizzes/{quiz.quiz.pk}/preview/" in body(desk.get(at(course, "preview/inside/")))
    visitor = body(desk.get(at(course, "preview/?as=visitor")))
    assert "Free lessons" not in visitor, "there is one module of them, and it is open"
    assert f'{at(course, "preview/only-in-the-draft/?as=visitor")}"' in visitor
    assert "A <em>new</em> one." in body(desk.get(at(course, "preview/only-in-the-draft/?as=visitor")))
    add_lesson(course.modules.all()[1], by=ada, words=LessonWords(title="Free too", text="x", is_free_preview=True))
    assert "Free lessons" in body(desk.get(at(course, "preview/?as=visitor")))
    locked = body(desk.get(at(course, "preview/lesson-11/?as=visitor")))
    assert "for those who have the course" in locked
    assert "Draw the" not in locked
    assert desk.get(at(course, "preview/nowhere/")).status_code == 404


def test_a_course_without_learners_is_deleted_after_a_question(desk: Client, course: Course) -> None:
    assert "cannot be undone" in body(desk.get(at(course, "delete/")))
    assert desk.post(at(course, "delete/")).url == "/dashboard/courses/"
    assert not Course.objects.exists()


def test_a_course_with_learners_is_kept(desk: Client, ben: User, course: Course) -> None:
    enrol(ben, course)
    response = desk.post(at(course, "delete/"))
    assert response.status_code == 409
    assert Course.objects.filter(pk=course.pk).exists()


def test_what_was_removed_with_its_module_waits_for_it(desk: Client, ada: User, course: Course) -> None:
    lesson = Lesson.objects.get(title="Lesson 1.1")
    remove_lesson(lesson, by=ada)
    remove_module(lesson.module, by=ada)
    page = body(desk.get(at(course, "removed/")))
    assert "which was removed too" in page
    assert desk.post(part(lesson, "restoration/"), {}).status_code == 422
    desk.post(part(lesson.module, "restoration/"), {})
    assert desk.post(part(lesson, "restoration/"), {}).status_code == 302
    assert titles(course)[-1] == ["Lesson 1.2", "Lesson 1.1"]


@pytest.mark.parametrize("kind", ["module", "lesson", "quiz"])
def test_what_was_not_removed_cannot_be_brought_back(desk: Client, course: Course, kind: str) -> None:
    subject = {"module": Module, "lesson": Lesson, "quiz": Quiz}[kind].objects.filter(course=course).first()
    answer = desk.post(part(subject, "restoration/"), {"position": 0})
    assert answer.status_code == 404
    assert "or it is back already" in body(answer)


def count_of(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert act().status_code == 200
    return len(queries)


def test_pages_and_changes_ask_the_same_number_of_questions_for_any_size(desk: Client, ada: User) -> None:
    small, large = make_course(ada, modules=2, lessons=2, quiz=True), make_course(ada, modules=6, lessons=12, quiz=True)
    for path in ("builder/", "publications/", "preview/", "preview/lesson-11/", "details/"):
        for course in (small, large):
            desk.get(at(course, path))
        counts = [count_of(lambda course=course, path=path: desk.get(at(course, path))) for course in (small, large)]
        assert counts[0] == counts[1], path
    for path in ("place/?to=down", "removal/"):

        def act(course: Course, path: str = path) -> Any:
            lesson = Lesson.objects.present().filter(course=course).in_order()[0]
            return desk.post(part(lesson, path), {"stamp": stamp(course), "open": [lesson.module_id]}, headers=HTMX)

        for course in (small, large):
            act(course)
        assert len({count_of(lambda course=course: act(course)) for course in (small, large)}) == 1, path
    make_course(ada)
    assert count_of(lambda: desk.get("/dashboard/courses/")) <= 8
