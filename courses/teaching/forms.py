from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.learning.models import Submission
from courses.teaching.services.feedback import LONGEST_FEEDBACK


class FeedbackForm(forms.Form):
    verdict = forms.ChoiceField(
        label=_("How is it?"),
        choices=[(Submission.Verdict.GOOD, _("Good as it is")), (Submission.Verdict.AGAIN, _("Worth another try"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether it is good or worth another try.")},
    )
    feedback = forms.CharField(
        label=_("What you say to it"),
        max_length=LONGEST_FEEDBACK,
        required=False,
        help_text=_("Markdown works. The learner gets it by mail and finds it beside the exercise."),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
