"""Courses for tests, made by the services that pages use."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from accounts.models import User
from courses.learning.models import Enrolment
from courses.learning.services.enrolments import enrol_student
from courses.models import Course, Lesson, Module, Question, Quiz
from courses.services.courses import CourseWords, create_course
from courses.services.lessons import LessonWords, add_lesson
from courses.services.modules import add_module
from courses.services.publishing import publish_course
from courses.services.quizzes import QuestionWords, QuizWords, add_question, add_quiz

_numbers = itertools.count(1)


def make_course(
    creator: User, *, modules: int = 2, lessons: int = 2, quiz: bool = False, published: bool = True, title: str = "", **words: Any
) -> Course:
    """A course of text lessons; with `quiz` the first module ends with one of two questions."""
    title = title or f"Letters that hold {next(_numbers)}"
    course = create_course(by=creator, words=CourseWords(**{"title": title, "outcomes": ["Draw a letter"], **words}))
    for number in range(1, modules + 1):
        module = add_module(course, by=creator, title=f"Part {number}")
        for entry in range(1, lessons + 1):
            add_text_lesson(module, title=f"Lesson {number}.{entry}")
        if quiz and number == 1:
            make_quiz(course, module=module)
    if published:
        publish_course(course, by=creator)
    course.refresh_from_db()
    return course


def add_text_lesson(module: Module, *, title: str = "A lesson", text: str = "Draw the *n* first.", **words: Any) -> Lesson:
    return add_lesson(module, by=module.course.creator, words=LessonWords(title=title, text=text, **words))


def make_quiz(
    course: Course, *, module: Module | None = None, lesson: Lesson | None = None, title: str = "Check yourself", **words: Any
) -> Quiz:
    """A quiz with a multiple choice (right: b) and a true/false question (right: true)."""
    quiz = add_quiz(course, by=course.creator, module=module, lesson=lesson, words=QuizWords(title=title, **words))
    add_choice(quiz, text="Which is taller?", options=("x", "o"), correct=("b",))
    add_question(quiz, by=course.creator, words=QuestionWords(text="Round letters overshoot.", kind="true_false", correct=["true"]))
    return quiz


def add_choice(
    quiz: Quiz, *, text: str = "Which?", options: Sequence[str] = ("One", "Two"), correct: Sequence[str] = ("a",), **words: Any
) -> Question:
    """A question whose options have the ids a, b, c…"""
    named = [{"id": "abcdefghijkl"[at], "text": option} for at, option in enumerate(options)]
    return add_question(quiz, by=quiz.course.creator, words=QuestionWords(text=text, options=named, correct=list(correct), **words))


def enrol(user: User, course: Course, *, source: str = "purchased", reference: str = "test") -> Enrolment:
    return enrol_student(course, user=user, source=source, reference=reference)
