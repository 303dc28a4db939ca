"""What learners type."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from courses.content import LessonContent
from courses.learning.clock import read_clock
from courses.learning.errors import BadBeat
from courses.learning.limits import LONGEST_NOTE, LONGEST_SUBMISSION, MOST_VIDEO_SECONDS
from courses.learning.services.beats import Told
from courses.learning.watching import read_ranges
from courses.models import HandIn


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"), max_length=LONGEST_NOTE, widget=forms.Textarea, error_messages={"required": _("Write something first.")}
    )
    at = forms.CharField(label=_("At"), max_length=10, required=False)

    def clean_at(self) -> int | None:
        """Seconds from the video's start."""
        typed: str = self.cleaned_data["at"]
        try:
            return min(read_clock(typed), MOST_VIDEO_SECONDS) if typed.strip() else None
        except ValueError as error:
            raise forms.ValidationError(_("Write minutes and seconds, such as 3:51.")) from error


def read_report(sent: QueryDict) -> Told:
    """A page's report: `seconds`, and `video`, `page` and `watched` where it knows them. What is too large is capped later.

    Raises `BadBeat`. No Django form: this runs more often than anything else.
    """
    seconds = _whole(sent.get("seconds"))
    if seconds is None:
        raise BadBeat
    return Told(
        seconds=seconds,
        video_seconds=_whole(sent.get("video")),
        page_permille=_whole(sent.get("page")),
        watched=read_ranges(sent.get("watched")),
    )


def _whole(text: str | None) -> int | None:
    if not text:
        return None
    if len(text) > 40 or not (text.isascii() and text.isdecimal()):
        raise BadBeat
    return int(text)


class SubmissionForm(forms.Form):
    """The fields that the exercise asks for."""

    text = forms.CharField(
        label=_("Your answer"), max_length=LONGEST_SUBMISSION, widget=forms.Textarea, help_text=_("Markdown works here.")
    )
    file = forms.FileField(
        label=_("Your file"), help_text=_("A document, a picture or an archive of up to 25 MB. Nobody but the course's creator sees it.")
    )

    def __init__(self, *args: Any, content: LessonContent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if content.hand_in == HandIn.TEXT:
            del self.fields["file"]
        elif content.hand_in == HandIn.FILE:
            del self.fields["text"]
        else:
            self.fields["text"].required = self.fields["file"].required = False
