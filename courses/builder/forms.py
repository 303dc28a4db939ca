"""What creators type about a course, a module and a version."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from courses.errors import BadCourse
from courses.limits import LONGEST_SENTENCE, MOST_SENTENCES
from courses.models import Completion, Course, Level, Module
from courses.services.courses import CourseWords
from courses.services.modules import ModuleWords
from courses.texts import clean_sentences

LANGUAGES = sorted(((code, name) for code, name in settings.LANGUAGES), key=lambda pair: str(pair[1]))


class SentencesField(forms.CharField):
    """One sentence per line; cleans to a list of them."""

    def __init__(self, **kwargs: Any) -> None:
        longest = MOST_SENTENCES * (LONGEST_SENTENCE + 2)
        super().__init__(required=False, max_length=longest, widget=forms.Textarea(attrs={"rows": 4}), **kwargs)
        # One that says how much is left would count lines that are cleaned away.
        self.widget.attrs.pop("maxlength", None)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> list[str]:
        text: str = super().clean(value)
        try:
            return clean_sentences(text.splitlines(), field="")
        except BadCourse as refusal:
            raise ValidationError(str(refusal)) from refusal


class NewCourseForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("What is it called?"),
        max_length=120,
        error_messages={"required": gettext_lazy("Give it a title; you can change it later.")},
    )


class CourseForm(forms.Form):
    """Everything about a course as a whole. `words()` is what it means."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120, error_messages={"required": gettext_lazy("Give it a title.")})
    outcomes = SentencesField(
        label=gettext_lazy("What one learns"),
        help_text=gettext_lazy(
            "One per line, such as “Draw a letter that holds at 12 pixels”. Stands on the course's page and on certificates."
        ),
    )
    prerequisites = SentencesField(label=gettext_lazy("What one needs to know before"), help_text=gettext_lazy("One per line."))
    audience = SentencesField(label=gettext_lazy("Whom it is for"), help_text=gettext_lazy("One per line."))
    level = forms.ChoiceField(label=gettext_lazy("Level"), choices=Level.choices)
    language = forms.ChoiceField(label=gettext_lazy("Language of the course"), choices=LANGUAGES)
    completion = forms.ChoiceField(
        label=gettext_lazy("When is it finished?"),
        choices=Completion.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("A new rule counts from the next version on. Who has finished stays finished."),
    )
    gives_certificate = forms.BooleanField(
        label=gettext_lazy("Whoever finishes gets a certificate"),
        required=False,
        help_text=gettext_lazy("A page and a PDF with your name and theirs, which anybody can verify."),
    )

    def __init__(self, data: Any = None, *, course: Course) -> None:
        words = CourseWords.of(course)
        super().__init__(data, initial={name: getattr(words, name) for name in CourseWords.__dataclass_fields__})
        known = {code for code, _name in LANGUAGES}
        if course.language not in known:
            # An import may bring a language that the site itself does not speak.
            cast(forms.ChoiceField, self.fields["language"]).choices = [*LANGUAGES, (course.language, course.language)]

    def words(self) -> CourseWords:
        return CourseWords(**self.cleaned_data)


class ModuleForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=160, error_messages={"required": gettext_lazy("Give it a title.")})
    description = forms.CharField(
        label=gettext_lazy("What it is about"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("A sentence or two above its lessons."),
    )
    is_free_preview = forms.BooleanField(
        label=gettext_lazy("Free preview"),
        required=False,
        help_text=gettext_lazy("Anybody may take the whole module without buying."),
    )

    def __init__(self, data: Any = None, *, module: Module) -> None:
        words = ModuleWords.of(module)
        super().__init__(data, initial={name: getattr(words, name) for name in ModuleWords.__dataclass_fields__})

    def words(self) -> ModuleWords:
        return ModuleWords(**self.cleaned_data)


class TitleForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=160, error_messages={"required": gettext_lazy("Give it a title.")})


class NewPartForm(forms.Form):
    """A lesson or a quiz at the end of a module."""

    KINDS = (
        ("text", gettext_lazy("Text")),
        ("video", gettext_lazy("Video")),
        ("video_embed", gettext_lazy("Video from elsewhere")),
        ("exercise", gettext_lazy("Exercise")),
        ("quiz_inline", gettext_lazy("Quiz in a lesson")),
        ("quiz", gettext_lazy("Quiz at the end of the module")),
    )
    kind = forms.ChoiceField(choices=KINDS)
    title = forms.CharField(max_length=160)


class PublishForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("What is new?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("For yourself and for learners who come back."),
    )


class PlaceForm(forms.Form):
    """Where a part goes: `to` one step, or into a module at a position."""

    stamp = forms.IntegerField(min_value=0)
    to = forms.ChoiceField(choices=(("up", "up"), ("down", "down")), required=False)
    module = forms.UUIDField(required=False)
    position = forms.IntegerField(min_value=0, required=False)
