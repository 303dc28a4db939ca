"""The doors for those who teach. Each takes a course that `courses.access.get_own_course` gave."""

from __future__ import annotations

from uuid import UUID

from courses.learning.models import Enrolment, Submission
from courses.models import Course
from courses.teaching.errors import LearnerNotFound, SubmissionNotFound
from courses.teaching.querysets import taking


def get_learner(course: Course, enrolment_id: int) -> Enrolment:
    """Somebody who has or had the whole course. Raises `LearnerNotFound`."""
    enrolment = taking(course).select_related("user__profile", "last_lesson", "certificate").filter(pk=enrolment_id).first()
    if enrolment is None:
        raise LearnerNotFound
    return enrolment


def get_submission(course: Course, submission_id: UUID) -> Submission:
    """What somebody handed in for an exercise of this course. Raises `SubmissionNotFound`."""
    found = Submission.objects.select_related("enrolment__user__profile", "enrolment__course", "lesson")
    submission = found.filter(pk=submission_id, enrolment__course=course).first()
    if submission is None:
        raise SubmissionNotFound
    return submission
