"""What creators type about a video."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.video.models import VideoAsset
from courses.video.webvtt import MOST_BYTES


class VideoForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("For your shelf alone; learners see the lesson's title."))

    def __init__(self, *args: Any, video: VideoAsset, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"name": video.name})
        super().__init__(*args, **kwargs)


class CaptionOrderForm(forms.Form):
    language = forms.CharField(label=_("Language that is spoken"), max_length=10, help_text=_("As a tag: en, de, pt-BR."))


class CaptionForm(forms.Form):
    """`file` is read only once it is known to be small."""

    language = forms.CharField(label=_("Language"), max_length=10, help_text=_("As a tag: en, de, pt-BR."))
    file = forms.FileField(
        label=_("File of subtitles"),
        widget=forms.FileInput(attrs={"accept": ".vtt,.srt,text/vtt,application/x-subrip"}),
        help_text=_("WebVTT (.vtt) or SubRip (.srt)."),
        allow_empty_file=True,
    )

    def raw(self) -> bytes:
        """Only after `is_valid`; one byte more than may be, at most, so that what is too long is refused."""
        found: bytes = self.cleaned_data["file"].read(MOST_BYTES + 1)
        return found
