"""What a creator says to an exercise that was handed in."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courses.errors import BadCourse
from courses.learning.events import FeedbackGiven
from courses.learning.models import Submission
from courses.teaching.errors import BadFeedback
from courses.texts import clean_text
from kit.events import publish

LONGEST_FEEDBACK = 20_000
_VERDICTS = (Submission.Verdict.GOOD, Submission.Verdict.AGAIN)


@transaction.atomic
def give_feedback(submission: Submission, *, by: User, verdict: str, feedback: str = "") -> Submission:
    """Say whether it is good, and what to do better (Markdown). Can be said anew; the learner gets a mail each time it changes.

    Raises `BadFeedback`: "try again" without a word helps nobody.
    """
    if verdict not in _VERDICTS:
        raise BadFeedback(_("Say whether it is good or worth another try."), field="verdict")
    try:
        words = clean_text(feedback, field="feedback", most=LONGEST_FEEDBACK).strip()
    except BadCourse as refusal:
        raise BadFeedback(str(refusal), field="feedback") from refusal
    if verdict == Submission.Verdict.AGAIN and not words:
        raise BadFeedback(_("Say what to change, so that another try helps."), field="feedback")
    submission = Submission.objects.select_for_update(of=("self",)).select_related("lesson", "enrolment__user").get(pk=submission.pk)
    if (submission.verdict, submission.feedback) == (verdict, words):
        return submission
    submission.verdict, submission.feedback = verdict, words
    submission.feedback_at, submission.feedback_by = timezone.now(), by
    submission.save(update_fields=["verdict", "feedback", "feedback_at", "feedback_by"])
    publish(FeedbackGiven(submission_id=submission.pk))
    return submission
