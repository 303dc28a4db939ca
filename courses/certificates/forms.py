from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.certificates.checking import MOST_CHARACTERS


class CheckForm(forms.Form):
    """What somebody was handed: a number, an address, the text of a credential, or its file."""

    credential = forms.CharField(
        label=_("Number, address or credential"),
        max_length=MOST_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off"}),
    )
    file = forms.FileField(label=_("Or the file of the credential"), required=False, help_text=_("It ends in .json or .jwt."))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        upload = cleaned.get("file")
        if upload and not cleaned.get("credential"):
            if upload.size > MOST_CHARACTERS:
                self.add_error("file", _("A credential is a small file, of 64 kB at most."))
            else:
                cleaned["credential"] = upload.read().decode("utf-8", errors="replace")
        if not cleaned.get("credential") and not self.errors:
            self.add_error("credential", _("Paste a number, an address or a credential, or choose a file."))
        return cleaned


class ReasonForm(forms.Form):
    because = forms.CharField(
        label=_("Why"),
        max_length=200,
        help_text=_("Its holder reads it. Others only see that the certificate is revoked."),
        error_messages={"required": _("Say why, in a sentence.")},
    )
