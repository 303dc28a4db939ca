"""The quiz inside a lesson."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from courses.models import Lesson, Quiz
from courses.services.locks import lock_course
from courses.services.quizzes import QuizWords, add_quiz, restore_quiz


@transaction.atomic
def ensure_inline_quiz(lesson: Lesson, *, by: User) -> Quiz:
    """The lesson's quiz: the one that is there, the one that was removed (brought back), or a new one. Raises `BadCourse`."""
    course = lock_course(lesson.course)
    found = Quiz.objects.filter(lesson=lesson).first()
    if found is None:
        return add_quiz(course, by=by, words=QuizWords(title=lesson.title), lesson=lesson)
    return restore_quiz(found, by=by) if found.removed_at else found
