"""Quizzes as learners meet them: nothing is given away before the hand-in, everything is said afterwards (R155-R160, R168, R201)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from courses.content import OptionContent, QuestionContent, QuizContent
from courses.learning.errors import LessonLocked
from courses.learning.models import Enrolment, QuizAttempt
from courses.learning.quiz_pages import ask, option_html, review
from courses.learning.services.attempts import GRACE
from courses.learning.services.enrolments import revoke_enrolment
from courses.learning.services.progress import complete_lesson
from courses.models import Course, Question, Quiz
from courses.services.closing import close_course, reopen_course
from courses.services.publishing import publish_course
from courses.services.questions import change_question
from courses.services.quizzes import QuestionWords
from tests.factories.courses import add_text_lesson, enrol, make_course, make_quiz

pytestmark = pytest.mark.django_db

SECRET = "Its curves need an overshoot."


class Desk:
    """A published quiz with an explanation, and somebody in front of it."""

    def __init__(self, client: Client, ada: User, **words: Any) -> None:
        self.client, self.ada = client, ada
        self.course: Course = make_course(ada, published=False)
        self.quiz: Quiz = make_quiz(self.course, **words)
        self.choice, self.statement = Question.objects.filter(quiz=self.quiz).order_by("position")
        said = QuestionWords.of(self.choice)
        change_question(self.choice, by=ada, stamp=0, words=QuestionWords(**{**vars(said), "explanation": SECRET}))
        publish_course(self.course, by=ada)
        self.course.refresh_from_db()

    def url(self, name: str = "learn_quiz", *more: object) -> str:
        return reverse(name, args=[self.course.slug, self.quiz.slug, *more])

    def get(self, name: str = "learn_quiz", *more: object, inside: bool = False) -> Any:
        headers = {"HX-Request": "true", "HX-Boosted": "true", "HX-Target": "quiz-panel"} if inside else {}
        return self.client.get(self.url(name, *more), headers=headers)

    def start(self) -> QuizAttempt:
        answer = self.client.post(self.url("learn_attempts"))
        attempt = QuizAttempt.objects.get(completed_at=None)
        assert answer.headers["Location"] == self.url("learn_attempt", attempt.pk)
        return attempt

    def answers(self, choice: str = "b", statement: str = "true") -> dict[str, str]:
        return {
            f"q-{self.choice.pk}": choice,
            f"was-{self.choice.pk}": "",
            f"q-{self.statement.pk}": statement,
            f"was-{self.statement.pk}": "",
        }

    def send(self, attempt: QuizAttempt, *, htmx: bool = False, **data: Any) -> Any:
        headers = {"HX-Request": "true"} if htmx else {}
        return self.client.post(self.url("learn_attempt", attempt.pk), data, headers=headers)

    def hand_in(self, attempt: QuizAttempt, **answers: str) -> str:
        sent = self.client.post(self.url("learn_attempt", attempt.pk), {**(answers or self.answers()), "hand_in": "1"}, follow=True)
        return sent.content.decode()


@pytest.fixture
def desk(client: Client, ada: User, ben: User) -> Desk:
    desk = Desk(client, ada)
    enrol(ben, desk.course)
    client.force_login(ben)
    return desk


def body(response: Any) -> str:
    return str(response.content.decode())


def main_of(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]


def gives_nothing_away(page: str) -> bool:
    return not any(word in page for word in (SECRET, "overshoot.&", "data-correct", "right answer", "data-verdict"))


class TestTakingIt:
    def test_the_introduction_says_what_awaits(self, desk: Desk) -> None:
        page = main_of(body(desk.get()))
        for words in ("Check yourself", "needed to finish the course", "70%", "As long as you like", "As many as you like", "Start"):
            assert words in page
        assert "Which is taller?" not in page

    def test_no_page_gives_the_answers_away_before_the_hand_in(self, desk: Desk) -> None:
        pages = [body(desk.get())]
        attempt = desk.start()
        pages += [body(desk.get("learn_attempt", attempt.pk)), body(desk.get("learn_attempt", attempt.pk, inside=True))]
        pages.append(body(desk.send(attempt, htmx=True, **desk.answers())))
        pages += [body(desk.get("learn_attempt", attempt.pk)), body(desk.get())]
        assert "Which is taller?" in pages[1]
        for page in pages:
            assert gives_nothing_away(page)
        right, wrong = (desk.answers(choice)[f"q-{desk.choice.pk}"] for choice in ("b", "a"))
        fresh = main_of(pages[1])
        assert fresh.count(f'value="{right}"') == fresh.count(f'value="{wrong}"') == 1

    def test_answers_are_saved_as_one_goes_and_survive_a_reload(self, desk: Desk) -> None:
        attempt = desk.start()
        only = {name: value for name, value in desk.answers().items() if str(desk.choice.pk) in name}
        answer = desk.send(attempt, htmx=True, **only)
        assert "1 of 2 answered" in body(answer)
        assert "saved" in body(answer)
        page = main_of(body(desk.get("learn_attempt", attempt.pk)))
        assert page.count("checked") == 1
        assert f'name="was-{desk.choice.pk}" value="b"' in page

    def test_without_script_saving_comes_back_to_the_questions(self, desk: Desk) -> None:
        attempt = desk.start()
        answer = desk.send(attempt, **desk.answers())
        assert answer.status_code == 302
        attempt.refresh_from_db()
        assert attempt.answers == {str(desk.choice.pk): ["b"], str(desk.statement.pk): ["true"]}
        assert attempt.completed_at is None

    def test_an_old_tab_does_not_undo_what_another_one_saved(self, desk: Desk) -> None:
        attempt = desk.start()
        desk.send(attempt, htmx=True, **desk.answers())
        blank = {f"was-{desk.choice.pk}": "", f"was-{desk.statement.pk}": ""}
        page = desk.hand_in(attempt, **blank)
        assert "Passed with 100%" in page

    def test_every_answer_can_be_taken_back(self, desk: Desk) -> None:
        attempt = desk.start()
        desk.send(attempt, htmx=True, **desk.answers())
        desk.send(attempt, htmx=True, **{f"was-{desk.choice.pk}": "b"})
        attempt.refresh_from_db()
        assert attempt.answers[str(desk.choice.pk)] == []

    def test_the_result_says_everything(self, desk: Desk) -> None:
        page = desk.hand_in(desk.start(), **desk.answers(choice="a"))
        for words in (
            "Not passed: 50%",
            "1 of 2 right.",
            "70% is needed to pass.",
            SECRET,
            "Not right",
            "your answer, right",
            "right answer",
        ):
            assert words in page
        assert "Take it again" in page

    def test_the_history_leads_to_each_result(self, desk: Desk) -> None:
        desk.hand_in(first := desk.start(), **desk.answers(choice="a"))
        desk.hand_in(second := desk.start())
        page = main_of(body(desk.get()))
        assert "You passed this quiz. Your best result is 100%." in page
        for attempt in (first, second):
            assert desk.url("learn_attempt", attempt.pk) in page
        assert "Not passed: 50%" in body(desk.get("learn_attempt", first.pk))

    def test_handing_in_twice_is_once(self, desk: Desk) -> None:
        attempt = desk.start()
        desk.hand_in(attempt, **desk.answers(choice="a"))
        page = desk.hand_in(attempt)
        assert "Not passed: 50%" in page
        assert QuizAttempt.objects.count() == 1

    def test_saving_into_a_finished_attempt_shows_its_result(self, desk: Desk) -> None:
        attempt = desk.start()
        desk.hand_in(attempt, **desk.answers(choice="a"))
        answer = desk.send(attempt, htmx=True, **desk.answers())
        assert answer["HX-Retarget"] == "#quiz-panel"
        assert "Not passed: 50%" in body(answer)

    def test_pages_cost_few_queries(self, desk: Desk, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
        attempt = desk.start()
        desk.get()
        with django_assert_max_num_queries(8):
            desk.get()
        with django_assert_max_num_queries(8):
            desk.get("learn_attempt", attempt.pk)
        with django_assert_max_num_queries(6):
            desk.send(attempt, htmx=True, **desk.answers())
        with django_assert_max_num_queries(10):
            desk.send(attempt, hand_in="1", **desk.answers(choice="a"))
        with django_assert_max_num_queries(9):
            desk.get("learn_attempt", attempt.pk)


class TestTheClock:
    @pytest.fixture
    def timed(self, client: Client, ada: User, ben: User) -> Desk:
        desk = Desk(client, ada, time_limit_minutes=10)
        enrol(ben, desk.course)
        client.force_login(ben)
        return desk

    def test_the_page_gets_the_seconds_from_the_server(self, timed: Desk) -> None:
        attempt = timed.start()
        QuizAttempt.objects.update(deadline_at=timezone.now() + timedelta(seconds=95, milliseconds=500))
        assert 'data-countdown="96"' in body(timed.get("learn_attempt", attempt.pk))
        assert 'data-seconds-left="96"' in body(timed.send(attempt, htmx=True, **timed.answers()))

    def test_what_comes_too_late_is_not_counted_and_the_page_says_so(self, timed: Desk) -> None:
        attempt = timed.start()
        timed.send(attempt, htmx=True, **timed.answers(choice="a"))
        QuizAttempt.objects.update(deadline_at=timezone.now() - GRACE - timedelta(seconds=1))
        page = timed.hand_in(attempt)
        assert "Not passed: 50%" in page
        assert "The time was over. What was saved until then counts." in page

    def test_looking_after_the_time_ends_it(self, timed: Desk) -> None:
        attempt = timed.start()
        QuizAttempt.objects.update(deadline_at=timezone.now() - GRACE - timedelta(seconds=1))
        assert "Take it again" in body(timed.get())
        attempt.refresh_from_db()
        assert attempt.is_passed is False
        assert "Not passed: 0%" in body(timed.get("learn_attempt", attempt.pk))


class TestOnce:
    def test_a_quiz_without_retakes_says_so(self, client: Client, ada: User, ben: User) -> None:  # R157
        desk = Desk(client, ada, allow_retakes=False)
        enrol(ben, desk.course)
        client.force_login(ben)
        assert "It can be taken once." in body(desk.get())
        result = desk.hand_in(desk.start(), **desk.answers(choice="a"))
        assert "Take it again" not in result
        assert "This quiz can be taken once, and you took it." in body(desk.get())
        assert client.post(desk.url("learn_attempts")).status_code == 409
        assert QuizAttempt.objects.count() == 1

    def test_a_free_one_is_not_tried_signed_out_first(self, client: Client, ada: User, ben: User) -> None:  # R157, R158
        desk = Desk(client, ada, allow_retakes=False, is_free_preview=True)
        page = main_of(body(desk.get()))
        assert "Log in to take it" in page
        assert desk.url("learn_quiz_trial") not in page
        for answer in (desk.get("learn_quiz_trial"), client.post(desk.url("learn_quiz_trial"), desk.answers())):
            assert answer.headers["Location"] == f"{reverse('account_login')}?next={desk.url()}"
        client.force_login(ben)
        assert "Passed with 100%" in desk.hand_in(desk.start())
        client.force_login(ada)
        assert desk.get("learn_quiz_trial").status_code == 200, "its creator may look as often as she likes"


class TestWho:
    def test_a_visitor_takes_a_free_quiz_without_a_trace(self, client: Client, ada: User) -> None:  # R158, R201
        desk = Desk(client, ada, is_free_preview=True)
        assert "Without an account your answers are graded, but not kept." in body(desk.get())
        page = body(desk.get("learn_quiz_trial"))
        assert "Which is taller?" in page
        assert gives_nothing_away(page)
        result = client.post(desk.url("learn_quiz_trial"), desk.answers()).content.decode()
        assert "Passed with 100%" in result
        assert SECRET in result
        assert not QuizAttempt.objects.exists()
        assert not Enrolment.objects.exists()

    def test_a_closed_quiz_says_why(self, client: Client, ada: User, cleo: User) -> None:
        desk = Desk(client, ada)
        assert desk.get().status_code == 403
        assert "This lesson is for those who have the course." in body(desk.get())
        for user in (None, cleo):
            if user:
                client.force_login(user)
            assert client.get(desk.url("learn_quiz_trial")).status_code == 403
            assert client.post(desk.url("learn_attempts")).status_code in (302, 403)
        assert not QuizAttempt.objects.exists()

    def test_somebody_signed_in_keeps_a_free_quiz(self, client: Client, ada: User, cleo: User) -> None:
        desk = Desk(client, ada, is_free_preview=True)
        client.force_login(cleo)
        assert client.get(desk.url("learn_quiz_trial")).status_code == 302
        assert "Passed with 100%" in desk.hand_in(desk.start())
        assert Enrolment.objects.get().source == Enrolment.Source.PREVIEW

    def test_the_creator_tries_it_without_a_trace(self, client: Client, ada: User) -> None:
        desk = Desk(client, ada)
        client.force_login(ada)
        assert "You made this course" in body(desk.get())
        assert client.post(desk.url("learn_attempts")).headers["Location"] == desk.url("learn_quiz_trial")
        assert "Passed with 100%" in client.post(desk.url("learn_quiz_trial"), desk.answers()).content.decode()
        assert not QuizAttempt.objects.exists()

    def test_an_attempt_is_its_learners_alone(self, desk: Desk, cleo: User) -> None:
        attempt = desk.start()
        enrol(cleo, desk.course)
        desk.client.force_login(cleo)
        assert desk.get("learn_attempt", attempt.pk).status_code == 404
        assert desk.send(attempt, hand_in="1", **desk.answers()).status_code == 404
        attempt.refresh_from_db()
        assert (attempt.answers, attempt.completed_at) == ({}, None)

    def test_a_course_that_was_taken_back_closes_its_attempts(self, desk: Desk, ben: User) -> None:
        attempt = desk.start()
        revoke_enrolment(desk.course, user=ben, reference="test")
        assert desk.get("learn_attempt", attempt.pk).status_code == 403
        assert desk.send(attempt, hand_in="1", **desk.answers()).status_code == 403
        attempt.refresh_from_db()
        assert attempt.completed_at is None

    def test_a_course_that_the_law_closed_closes_its_attempts(self, desk: Desk, ben: User) -> None:
        attempt, enrolment = desk.start(), Enrolment.objects.select_related("course").get(user=ben)
        close_course(desk.course)
        assert desk.get("learn_attempt", attempt.pk).status_code == 403
        assert desk.send(attempt, hand_in="1", **desk.answers()).status_code == 403
        with pytest.raises(LessonLocked, match="law"):
            complete_lesson(enrolment, lesson_id=desk.course.lessons.all()[0].pk)
        attempt.refresh_from_db()
        enrolment.refresh_from_db()
        assert (attempt.completed_at, enrolment.lessons_completed) == (None, 0)
        reopen_course(desk.course)
        assert desk.get("learn_attempt", attempt.pk).status_code == 200


class TestInsideALesson:
    @pytest.fixture
    def inline(self, client: Client, ada: User, ben: User) -> Desk:
        desk = Desk(client, ada)
        lesson = add_text_lesson(desk.course.modules.first(), title="In between", kind="quiz_inline", text="Look first.")
        desk.quiz = make_quiz(desk.course, lesson=lesson, title="Inside")
        desk.choice, desk.statement = Question.objects.filter(quiz=desk.quiz).order_by("position")
        publish_course(desk.course, by=ada)
        enrol(ben, desk.course)
        client.force_login(ben)
        return desk

    def test_the_lesson_holds_the_panel(self, inline: Desk) -> None:
        page = body(inline.client.get(reverse("learn_lesson", args=[inline.course.slug, "in-between"])))
        assert 'id="quiz-panel"' in page
        assert 'hx-target="#quiz-panel"' in page
        assert inline.url("learn_attempts") in page
        assert gives_nothing_away(page)

    def test_the_panel_alone_answers_inside(self, inline: Desk) -> None:
        attempt = inline.start()
        questions = body(inline.get("learn_attempt", attempt.pk, inside=True))
        assert "<html" not in questions
        assert 'id="quiz-panel"' in questions
        assert inline.get(inside=True)["HX-Push-Url"] == "false", "the address stays the lesson's"
        inline.hand_in(attempt)
        answer = inline.get("learn_attempt", attempt.pk, inside=True)
        assert "Passed with 100%" in body(answer)
        assert answer["HX-Trigger"] == "quiz-completed"
        assert 'id="marks" hx-swap-oob="true"' in body(answer), "the lesson round it is done by it"
        assert f"1 of {inline.course.lessons.count()} done" in body(answer)
        assert "You have finished" not in body(answer)

    def test_the_last_step_says_that_the_course_is_finished(self, inline: Desk, ben: User) -> None:  # R164
        enrolment = Enrolment.objects.get(user=ben)
        inside = inline.quiz.lesson
        assert inside is not None
        for lesson in inline.course.lessons.exclude(pk=inside.pk):
            complete_lesson(enrolment, lesson_id=lesson.pk)
        Quiz.objects.filter(course=inline.course).exclude(pk=inline.quiz.pk).update(is_required=False)
        publish_course(inline.course, by=inline.ada)
        attempt = inline.start()
        inline.hand_in(attempt, **inline.answers(choice="a", statement="false"))
        assert "You have finished" not in body(inline.get("learn_attempt", attempt.pk, inside=True))
        attempt = inline.start()
        inline.hand_in(attempt)
        answer = body(inline.get("learn_attempt", attempt.pk, inside=True))
        assert "You have finished this course." in answer
        assert f'href="{reverse("certificates")}?course={inline.course.slug}"' in answer
        assert re.search(r'id="time-left" hx-swap-oob="true"></p>', answer), "nothing is left"


def content(*kinds: str) -> QuizContent:
    options = tuple(OptionContent(id=name, text=name.upper()) for name in "abc")
    questions = tuple(
        QuestionContent(
            id=str(number), kind=kind, text=f"*{kind}*", options=options, correct=("a", "c")[: 1 + (kind == "multi_select")],
            partial_credit=True, points=2,
        )
        for number, kind in enumerate(kinds)
    )  # fmt: skip
    return QuizContent(
        id="z",
        kind="course",
        title="Z",
        description="",
        passing_score=50,
        allow_retakes=True,
        shuffle=True,
        time_limit_minutes=None,
        is_required=True,
        questions=questions,
    )


ARRANGEMENT: Sequence[Sequence[Any]] = [["1", ["c", "a", "b"]], ["0", ["b", "a", "c"]], ["gone", ["a"]]]


def test_questions_are_asked_in_the_attempts_order() -> None:
    asked = ask(content("multiple_choice", "multi_select"), ARRANGEMENT, {"1": ["a", "c"]})
    assert [(question.number, question.id, question.takes_many, question.was) for question in asked] == [
        (1, "1", True, "c,a"),
        (2, "0", False, ""),
    ]
    assert [option.id for option in asked[0].options] == ["c", "a", "b"]
    assert "correct" not in repr(asked)


@pytest.mark.parametrize(("chosen", "verdict"), [(["a", "c"], "right"), (["a"], "partly"), (["b"], "wrong"), ([], "unanswered")])
def test_each_question_gets_a_verdict(chosen: list[str], verdict: str) -> None:
    reviewed = review(content("multi_select"), [["0", ["a", "b", "c"]]], {"0": chosen})
    assert [question.verdict for question in reviewed.questions] == [verdict]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("The *o*", "The <em>o</em>"),
        ("a < b", "a &lt; b"),
        ("# x", "# x"),
        ("one\n\ntwo", "one\n\ntwo"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("- list", "- list"),
    ],
)
def test_an_answer_is_one_line_of_markdown_or_plain_words(text: str, html: str) -> None:
    assert option_html(text) == html
