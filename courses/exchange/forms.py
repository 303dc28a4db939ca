"""What people send to be made into a course."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

ENDINGS = ".json,.zip,.imscc,.gz,.tgz"


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        max_length=255,
        widget=forms.ClearableFileInput(attrs={"accept": ENDINGS}),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("This file is empty. Look at it on your computer, then send it again."),
        },
    )


class VideosForm(forms.Form):
    title = forms.CharField(label=_("Title of the course"), max_length=120, required=False)
    links = forms.CharField(
        label=_("Links"),
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        error_messages={"required": _("Paste a link to a playlist, or links to videos, one per line.")},
    )
