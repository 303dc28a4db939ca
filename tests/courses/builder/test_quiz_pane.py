"""Writing a quiz: saved question by question, two windows never overwrite one another, everything without script (R155-R160, R198)."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from courses.builder.forms_quiz import OptionRow, rearranged
from courses.models import Course, Question, Quiz
from courses.services.quizzes import QuestionWords, add_question
from tests.factories.courses import add_choice, make_course, make_quiz

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(ada: User) -> Course:
    return make_course(ada, published=False)


@pytest.fixture
def quiz(course: Course) -> Quiz:
    return make_quiz(course, title="What you know")


@pytest.fixture
def choice(quiz: Quiz) -> Question:
    return Question.objects.get(quiz=quiz, kind="multiple_choice")


class Desk:
    """A creator at one quiz, with or without script."""

    def __init__(self, client: Client, quiz: Quiz) -> None:
        self.client, self.quiz = client, quiz

    def url(self, name: str, *ids: UUID) -> str:
        return reverse(name, args=[self.quiz.course.slug, self.quiz.pk, *ids])

    def post(self, name: str, *ids: UUID, htmx: bool = True, **data: Any) -> Any:
        headers = {"HX-Request": "true"} if htmx else {}
        return self.client.post(self.url(name, *ids), data, headers=headers)

    def get(self, name: str, *ids: UUID, htmx: bool = False, **query: Any) -> Any:
        return self.client.get(self.url(name, *ids), query, headers={"HX-Request": "true"} if htmx else {})


@pytest.fixture
def desk(client: Client, ada: User, quiz: Quiz) -> Desk:
    client.force_login(ada)
    return Desk(client, quiz)


def typed(question: Question, **changes: Any) -> dict[str, Any]:
    """What the form of a question sends."""
    sent = {
        "stamp": question.edit_stamp,
        "kind": question.kind,
        "text": question.text,
        "explanation": question.explanation,
        "points": question.points,
        "option": [option["id"] for option in question.options],
        "correct": question.correct,
        **{f"text-{option['id']}": option["text"] for option in question.options},
    }
    return {**sent, **changes}


def settings(quiz: Quiz, **changes: Any) -> dict[str, Any]:
    sent = {"stamp": quiz.edit_stamp, "title": quiz.title, "passing_score": 70, "allow_retakes": "on", "is_required": "on"}
    return {**sent, **changes}


def body(response: Any) -> str:
    return str(response.content.decode())


def texts(quiz: Quiz) -> list[str]:
    return list(Question.objects.present().filter(quiz=quiz).order_by("position").values_list("text", flat=True))


class TestThePane:
    def test_it_is_a_page_and_a_fragment(self, desk: Desk) -> None:
        page, fragment = desk.get("course_quiz"), desk.get("course_quiz", htmx=True)
        assert page.status_code == fragment.status_code == 200
        assert "<html" in body(page)
        assert "<html" not in body(fragment)
        for answer in (page, fragment):
            assert "Which is taller?" in body(answer)
            assert "Take it as a learner" in body(answer)

    def test_strangers_do_not_find_it(self, client: Client, desk: Desk, cleo: User, choice: Question) -> None:
        client.force_login(cleo)
        cleo.profile.is_creator = True
        for name, ids in (("course_quiz", ()), ("course_quiz_preview", ()), ("course_question", (choice.pk,))):
            assert desk.get(name, *ids).status_code in (403, 404)
        assert desk.post("course_question_remove", choice.pk).status_code in (403, 404)
        assert len(texts(desk.quiz)) == 2

    def test_it_costs_the_same_for_many_questions(self, desk: Desk, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
        for _number in range(30):
            add_choice(desk.quiz)
        with django_assert_max_num_queries(8):
            desk.get("course_quiz")

    def test_each_question_says_what_it_lacks(self, desk: Desk, ada: User) -> None:
        add_question(desk.quiz, by=ada, words=QuestionWords(text="", options=[{"id": "x", "text": ""}]))
        page = body(desk.get("course_quiz"))
        assert "Not written yet" in page
        assert "write the question." in page


class TestSettings:
    def test_they_are_saved_with_and_without_script(self, desk: Desk) -> None:
        answer = desk.post("course_quiz", **settings(desk.quiz, title="Newer", passing_score=80, time_limit_minutes=12))
        assert answer.status_code == 200
        assert 'name="stamp" value="1"' in body(answer)
        assert json.loads(answer["HX-Trigger"])["outline-changed"] == {"part": "quiz", "id": str(desk.quiz.pk)}
        answer = desk.post("course_quiz", htmx=False, **settings(desk.quiz, stamp=1, title="Newest", shuffle="on"))
        assert answer.status_code == 302
        desk.quiz.refresh_from_db()
        assert (desk.quiz.title, desk.quiz.passing_score, desk.quiz.time_limit_minutes, desk.quiz.shuffle) == ("Newest", 70, None, True)

    @pytest.mark.parametrize("htmx", [True, False])
    def test_a_refusal_names_the_field_and_keeps_what_was_typed(self, desk: Desk, htmx: bool) -> None:
        answer = desk.post("course_quiz", htmx=htmx, **settings(desk.quiz, passing_score=170, title="Kept"))
        assert answer.status_code == 422
        assert "Say between 0 and 100 per cent." in body(answer)
        assert 'value="Kept"' in body(answer)
        desk.quiz.refresh_from_db()
        assert (desk.quiz.title, desk.quiz.passing_score) == ("What you know", 70)

    @pytest.mark.parametrize("htmx", [True, False])
    def test_an_older_window_is_told_and_may_insist(self, desk: Desk, htmx: bool) -> None:
        desk.post("course_quiz", **settings(desk.quiz, passing_score=50))
        answer = desk.post("course_quiz", htmx=htmx, **settings(desk.quiz, passing_score=60))
        assert answer.status_code == 409
        assert "50% to pass" in body(answer)
        assert 'value="60"' in body(answer)
        assert Quiz.objects.get().passing_score == 50
        desk.post("course_quiz", htmx=htmx, **settings(desk.quiz, passing_score=60, keep=1))
        assert Quiz.objects.get().passing_score == 60


class TestWritingAQuestion:
    def test_it_is_saved_while_typing(self, desk: Desk, choice: Question) -> None:
        answer = desk.post("course_question", choice.pk, **typed(choice, text="Which is *taller* now?", explanation="Because."))
        assert answer.status_code == 200
        assert f'id="state-{choice.pk}"' in body(answer)
        assert 'name="stamp" value="1"' in body(answer)
        assert "<form" not in body(answer), "what is being typed is left alone"
        choice.refresh_from_db()
        assert (choice.text, choice.explanation, choice.edit_stamp) == ("Which is *taller* now?", "Because.", 1)

    def test_what_is_still_missing_is_said_at_once(self, desk: Desk, choice: Question) -> None:
        answer = desk.post("course_question", choice.pk, **typed(choice, correct=[]))
        assert "mark the right answer." in body(answer)
        choice.refresh_from_db()
        assert choice.correct == []

    def test_without_script_it_is_saved_and_shown_open(self, desk: Desk, choice: Question) -> None:
        answer = desk.post("course_question", choice.pk, htmx=False, **typed(choice, text="Changed"))
        assert answer.status_code == 302
        assert answer["Location"].endswith(f"?open={choice.pk}#question-{choice.pk}")
        page = body(desk.client.get(answer["Location"]))
        assert f'name="text-{choice.options[0]["id"]}"' in page
        assert "Changed" in page

    @pytest.mark.parametrize("htmx", [True, False])
    def test_a_refusal_changes_nothing(self, desk: Desk, choice: Question, htmx: bool) -> None:
        answer = desk.post("course_question", choice.pk, htmx=htmx, **typed(choice, points=0, text="Typed"))
        assert answer.status_code == 422
        assert "Say between 1 and 100 points." in body(answer)
        choice.refresh_from_db()
        assert choice.text == "Which is taller?"

    @pytest.mark.parametrize("htmx", [True, False])
    def test_an_older_window_sees_both_versions_and_may_insist(self, desk: Desk, choice: Question, htmx: bool) -> None:
        desk.post("course_question", choice.pk, **typed(choice, text="Theirs"))
        answer = desk.post("course_question", choice.pk, htmx=htmx, **typed(choice, text="Mine"))
        assert answer.status_code == 409
        assert "Theirs" in body(answer)
        if htmx:
            assert answer["HX-Retarget"] == f"#state-{choice.pk}"
            assert 'name="stamp" value="0"' in body(answer)
        else:
            assert "Mine" in body(answer)
        assert "Theirs" in texts(desk.quiz)
        kept = re.search(r'name="keep" value="(\d+)"', body(answer))
        assert kept
        desk.post("course_question", choice.pk, htmx=htmx, **typed(choice, text="Mine", keep=kept[1]))
        assert "Mine" in texts(desk.quiz)

    def test_the_same_sent_twice_is_no_conflict(self, desk: Desk, choice: Question) -> None:
        for _time in range(2):
            assert desk.post("course_question", choice.pk, **typed(choice, text="Once")).status_code == 200
        choice.refresh_from_db()
        assert choice.edit_stamp == 1

    def test_answers_are_added_moved_and_removed_with_their_ids(self, desk: Desk, choice: Question) -> None:
        desk.post("course_question", choice.pk, do="add", **typed(choice))
        choice.refresh_from_db()
        a, b, new = (option["id"] for option in choice.options)
        assert (a, b) == ("a", "b")
        desk.post("course_question", choice.pk, do=f"up:{new}", **typed(choice, **{f"text-{new}": "both"}))
        choice.refresh_from_db()
        assert choice.options == [{"id": "a", "text": "x"}, {"id": new, "text": "both"}, {"id": "b", "text": "o"}]
        answer = desk.post("course_question", choice.pk, do="remove:b", **typed(choice))
        choice.refresh_from_db()
        assert [option["id"] for option in choice.options] == ["a", new]
        assert choice.correct == []
        assert "mark the right answer." in body(answer)

    def test_a_kind_with_one_right_answer_keeps_the_first(self, desk: Desk, choice: Question) -> None:
        desk.post("course_question", choice.pk, **typed(choice, kind="multi_select", correct=["a", "b"], partial_credit="on"))
        choice.refresh_from_db()
        assert (choice.correct, choice.partial_credit) == (["a", "b"], True)
        answer = desk.post("course_question", choice.pk, **typed(choice, kind="multiple_choice", do="kind"))
        choice.refresh_from_db()
        assert (choice.correct, choice.partial_credit) == (["a"], False)
        assert 'type="radio"' in body(answer)
        assert 'value="true_false"' not in body(answer), "it would throw the written answers away"

    def test_true_or_false_may_become_a_choice(self, desk: Desk) -> None:
        statement = Question.objects.get(quiz=desk.quiz, kind="true_false")
        desk.post("course_question", statement.pk, **typed(statement, kind="multi_select", do="kind"))
        statement.refresh_from_db()
        assert (statement.kind, statement.correct, len(statement.options)) == ("multi_select", ["true"], 2)


class TestTheList:
    def test_adding(self, desk: Desk) -> None:
        answer = desk.post("course_questions", kind="multi_select")
        added = Question.objects.present().filter(quiz=desk.quiz).order_by("-position")[0]
        assert (added.kind, len(added.options)) == ("multi_select", 2)
        assert f'id="question-{added.pk}"' in body(answer)
        assert "outline-changed" in answer["HX-Trigger"]
        answer = desk.post("course_questions", htmx=False, kind="true_false")
        assert answer.status_code == 302
        assert Question.objects.present().filter(quiz=desk.quiz).count() == 4

    def test_copying(self, desk: Desk, choice: Question) -> None:
        answer = desk.post("course_question_copy", choice.pk)
        assert texts(desk.quiz) == ["Which is taller?", "Which is taller?", "Round letters overshoot."]
        assert str(choice.pk) not in body(answer)

    @pytest.mark.parametrize("htmx", [True, False])
    def test_removing_and_undoing(self, desk: Desk, choice: Question, htmx: bool) -> None:
        answer = desk.post("course_question_remove", choice.pk, htmx=htmx)
        assert texts(desk.quiz) == ["Round letters overshoot."]
        shown = body(answer) if htmx else body(desk.client.get(answer["Location"].partition("#")[0]))
        assert "“Which is taller?” is removed." in shown
        assert 'name="place" value="0"' in shown
        desk.post("course_question_restore", choice.pk, htmx=htmx, place="0")
        assert texts(desk.quiz) == ["Which is taller?", "Round letters overshoot."]

    @pytest.mark.parametrize("htmx", [True, False])
    def test_moving_by_buttons(self, desk: Desk, choice: Question, htmx: bool) -> None:
        answer = desk.post("course_question_place", choice.pk, htmx=htmx, direction="down", open=[str(choice.pk)])
        assert texts(desk.quiz) == ["Round letters overshoot.", "Which is taller?"]
        if htmx:
            assert f'name="text-{choice.options[0]["id"]}"' in body(answer), "what was open stays open"

    def test_dragging(self, desk: Desk) -> None:
        seen = [str(pk) for pk in Question.objects.filter(quiz=desk.quiz).order_by("position").values_list("pk", flat=True)]
        assert desk.post("course_question_order", seen=",".join(seen), order=seen[::-1]).status_code == 200
        assert texts(desk.quiz) == ["Round letters overshoot.", "Which is taller?"]
        stale = desk.post("course_question_order", seen=",".join(seen), order=seen)
        assert stale.status_code == 409
        assert stale["HX-Retarget"] == "#questions"
        assert "another window" in json.loads(stale["HX-Trigger"])["toast"]["message"]
        assert texts(desk.quiz) == ["Round letters overshoot.", "Which is taller?"]
        assert desk.post("course_question_order", seen="x", order=["y"]).status_code == 422


class TestPreview:
    def test_it_shows_no_answer_before_and_grades_without_storing(self, desk: Desk, choice: Question) -> None:
        desk.post("course_question", choice.pk, **typed(choice, explanation="It *overshoots*."))
        page = body(desk.get("course_quiz_preview"))
        assert "Which is taller?" in page
        assert "overshoots" not in page
        assert "data-correct" not in page
        answer = desk.post("course_quiz_preview", htmx=False, **{f"q-{choice.pk}": "b"})
        assert "Not passed: 50%" in body(answer)
        assert "It <em>overshoots</em>." in body(answer)


def test_rows_are_rearranged() -> None:
    rows = [OptionRow(id=name, text=name, is_correct=False) for name in "abc"]
    assert [row.id for row in rearranged(rows, "up:a")] == ["a", "b", "c"]
    assert [row.id for row in rearranged(rows, "up:c")] == ["a", "c", "b"]
    assert [row.id for row in rearranged(rows, "down:a")] == ["b", "a", "c"]
    assert [row.id for row in rearranged(rows, "remove:b")] == ["a", "c"]
    assert rearranged(rows, "remove:z") == rearranged(rows, "nonsense:a") == rearranged(rows, "") == rows
    assert len(rearranged(rows, "add")) == 4
