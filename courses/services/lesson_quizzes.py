"""The quiz inside a lesson."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from courses.models import Lesson, Quiz
from courses.services.locks import lock_course
from courses.services.quizzes import QuizWords, add_quiz


@transaction.atomic
def ensure_inline_quiz(lesson: Lesson, *, by: User) -> Quiz:
    """The lesson's quiz, made where there is none yet. Such a quiz is never removed without its lesson. Raises `BadCourse`."""
    course = lock_course(lesson.course)
    return Quiz.objects.filter(lesson=lesson).first() or add_quiz(course, by=by, words=QuizWords(title=lesson.title), lesson=lesson)
