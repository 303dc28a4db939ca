from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.reviews.models import Review

STARS = [(5, _("5 stars")), (4, _("4 stars")), (3, _("3 stars")), (2, _("2 stars")), (1, _("1 star"))]


class ReviewForm(forms.ModelForm):
    stars = forms.TypedChoiceField(
        label=_("Your rating"),
        choices=STARS,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one to five stars."), "invalid_choice": _("Choose one to five stars.")},
    )

    class Meta:
        model = Review
        fields = ["stars", "title", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 5})}
        labels = {"title": _("In a few words"), "text": _("What should others know?")}
