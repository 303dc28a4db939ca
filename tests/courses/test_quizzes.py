"""Changing quizzes and their questions: stamps, places, copies, undoing (R155-R160)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from accounts.models import User
from courses.completeness import missing_from_course
from courses.drafting import read_draft
from courses.errors import BadCourse, StaleEdit, StaleOutline
from courses.models import Course, Question, Quiz
from courses.services.publishing import publish_course
from courses.services.questions import (
    arrange_questions,
    change_question,
    duplicate_question,
    move_question,
    remove_question,
    restore_question,
)
from courses.services.quizzes import (
    QuestionWords,
    QuizWords,
    add_quiz,
    change_quiz,
    duplicate_quiz,
    remove_quiz,
    restore_quiz,
)
from tests.factories.courses import add_choice, add_text_lesson, make_course, make_quiz

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(ada: User) -> Course:
    return make_course(ada, published=False)


def texts(quiz: Quiz) -> list[str]:
    questions = list(Question.objects.present().filter(quiz=quiz).order_by("position"))
    assert [question.position for question in questions] == list(range(len(questions)))
    return [question.text for question in questions]


def titles(course: Course) -> list[str]:
    return [quiz.title for module in read_draft(course).outline.modules for quiz in module.quizzes]


@pytest.fixture
def quiz(course: Course) -> Quiz:
    quiz = make_quiz(course)
    Question.objects.filter(quiz=quiz).delete()
    for text in ("one", "two", "three"):
        add_choice(quiz, text=text)
    return quiz


def question_of(quiz: Quiz, text: str) -> Question:
    return Question.objects.get(quiz=quiz, text=text)


def test_a_quiz_is_changed_by_whoever_saw_it_last(ada: User, quiz: Quiz) -> None:
    words = replace(QuizWords.of(quiz), passing_score=80, time_limit_minutes=10)
    changed = change_quiz(quiz, by=ada, stamp=0, words=words)
    assert (changed.edit_stamp, changed.passing_score, changed.time_limit_minutes) == (1, 80, 10)
    with pytest.raises(StaleEdit):
        change_quiz(quiz, by=ada, stamp=0, words=replace(words, passing_score=50))
    quiz.refresh_from_db()
    assert quiz.passing_score == 80
    assert change_quiz(quiz, by=ada, stamp=0, words=words).edit_stamp == 1, "the same again is no conflict"


@pytest.mark.parametrize(
    ("field", "value"), [("passing_score", 101), ("time_limit_minutes", 0), ("time_limit_minutes", 601), ("title", " ")]
)
def test_a_setting_that_does_not_hold_changes_nothing(ada: User, quiz: Quiz, field: str, value: Any) -> None:
    with pytest.raises(BadCourse) as refused:
        change_quiz(quiz, by=ada, stamp=0, words=replace(QuizWords.of(quiz), **{field: value}))
    assert refused.value.field == field
    assert QuizWords.of(Quiz.objects.get(pk=quiz.pk)) == QuizWords.of(quiz)


def test_a_question_is_changed_by_whoever_saw_it_last(ada: User, quiz: Quiz) -> None:
    question = question_of(quiz, "one")
    words = replace(QuestionWords.of(question), text="One?", explanation="Because.")
    assert change_question(question, by=ada, stamp=0, words=words).edit_stamp == 1
    with pytest.raises(StaleEdit):
        change_question(question, by=ada, stamp=0, words=replace(words, text="Mine"))
    assert texts(quiz) == ["One?", "two", "three"]
    assert change_question(question, by=ada, stamp=0, words=words).edit_stamp == 1


def test_options_keep_their_ids_when_moved(ada: User, quiz: Quiz) -> None:
    question = question_of(quiz, "one")
    turned = [{"id": "b", "text": "Two"}, {"id": "a", "text": "One"}]
    changed = change_question(question, by=ada, stamp=0, words=replace(QuestionWords.of(question), options=turned))
    assert (changed.options, changed.correct) == (turned, ["a"])


def test_questions_move_and_stay_without_gaps(ada: User, quiz: Quiz) -> None:
    move_question(question_of(quiz, "three"), by=ada, direction="up")
    assert texts(quiz) == ["one", "three", "two"]
    move_question(question_of(quiz, "one"), by=ada, direction="up")
    move_question(question_of(quiz, "two"), by=ada, direction="down")
    assert texts(quiz) == ["one", "three", "two"]


def test_an_order_is_taken_from_whoever_saw_the_present_one(ada: User, quiz: Quiz) -> None:
    seen = [question_of(quiz, text).pk for text in ("one", "two", "three")]
    arrange_questions(quiz, by=ada, seen=seen, order=[seen[2], seen[0], seen[1]])
    assert texts(quiz) == ["three", "one", "two"]
    for stale_seen, order in ((seen, seen), (seen[:2], seen[:2]), ([seen[2], seen[0], seen[1]], [seen[0], seen[0], seen[1]])):
        with pytest.raises(StaleOutline):
            arrange_questions(quiz, by=ada, seen=stale_seen, order=order)
    assert texts(quiz) == ["three", "one", "two"]


def test_a_removed_question_comes_back_where_it_was(ada: User, quiz: Quiz) -> None:
    two = question_of(quiz, "two")
    remove_question(two, by=ada)
    remove_question(two, by=ada)
    assert texts(quiz) == ["one", "three"]
    assert [len(read_draft(quiz.course).questions[quiz.pk])] == [2]
    restore_question(two, by=ada, position=1)
    restore_question(two, by=ada, position=1)
    assert texts(quiz) == ["one", "two", "three"]


def test_a_copy_stands_right_after_its_question(ada: User, quiz: Quiz) -> None:
    copied = duplicate_question(question_of(quiz, "one"), by=ada)
    assert texts(quiz) == ["one", "one", "two", "three"]
    assert QuestionWords.of(copied) == QuestionWords.of(Question.objects.get(quiz=quiz, position=0))


def test_quizzes_of_a_module_leave_come_back_and_are_copied(ada: User, course: Course) -> None:
    module = course.modules.first()
    first, second, third = (make_quiz(course, module=module, title=title) for title in ("A", "C", "B"))
    remove_quiz(second, by=ada)
    assert titles(course) == ["A", "B"]
    restore_quiz(second, by=ada, position=1)
    assert titles(course) == ["A", "C", "B"]
    assert texts(third) == ["Which is taller?", "Round letters overshoot."]
    copied = duplicate_quiz(first, by=ada)
    assert titles(course) == ["A", "A (copy)", "C", "B"]
    assert texts(copied) == texts(first)
    assert second.slug != copied.slug


def test_a_quiz_inside_a_lesson_goes_with_it(ada: User, course: Course) -> None:
    lesson = add_text_lesson(course.modules.first(), kind="quiz_inline", text="")
    quiz = make_quiz(course, lesson=lesson)
    for refused in (lambda: remove_quiz(quiz, by=ada), lambda: duplicate_quiz(quiz, by=ada)):
        with pytest.raises(BadCourse):
            refused()
    with pytest.raises(BadCourse):
        add_quiz(course, by=ada, lesson=lesson, words=QuizWords(title="Another"))
    assert Quiz.objects.present().filter(course=course).count() == 1


def test_a_quiz_of_a_removed_module_does_not_come_back_alone(ada: User, course: Course) -> None:
    module = course.modules.get(position=1)
    quiz = make_quiz(course, module=module)
    remove_quiz(quiz, by=ada)
    module.position, module.removed_at = None, quiz.created_at
    module.save()
    with pytest.raises(BadCourse):
        restore_quiz(quiz, by=ada)


def test_a_removed_question_is_neither_missed_nor_published(ada: User, quiz: Quiz) -> None:
    hollow = add_choice(quiz, text="Hollow", correct=())
    assert len(missing_from_course(quiz.course)) == 1
    remove_question(hollow, by=ada)
    assert missing_from_course(quiz.course) == []
    version = publish_course(quiz.course, by=ada)
    assert version.outline["quizzes"][0]["questions"] == 3
