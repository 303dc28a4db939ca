"""What was handed in for the exercises of a course, and what of it waits for its creator."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from courses.learning.models import Submission
from courses.models import Course


def submissions_for(course: Course) -> QuerySet[Submission]:
    """Everything handed in for the course's exercises."""
    return Submission.objects.filter(enrolment__course=course).select_related("enrolment__user__profile", "lesson")


def unanswered(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """Those without feedback, except where the same learner handed in again since."""
    newer = Submission.objects.filter(enrolment=OuterRef("enrolment"), lesson=OuterRef("lesson"), number__gt=OuterRef("number"))
    return submissions.filter(~Exists(newer), verdict=Submission.Verdict.WAITING)


def waiting_in(course: Course) -> QuerySet[Submission]:
    return unanswered(submissions_for(course))


def count_waiting(course: Course) -> int:
    """Submissions that nobody looked at yet. One query."""
    return waiting_in(course).count()


def desk_context(course: Course) -> dict[str, Any]:
    """What the head of each page shows that a course's creator has of it (`courses/builder/base.html`). One query."""
    return {"course": course, "waiting": count_waiting(course)}
