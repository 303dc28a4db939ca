"""What creators type about a lesson."""

from __future__ import annotations

from dataclasses import fields as fields_of
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from courses.embeds import embed_or_none
from courses.errors import BadCourse
from courses.limits import ATTACHMENT_KINDS
from courses.models import HandIn, Lesson, LessonKind
from courses.services.lessons import LessonWords, apply_words
from courses.video.pages import choices_of, clock

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

MOST_LINK: int = 4000
"""Characters: a whole embed code may be pasted."""


class SentencesField(forms.CharField):
    """One sentence per line; cleans to a list of them."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return list(value)
        return [line for entry in (super().to_python(value) or "").splitlines() if (line := " ".join(entry.split()))]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, (list, tuple)) else value


class LessonForm(forms.Form):
    """A whole lesson, and which state of it the writer saw (`stamp`)."""

    stamp = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=160)
    kind = forms.ChoiceField(label=_("Kind of lesson"), widget=forms.RadioSelect)
    video_url = forms.CharField(
        label=_("Link to the video"),
        required=False,
        max_length=MOST_LINK,
        help_text=_("YouTube or Vimeo: its address, “Share” link or embed code. Nothing is loaded from there before play is pressed."),
    )
    video_id = forms.TypedChoiceField(
        label=_("Your video"),
        required=False,
        coerce=UUID,
        empty_value=None,
        widget=forms.Select(
            attrs={
                "hx-get": reverse_lazy("video_choice"),
                "hx-trigger": "change, video:uploaded from:body",
                "hx-target": "#video-choice",
                "hx-swap": "outerHTML",
            }
        ),
        error_messages={"invalid_choice": _("Choose a video of your own shelf.")},
    )
    text = forms.CharField(label=_("Text"), required=False, max_length=100_000, strip=False, widget=forms.Textarea)
    takeaways = SentencesField(label=_("Key takeaways"), required=False, help_text=_("What to remember, one sentence per line."))
    minutes = forms.IntegerField(label=_("Estimated minutes"), min_value=1, max_value=600)
    hand_in = forms.ChoiceField(label=_("What learners hand in"), choices=HandIn.choices, required=False)
    self_check = SentencesField(
        label=_("Check yourself"), required=False, help_text=_("What learners compare their work with, one sentence per line.")
    )
    is_free_preview = forms.BooleanField(
        label=_("Free preview"), required=False, help_text=_("Anybody may open this lesson, without an account.")
    )

    def __init__(self, *args: Any, lesson: Lesson, **kwargs: Any) -> None:
        self.lesson = lesson
        kwargs.setdefault("initial", said_by(lesson))
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["kind"]).choices = LessonKind.choices
        cast(forms.ChoiceField, self.fields["video_id"]).choices = video_choices(lesson)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                apply_words(Lesson(), self.words())
            except BadCourse as error:
                self.add_error(error.field if error.field in self.fields else None, str(error))
        return cleaned

    def words(self) -> LessonWords:
        """What was typed. Only after `is_valid`."""
        said = {field.name: self.cleaned_data[field.name] for field in fields_of(LessonWords)}
        if said["kind"] not in (LessonKind.VIDEO_EMBED, LessonKind.VIDEO) and embed_or_none(said["video_url"]) is None:
            # The field is not in sight for other kinds, so what is wrong in it cannot be put right there.
            said["video_url"] = self.lesson.video_url
        return LessonWords(**{**said, "hand_in": said["hand_in"] or self.lesson.hand_in})


def said_by(lesson: Lesson) -> dict[str, Any]:
    """The stored lesson as the form shows it, with its stamp."""
    return {**{field.name: getattr(lesson, field.name) for field in fields_of(LessonWords)}, "stamp": lesson.edit_stamp}


def as_typed(lesson: Lesson) -> dict[str, str | bool]:
    """The stored lesson as the values of the form's controls, for the script that compares them."""
    form = LessonForm(lesson=lesson)
    return {
        name: bool(form[name].value()) if isinstance(field, forms.BooleanField) else str(form[name].value() or "")
        for name, field in form.fields.items()
        if name != "stamp"
    }


def video_choices(lesson: Lesson) -> list[tuple[str, StrPromise | str]]:
    """What a lesson may show: the shelf of the course's creator, the latest on top."""
    videos = choices_of(lesson.course.creator, lesson.video_id)
    found: list[tuple[str, StrPromise | str]] = [("", _("None yet"))]
    if lesson.video_id and all(video.pk != lesson.video_id for video in videos):
        # It must stay choosable, or the rest of the lesson could not be saved; completeness says that it is gone.
        found.append((str(lesson.video_id), _("A video that is gone")))
    return found + [(str(video.pk), f"{video.name} ({clock(video.duration_ms)})" if video.duration_ms else video.name) for video in videos]


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or, without script, several; cleans to a list. What is in them is the services' matter."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, (list, tuple)) else [data] if data else []
        if not given:
            raise ValidationError(_("Choose a file."), code="required")
        return [cast(UploadedFile, one) for one in given]


class AttachmentForm(forms.Form):
    file = FilesField(
        label=_("Add files"),
        widget=FilesInput(attrs={"accept": ",".join(f".{kind}" for kind in sorted(ATTACHMENT_KINDS | {"jpeg"}))}),
    )


class PictureForm(forms.Form):
    file = forms.FileField(
        label=_("Picture"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        error_messages={"required": _("Choose a picture.")},
    )
