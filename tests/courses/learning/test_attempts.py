"""Attempts: one open at a time, saved as one goes, ended by hand or by the clock, graded once (R155-R160, R168)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from courses.content import quiz_content
from courses.learning.errors import AttemptOver, NoMoreAttempts
from courses.learning.models import Enrolment, QuizAttempt
from courses.learning.selectors import state_of
from courses.learning.services.attempts import (
    GRACE,
    arrange,
    complete_attempt,
    end_overdue_attempts,
    save_answers,
    start_attempt,
)
from courses.models import Course, Question, Quiz
from courses.outline import QuizEntry, version_outline
from courses.services.publishing import publish_course
from courses.services.questions import change_question
from courses.services.quizzes import QuestionWords, remove_quiz
from kit.events.models import OutboxEvent
from tests.factories.courses import add_choice, enrol, make_course, make_quiz

pytestmark = pytest.mark.django_db


class Taken:
    """A published quiz and ben, who takes it."""

    def __init__(self, ada: User, ben: User, **words: Any) -> None:
        self.course = make_course(ada, published=False)
        self.quiz = make_quiz(self.course, **words)
        self.publish()
        self.enrolment = enrol(ben, self.course)
        choice, statement = Question.objects.filter(quiz=self.quiz).order_by("position")
        self.right = {str(choice.pk): ["b"], str(statement.pk): ["true"]}
        self.half = {str(choice.pk): ["b"], str(statement.pk): ["false"]}

    def publish(self) -> None:
        publish_course(self.course, by=self.course.creator)
        self.course.refresh_from_db()

    @property
    def entry(self) -> QuizEntry:
        assert self.course.current_version_id
        return version_outline(self.course.current_version_id).quiz_by_id[str(self.quiz.pk)]

    def start(self) -> QuizAttempt:
        return start_attempt(self.enrolment, quiz=self.entry)


@pytest.fixture
def take(ada: User, ben: User) -> Callable[..., Taken]:
    return lambda **words: Taken(ada, ben, **words)


def run_out(attempt: QuizAttempt, *, ago: timedelta = GRACE + timedelta(seconds=1)) -> None:
    QuizAttempt.objects.filter(pk=attempt.pk).update(deadline_at=timezone.now() - ago)


def completions() -> int:
    return OutboxEvent.objects.filter(name__endswith="AttemptCompleted").count()


def test_starting_twice_goes_on_with_the_same(take: Callable[..., Taken]) -> None:
    taken = take()
    first, again = taken.start(), taken.start()
    assert first == again
    assert (first.number, first.deadline_at, first.answers) == (1, None, {})


def test_handing_in_grades_what_was_saved_and_sent(take: Callable[..., Taken]) -> None:  # R168
    taken = take()
    attempt = taken.start()
    (one, two) = taken.right
    save_answers(attempt, answers={one: ["b"]})
    done = complete_attempt(attempt, answers={two: ["true"], "unknown": ["a"]})
    assert (done.points, done.most_points, done.percentage, done.is_passed) == (Decimal(2), 2, Decimal(100), True)
    assert done.answers == taken.right
    assert done.completed_at is not None
    assert state_of(taken.enrolment, version_outline(taken.course.current_version_id)).passed == {str(taken.quiz.pk)}


def test_handing_in_again_changes_and_counts_nothing(take: Callable[..., Taken]) -> None:
    taken = take()
    attempt = complete_attempt(taken.start(), answers=taken.half)
    again = complete_attempt(attempt, answers=taken.right)
    assert (again.answers, again.percentage, again.completed_at) == (attempt.answers, Decimal(50), attempt.completed_at)
    assert completions() == 1
    with pytest.raises(AttemptOver):
        save_answers(attempt, answers=taken.right)
    attempt.refresh_from_db()
    assert attempt.answers == taken.half


def test_answers_are_kept_question_by_question(take: Callable[..., Taken]) -> None:
    taken = take()
    attempt = taken.start()
    one, two = taken.right
    save_answers(attempt, answers={one: ["a"]})
    save_answers(attempt, answers={two: ["true"], "elsewhere": ["a"]})
    save_answers(attempt, answers={one: ["b", "nonsense"]})
    attempt.refresh_from_db()
    assert attempt.answers == taken.right
    save_answers(attempt, answers={one: []})
    attempt.refresh_from_db()
    assert attempt.answers == {one: [], two: ["true"]}


def test_failing_and_taking_it_again(take: Callable[..., Taken]) -> None:  # R157
    taken = take()
    assert not complete_attempt(taken.start(), answers=taken.half).is_passed
    assert state_of(taken.enrolment, version_outline(taken.course.current_version_id)).passed == set()
    second = taken.start()
    assert (second.number, second.answers) == (2, {})
    assert complete_attempt(second, answers=taken.right).is_passed


def test_a_quiz_without_retakes_is_taken_once(take: Callable[..., Taken]) -> None:  # R157
    taken = take(allow_retakes=False)
    attempt = taken.start()
    assert taken.start() == attempt
    complete_attempt(attempt)
    with pytest.raises(NoMoreAttempts):
        taken.start()
    assert QuizAttempt.objects.count() == 1


def test_passing_once_counts_whatever_follows(take: Callable[..., Taken]) -> None:
    taken = take()
    complete_attempt(taken.start(), answers=taken.right)
    question = Question.objects.get(quiz=taken.quiz, kind="true_false")
    words = QuestionWords(text=question.text, kind="true_false", correct=["false"])
    change_question(question, by=taken.course.creator, stamp=0, words=words)
    taken.publish()
    assert not complete_attempt(taken.start(), answers=taken.right).is_passed
    assert state_of(taken.enrolment, version_outline(taken.course.current_version_id)).passed == {str(taken.quiz.pk)}


def test_an_open_attempt_is_graded_by_what_was_asked(take: Callable[..., Taken]) -> None:
    taken = take()
    attempt = taken.start()
    add_choice(taken.quiz, text="New")
    taken.publish()
    assert taken.start() == attempt
    assert complete_attempt(attempt, answers=taken.right).percentage == Decimal(100)
    assert len(taken.start().arrangement) == 3


def test_a_quiz_that_left_the_course_is_still_graded(take: Callable[..., Taken]) -> None:
    taken = take()
    attempt = taken.start()
    remove_quiz(taken.quiz, by=taken.course.creator)
    taken.publish()
    assert complete_attempt(attempt, answers=taken.right).is_passed


class TestTheClock:
    def test_the_deadline_is_set_by_the_server(self, take: Callable[..., Taken]) -> None:
        attempt = take(time_limit_minutes=10).start()
        assert attempt.deadline_at == attempt.started_at + timedelta(minutes=10)

    def test_what_comes_within_the_grace_counts(self, take: Callable[..., Taken]) -> None:
        taken = take(time_limit_minutes=10)
        attempt = taken.start()
        run_out(attempt, ago=timedelta(seconds=1))
        done = complete_attempt(attempt, answers=taken.right)
        assert done.is_passed
        assert done.completed_at == done.deadline_at

    def test_what_comes_later_does_not(self, take: Callable[..., Taken]) -> None:
        taken = take(time_limit_minutes=10)
        attempt = taken.start()
        save_answers(attempt, answers=taken.half)
        run_out(attempt)
        with pytest.raises(AttemptOver):
            save_answers(attempt, answers=taken.right)
        done = complete_attempt(attempt, answers=taken.right)
        assert (done.answers, done.percentage) == (taken.half, Decimal(50))
        assert done.completed_at == done.deadline_at

    def test_the_sweep_ends_what_nobody_came_back_to(self, take: Callable[..., Taken]) -> None:
        taken = take(time_limit_minutes=10)
        attempt = taken.start()
        save_answers(attempt, answers=taken.right)
        assert end_overdue_attempts() == 0
        run_out(attempt)
        assert end_overdue_attempts() == 1
        attempt.refresh_from_db()
        assert attempt.is_passed
        assert (end_overdue_attempts(), completions()) == (0, 1)

    def test_starting_after_the_time_ends_the_old_one(self, take: Callable[..., Taken]) -> None:
        taken = take(time_limit_minutes=10)
        first = taken.start()
        run_out(first)
        assert taken.start().number == 2
        first.refresh_from_db()
        assert first.is_passed is False


def test_shuffling_keeps_everything_and_true_before_false(ada: User) -> None:
    course = make_course(ada, published=False)
    quiz = make_quiz(course, shuffle=True)
    for _number in range(8):
        add_choice(quiz, options=("1", "2", "3", "4", "5", "6"))
    content = quiz_content(quiz, Question.objects.filter(quiz=quiz).order_by("position"))
    plain = [[question.id, [option.id for option in question.options]] for question in content.questions]
    orders = [arrange(content) for _number in range(5)]
    assert any(order != plain for order in orders)
    for order in orders:
        assert {str(pk): set(options) for pk, options in order} == {str(pk): set(options) for pk, options in plain}
        assert ["true", "false"] in [options for _pk, options in order]


def test_an_attempt_keeps_its_arrangement(take: Callable[..., Taken]) -> None:
    taken = take(shuffle=True)
    assert taken.start().arrangement == QuizAttempt.objects.get().arrangement == taken.start().arrangement


def test_handing_in_costs_few_queries(take: Callable[..., Taken], django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    taken = take()
    attempt = taken.start()
    # Both locks, the grade, the event, what was done, the counters; around them the savepoint of the test's transaction.
    with django_assert_max_num_queries(8):
        assert complete_attempt(attempt, answers=taken.right).is_passed


def test_a_hand_in_is_an_activity(take: Callable[..., Taken]) -> None:
    taken = take()
    Enrolment.objects.update(last_activity_at=timezone.now() - timedelta(days=3))
    done = complete_attempt(taken.start(), answers=taken.half)
    taken.enrolment.refresh_from_db()
    assert taken.enrolment.last_activity_at == done.completed_at


def test_passing_counts_toward_the_course(ada: User, ben: User) -> None:
    course: Course = make_course(ada, modules=1, lessons=1, published=False, completion="quizzes")
    quiz: Quiz = make_quiz(course)
    publish_course(course, by=ada)
    course.refresh_from_db()
    enrolment = enrol(ben, course)
    right = {str(question.pk): question.correct for question in Question.objects.filter(quiz=quiz)}
    assert course.current_version_id
    complete_attempt(start_attempt(enrolment, quiz=version_outline(course.current_version_id).quizzes[0]), answers=right)
    enrolment.refresh_from_db()
    assert (enrolment.progress, enrolment.is_completed) == (100, True)
