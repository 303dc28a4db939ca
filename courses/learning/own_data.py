"""A learner's part: what the archive of her data holds, and what closing the account leaves.

Progress and results stay, without notes and without what was handed in: a creator's figures and a certificate that others verify
would otherwise change under them. The name on them goes with the account.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accounts.models import User
from courses.learning.models import Enrolment, LessonProgress, Note, QuizAttempt, Sitting, Submission
from kit.storage import private

CLOSED = "-"
"""Stands for a handed-in text of a closed account: a submission has something in it."""


def courses_taken_by(user: User) -> Iterator[dict[str, Any]]:
    """Every course with the progress in its lessons."""
    for enrolment in Enrolment.objects.of(user).select_related("course").order_by("enrolled_at"):
        progress = LessonProgress.objects.filter(enrolment=enrolment).select_related("lesson").order_by("first_viewed_at")
        yield {
            "course": enrolment.course.title,
            "address": enrolment.course.slug,
            "how": enrolment.source,
            "since": enrolment.enrolled_at,
            "taken_back_at": enrolment.revoked_at,
            "progress_percent": enrolment.progress,
            "seconds_spent": enrolment.seconds_spent,
            "last_activity_at": enrolment.last_activity_at,
            "finished_at": enrolment.completed_at,
            "lessons": [
                {
                    "lesson": row.lesson.slug,
                    "first_viewed_at": row.first_viewed_at,
                    "last_viewed_at": row.last_viewed_at,
                    "seconds_spent": row.seconds_spent,
                    "video_seconds": row.video_seconds,
                    "watched_seconds": [list(part) for part in row.watched],
                    "done_at": row.completed_at,
                    "bookmarked_at": row.bookmarked_at,
                }
                for row in progress
            ],
        }


def notes_by(user: User) -> Iterator[dict[str, Any]]:
    notes = Note.objects.filter(enrolment__user=user).select_related("enrolment__course", "lesson").order_by("created_at")
    for note in notes.iterator(500):
        yield {
            "course": note.enrolment.course.title,
            "lesson": note.lesson.slug,
            "text": note.text,
            "at_seconds": note.at_seconds,
            "created_at": note.created_at,
            "updated_at": note.updated_at,
        }


def attempts_by(user: User) -> Iterator[dict[str, Any]]:
    """Answers and results, with the questions' ids: their words are the creator's."""
    attempts = QuizAttempt.objects.filter(enrolment__user=user).select_related("enrolment__course", "quiz").order_by("started_at")
    for attempt in attempts.iterator(500):
        yield {
            "course": attempt.enrolment.course.title,
            "quiz": attempt.quiz.slug,
            "number": attempt.number,
            "answers": attempt.answers,
            "percentage": attempt.percentage,
            "passed": attempt.is_passed,
            "started_at": attempt.started_at,
            "completed_at": attempt.completed_at,
        }


def submissions_by(user: User) -> Iterator[dict[str, Any]]:
    submissions = Submission.objects.filter(enrolment__user=user).select_related("enrolment__course", "lesson").order_by("submitted_at")
    for submission in submissions.iterator(200):
        yield {
            "course": submission.enrolment.course.title,
            "lesson": submission.lesson.slug,
            "number": submission.number,
            "text": submission.text,
            "file": submission.file_name,
            "bytes": submission.size_bytes,
            "submitted_at": submission.submitted_at,
            "verdict": submission.verdict,
            "feedback": submission.feedback,
            "feedback_at": submission.feedback_at,
        }


def forget_learner(user: User) -> None:
    """Notes, sittings and the words of what was handed in go; files follow by the event `AccountClosed`."""
    Note.objects.filter(enrolment__user=user).delete()
    Sitting.objects.filter(enrolment__user=user).delete()
    Submission.objects.filter(enrolment__user=user).update(text=CLOSED, file_name="")


def delete_submitted_files(user_id: int) -> None:
    """Delete the handed-in files of a closed account from the store. Safe to run twice."""
    for submission in Submission.objects.filter(enrolment__user=user_id, enrolment__user__closed_at__isnull=False).exclude(file=""):
        private().delete(str(submission.file.name))
        Submission.objects.filter(pk=submission.pk).update(file="", size_bytes=0)
