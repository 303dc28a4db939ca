"""What is written to learners when something happened."""

from __future__ import annotations

from courses.learning.events import CourseCompleted, FeedbackGiven, StudentEnrolled
from courses.teaching import mails
from kit.events import subscribe


@subscribe(StudentEnrolled)
def welcome_learner(event: StudentEnrolled) -> None:
    mails.send_welcome(event.enrolment_id)


@subscribe(CourseCompleted)
def congratulate_learner(event: CourseCompleted) -> None:
    mails.send_completion(event.enrolment_id)


@subscribe(FeedbackGiven)
def tell_of_feedback(event: FeedbackGiven) -> None:
    mails.send_feedback(event.submission_id)
