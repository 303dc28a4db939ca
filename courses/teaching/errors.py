"""What teaching refuses."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kit.errors import DomainError, NotFound


class LearnerNotFound(NotFound):
    code = "learner_not_found"
    message = _("Nobody by this number takes the course.")


class SubmissionNotFound(NotFound):
    code = "submission_not_found"
    message = _("There is no such submission in this course.")


class BadFeedback(DomainError):
    """Say which field with `field`."""

    status_code = 422
    code = "bad_feedback"
    message = _("This does not fit.")
