"""Learners at different places, written straight into the tables: how they got there is the business of learning's tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from courses.content import read_quiz_content
from courses.grading import grade_quiz
from courses.learning.models import Enrolment, LessonProgress, QuizAttempt, Submission
from courses.models import Course, Lesson, QuizRevision
from courses.outline import version_outline


def done(enrolment: Enrolment, *titles: str, opened: Sequence[str] = ()) -> None:
    """These lessons are finished, those only opened, each with two minutes."""
    now = timezone.now()
    lessons = {lesson.title: lesson for lesson in Lesson.objects.filter(course=enrolment.course)}
    LessonProgress.objects.bulk_create(
        LessonProgress(
            enrolment=enrolment,
            lesson=lessons[title],
            first_viewed_at=now,
            last_viewed_at=now,
            seconds_spent=120,
            completed_at=now if title in titles else None,
        )
        for title in [*titles, *opened]
    )
    total = len(lessons)
    enrolment.lessons_completed, enrolment.progress = len(titles), round(100 * len(titles) / total)
    enrolment.seconds_spent = 120 * (len(titles) + len(opened))
    enrolment.save()


def attempt(enrolment: Enrolment, course: Course, answers: Mapping[str, Sequence[str]], *, number: int = 1) -> QuizAttempt:
    """A finished try at the course's first quiz; `answers` by the text of the question."""
    assert course.current_version_id
    entry = next(iter(version_outline(course.current_version_id).all_quizzes()))
    revision = QuizRevision.objects.get(pk=entry.revision)
    quiz = read_quiz_content(revision.content)
    by_id = {question.id: list(answers[question.text]) for question in quiz.questions if question.text in answers}
    grade = grade_quiz(quiz, by_id)
    now = timezone.now()
    return QuizAttempt.objects.create(
        enrolment=enrolment,
        quiz_id=entry.id,
        revision=revision,
        number=number,
        arrangement=[],
        answers=by_id,
        points=grade.points,
        most_points=grade.most,
        percentage=grade.percentage,
        is_passed=grade.is_passed,
        started_at=now,
        completed_at=now,
    )


def hand_in(enrolment: Enrolment, lesson: Lesson, *, text: str = "My letters.", number: int = 1, **fields: Any) -> Submission:
    return Submission.objects.create(enrolment=enrolment, lesson=lesson, number=number, text=text, submitted_at=timezone.now(), **fields)
