"""Two windows at one quiz, on real connections: neither overwrites the other unseen, and places stay without gaps.

Each race has a twin without the lock, which must go wrong, or the test could not see the race.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from accounts.models import User
from courses.errors import StaleEdit
from courses.models import Course, Question, Quiz
from courses.services import questions, quizzes
from courses.services.questions import change_question, remove_question
from courses.services.quizzes import QuestionWords, add_question
from tests import threads
from tests.factories.courses import make_course, make_quiz
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def quiz(ada: User) -> Quiz:
    return make_quiz(make_course(ada, modules=1, lessons=1, published=False))


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Callable[[Any, str], None]:
    """`meet(module, "name")`: see `tests.threads.meet`."""
    unlocked = "without_locks" in request.fixturenames

    def put(module: Any, name: str) -> None:
        threads.meet(monkeypatch, module, name, unlocked=unlocked)

    return put


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(course: Course) -> Course:
        return Course.objects.get(pk=course.pk)

    for module in (questions, quizzes):
        monkeypatch.setattr(module, "lock_course", unlocked)


def save_twice(quiz: Quiz, by: User) -> list[Any]:
    question = Question.objects.select_related("quiz__course").get(quiz=quiz, kind="multiple_choice")
    words = QuestionWords.of(question)
    saves = [partial(change_question, question, by=by, stamp=0, words=replace(words, text=text)) for text in ("Mine", "Yours")]
    return [type(result) for result in at_once(*saves)]


def test_of_two_windows_that_save_one_question_the_later_is_told(quiz: Quiz, ada: User, meet: Callable[[Any, str], None]) -> None:
    meet(questions, "apply_question_words")
    assert sorted(save_twice(quiz, ada), key=str) == [StaleEdit, Question]


@pytest.mark.usefixtures("without_locks")
def test_without_the_lock_the_earlier_text_is_lost_unseen(quiz: Quiz, ada: User, meet: Callable[[Any, str], None]) -> None:
    meet(questions, "apply_question_words")
    assert save_twice(quiz, ada) == [Question, Question]


def add_and_remove(quiz: Quiz, by: User) -> list[Any]:
    first = Question.objects.select_related("quiz__course").get(quiz=quiz, position=0)
    add = partial(add_question, quiz, by=by, words=QuestionWords(text="New"))
    return [result for result in at_once(add, add, partial(remove_question, first, by=by)) if isinstance(result, Exception)]


def test_adding_and_removing_at_once_leaves_no_gap(quiz: Quiz, ada: User, meet: Callable[[Any, str], None]) -> None:
    meet(quizzes, "count_questions")
    assert add_and_remove(quiz, ada) == []
    places = Question.objects.present().filter(quiz=quiz).order_by("position").values_list("position", flat=True)
    assert list(places) == [0, 1, 2]


@pytest.mark.usefixtures("without_locks")
def test_without_the_lock_two_questions_want_one_place(quiz: Quiz, ada: User, meet: Callable[[Any, str], None]) -> None:
    meet(quizzes, "count_questions")
    add = partial(add_question, quiz, by=ada, words=QuestionWords(text="New"))
    assert IntegrityError in [type(result) for result in at_once(add, add)]
