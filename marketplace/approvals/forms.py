from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.approvals.rules import RULES, find_rule


class ApprovalForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("A word to the creator"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class LookForm(forms.Form):
    """Which state of a listing was looked at."""

    as_of = forms.DateTimeField(widget=forms.HiddenInput, input_formats=["%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z"])


class RefusalForm(forms.Form):
    """A rule, and what exactly is meant where the rule needs it said."""

    rule = forms.ChoiceField(
        label=gettext_lazy("Which rule?"),
        choices=lambda: [(rule.slug, rule.title) for rule in RULES],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Name the rule.")},
    )
    note = forms.CharField(
        label=gettext_lazy("What exactly has to change"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Goes to the creator word for word: which page, which picture, which sentence."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        rule = find_rule(cleaned.get("rule", ""))
        if rule is not None and rule.needs_note and not cleaned.get("note", "").strip() and "note" not in self.errors:
            self.add_error("note", _("This rule needs a word on what exactly is meant."))
        return cleaned
