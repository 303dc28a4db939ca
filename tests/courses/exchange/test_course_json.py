"""Our JSON format: what is read, what is refused, and by which path it is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.models import User
from courses.completeness import missing_from_course
from courses.drafting import read_draft
from courses.exchange.models import CourseImport
from courses.exchange.services.importing import check_import, confirm_import
from courses.models import Course, Lesson, Question, Quiz
from courses.services.publishing import publish_course
from kit.files import RefusedFile
from tests.courses.exchange.packages import as_file, small_course
from tests.factories.courses import make_course

pytestmark = pytest.mark.django_db


def check(document: Any, by: User, **more: Any) -> CourseImport:
    return check_import(as_file(document), by=by, name="course.json", **more)


def make(document: Any, by: User) -> Course:
    course = confirm_import(check(document, by), by=by).course
    assert course is not None
    return course


def problems_of(document: Any, by: User) -> dict[str, str]:
    return {note["path"]: note["sentence"] for note in check(document, by).problems}


def test_a_course_kept_as_json_becomes_rows(ada: User) -> None:  # R256
    course = make(small_course(), ada)
    draft = read_draft(course)
    assert [module.title for module in draft.modules] == ["Straight letters", "Round letters"]
    assert [lesson.title for lesson in draft.lessons[draft.modules[0].pk]] == ["Lesson 1", "Lesson 2", "Lesson 3"]
    assert course.creator == ada
    assert course.outcomes == ["Draw a letter"]
    assert missing_from_course(course) == []
    assert publish_course(course, by=ada).lesson_count == 4


def test_the_first_module_is_free_where_nothing_is_said_about_previews(ada: User) -> None:  # R257
    modules = read_draft(make(small_course(), ada)).modules
    assert [module.is_free_preview for module in modules] == [True, False]


def test_the_first_two_lessons_are_free_themselves_where_nothing_is_said_about_previews(ada: User) -> None:  # R258
    lessons = Lesson.objects.filter(course=make(small_course(), ada)).in_order()
    assert [lesson.is_free_preview for lesson in lessons] == [True, True, False, False]


@pytest.mark.parametrize("said", [False, True])
def test_what_a_file_says_about_previews_is_taken_as_it_stands(ada: User, said: bool) -> None:
    document = small_course()
    document["modules"][1]["lessons"][0]["is_free_preview"] = said
    course = make(document, ada)
    assert [module.is_free_preview for module in read_draft(course).modules] == [False, False]
    assert [lesson.is_free_preview for lesson in Lesson.objects.filter(course=course).in_order()] == [False, False, False, said]


def test_modules_for_a_course_that_is_there_open_nothing_by_themselves(ada: User) -> None:
    course = make_course(ada, modules=1, lessons=1)
    before = course.outline_stamp
    confirm_import(check(small_course(), ada, into=course), by=ada)
    course.refresh_from_db()
    assert [module.title for module in read_draft(course).modules] == ["Part 1", "Straight letters", "Round letters"]
    assert not Lesson.objects.filter(course=course, is_free_preview=True).exists()
    assert not course.modules.filter(is_free_preview=True).exists()
    assert course.outline_stamp > before


@pytest.mark.parametrize(
    ("written", "correct", "kind"),
    [
        ({"options": ["x", "o", "n"], "correct_answer": 1}, ["b"], "multiple_choice"),
        ({"options": ["x", "o", "n"], "correct_answer": [0, 2]}, ["a", "c"], "multi_select"),
        ({"question_type": "multi_select", "options": ["x", "o"], "correct_answer": [1]}, ["b"], "multi_select"),
        ({"question_type": "true_false", "options": ["True", "False"], "correct_answer": 1}, ["false"], "true_false"),
        ({"question_type": "true_false", "correct_answer": True}, ["true"], "true_false"),
        ({"question_type": "true_false", "correct_answer": "False"}, ["false"], "true_false"),
        ({"correct_answer": False}, ["false"], "true_false"),
        ({"options": [{"id": "p", "text": "x"}, {"id": "q", "text": "o"}], "correct": ["q"]}, ["q"], "multiple_choice"),
        ({"options": ["x", "o"], "correct_answer": "o"}, ["b"], "multiple_choice"),
    ],
)
def test_right_answers_are_read_as_index_list_id_or_words(
    ada: User, written: dict[str, Any], correct: list[str], kind: str
) -> None:  # R160
    quiz = {"title": "Check", "questions": [{"question": "Which is round?", **written}]}
    document = small_course()
    document["modules"][0]["quizzes"] = [quiz]
    question = Question.objects.get(quiz__course=make(document, ada))
    assert (question.correct, question.kind) == (correct, kind)


def test_names_of_other_systems_are_understood(ada: User) -> None:  # R149, R150, R152, R155, R171
    document = {
        "title": "Old course",
        "learning_outcomes": ["Draw"],
        "modules": [
            {
                "title": "Second",
                "order": 2,
                "estimated_minutes": 30,
                "lessons": [
                    {"title": "B", "order": 2, "content": "b", "lesson_type": "text", "estimated_minutes": 9, "key_takeaways": ["One"]},
                    {"title": "A", "order": 1, "content": "a", "video_url": "https://youtu.be/dQw4w9WgXcQ"},
                ],
            },
            {"title": "First", "order": 1, "lessons": [{"title": "Only", "content": "c"}]},
        ],
        "quizzes": [
            {"title": "Of a module", "quiz_type": "module", "module": 1, "questions": []},
            {"title": "Final", "quiz_type": "course", "passing_score": 80, "allow_retakes": False, "questions": []},
        ],
    }
    course = make(document, ada)
    lessons = list(Lesson.objects.filter(course=course).in_order())
    assert [lesson.title for lesson in lessons] == ["Only", "A", "B"]
    assert [lesson.kind for lesson in lessons] == ["text", "video_embed", "text"]
    assert (lessons[2].text, lessons[2].minutes, lessons[2].takeaways) == ("b", 9, ["One"])
    final, of_module = Quiz.objects.filter(course=course).order_by("title")
    assert (final.kind, final.passing_score, final.allow_retakes) == ("course", 80, False)
    assert of_module.module is not None
    assert of_module.module.title == "Second"
    assert of_module.passing_score == 70  # R156


def test_every_problem_is_named_by_its_path_at_once(ada: User) -> None:
    document = small_course(level="expert", title="")
    document["modules"][0]["title"] = "x" * 161
    document["modules"][1]["lessons"] = [
        {"title": " ", "content": "y" * 100_001, "minutes": 0, "kind": "film"},
        "not a lesson",
        {"title": "V", "video_url": "https://example.com/film", "takeaways": [{"no": 1}], "minutes": "soon"},
        {"title": "F", "attachments": [{"name": "Grid.pdf", "file": "files/grid.pdf"}]},
    ]
    document["modules"][1]["quizzes"] = [
        {
            "title": "Q",
            "passing_score": 101,
            "time_limit_minutes": 0,
            "questions": [
                {"question": "?", "options": ["a"], "correct_answer": 7},
                {"text": "?", "kind": "essay"},
                {"text": "?", "options": [str(number) for number in range(13)], "points": 0},
                {"text": "?", "options": ["a", "b"], "kind": "multiple_choice", "correct": [0, 1]},
            ],
        }
    ]
    checked = check(document, ada)
    paths = [note["path"] for note in checked.problems]
    assert sorted(paths) == sorted(
        [
            "title",
            "level",
            "modules[0].title",
            "modules[1].lessons[0].title",
            "modules[1].lessons[0].content",
            "modules[1].lessons[0].minutes",
            "modules[1].lessons[0].kind",
            "modules[1].lessons[1]",
            "modules[1].lessons[2].video_url",
            "modules[1].lessons[2].takeaways[0]",
            "modules[1].lessons[2].minutes",
            "modules[1].lessons[3].attachments[0].file",
            "modules[1].quizzes[0].passing_score",
            "modules[1].quizzes[0].time_limit_minutes",
            "modules[1].quizzes[0].questions[0].correct_answer",
            "modules[1].quizzes[0].questions[1].kind",
            "modules[1].quizzes[0].questions[2].options",
            "modules[1].quizzes[0].questions[2].points",
            "modules[1].quizzes[0].questions[3].correct",
        ]
    )
    assert Course.objects.count() == 0


def test_what_a_draft_may_lack_is_a_warning(ada: User) -> None:
    document = small_course(quizzes=[{"title": "Final", "questions": [{"question": "Which?", "options": ["x", "o"]}]}], colour="blue")
    document["modules"].append({"title": "Empty", "lessons": []})
    checked = check(document, ada)
    assert checked.problems == []
    assert {note["path"] for note in checked.report["warnings"]} >= {"quizzes[0].questions[0]", "colour", "modules[2]"}


def test_the_report_counts_what_would_be_made(ada: User) -> None:
    counts = check(small_course(), ada).report["counts"]
    assert counts == {
        "modules": 2, "lessons": 4, "quizzes": 0, "questions": 0, "pictures": 0, "attachments": 0, "minutes": 20, "free_lessons": 3,
    }  # fmt: skip
    assert Course.objects.count() == 0


@pytest.mark.parametrize(
    ("written", "path"),
    [({"version": 2}, "version"), ({"version": True}, "version"), ({"format": "scorm"}, "format"), ({"modules": None}, "modules")],
)
def test_what_is_not_our_format_is_said(ada: User, written: dict[str, Any], path: str) -> None:
    assert path in problems_of(small_course(**written), ada)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"title": ', "line 1, column 11"),
        (b'{"title": "a", "title": "b"}', "“title” stands twice"),
        (b'{"title": NaN}', "NaN"),
        (b"[1, 2]", "something else"),
        (b'{"title": "caf\xe9"}', "UTF-8"),
        (b'{"a": ' * 100_000, "nested too deeply"),
        (b"[" * 500_000, "more parts"),
        (b'{"a": [' + b"1," * 2_100_000 + b"1]}", "more parts"),
        (b'{"title": "a\x00b"}', "plain text"),
        (b'{"minutes": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"text": "' + b"x" * (33 * 1024 * 1024) + b'"}', "larger than 32 MB"),
    ],
)
def test_json_that_is_damaged_or_hostile_is_refused_whole(ada: User, raw: bytes, reason: str) -> None:
    with pytest.raises(RefusedFile, match=reason):
        check(raw, ada)
    assert CourseImport.objects.count() == 0


def test_a_huge_report_stops_at_its_bound(ada: User) -> None:
    document = small_course()
    document["modules"][0]["lessons"] = [{"title": ""} for _number in range(700)]
    checked = check(document, ada)
    assert len(checked.problems) == 500
    assert checked.report["unnamed"] == 200
    assert len(json.dumps(checked.report)) < 200_000


def test_as_many_as_a_course_holds_fit_and_no_more(ada: User) -> None:
    course = make_course(ada, modules=1, lessons=1)
    document = {"title": "x", "modules": [{"title": "M", "lessons": [{"title": "L"}]}] * 200}
    assert problems_of(document, ada) == {}
    checked = check(document, ada, into=course)
    assert [note["path"] for note in checked.problems] == ["modules"]


def test_slugs_stay_where_they_are_free(ada: User) -> None:
    document = small_course(slug="letters")
    document["modules"][0]["lessons"][0]["slug"] = "the-n"
    first, second = make(document, ada), make(document, ada)
    assert (first.slug, second.slug) == ("letters", "letters-2")
    assert {"the-n", "lesson-2", "lesson-3", "the-o"} == set(Lesson.objects.filter(course=second).values_list("slug", flat=True))
