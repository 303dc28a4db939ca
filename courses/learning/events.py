"""What learners did."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kit.events import Event


@dataclass(frozen=True, kw_only=True)
class StudentEnrolled(Event):
    """Somebody has a whole course, for the first time or again after it was taken back."""

    enrolment_id: int


@dataclass(frozen=True, kw_only=True)
class EnrolmentRevoked(Event):
    """The course is closed for somebody."""

    enrolment_id: int


@dataclass(frozen=True, kw_only=True)
class CourseCompleted(Event):
    """The completion rule is fulfilled, once per enrolment."""

    enrolment_id: int


@dataclass(frozen=True, kw_only=True)
class AttemptCompleted(Event):
    """A quiz was handed in, or its time ran out."""

    attempt_id: UUID


@dataclass(frozen=True, kw_only=True)
class ExerciseSubmitted(Event):
    submission_id: UUID


@dataclass(frozen=True, kw_only=True)
class FeedbackGiven(Event):
    submission_id: UUID
