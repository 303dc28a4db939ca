"""What creators type about a quiz and its questions."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as fields_of
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from courses.errors import BadCourse
from courses.models import Question, QuestionKind, Quiz
from courses.services.quizzes import QuestionWords, QuizWords, apply_question_words, apply_quiz_words


class QuizForm(forms.Form):
    """A quiz without its questions, and which state of it the writer saw (`stamp`)."""

    stamp = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=160)
    description = forms.CharField(
        label=_("Introduction"),
        required=False,
        max_length=5000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands before the first question. Markdown works."),
    )
    passing_score = forms.IntegerField(label=_("Needed to pass"), error_messages={"required": _("Say between 0 and 100 per cent.")})
    time_limit_minutes = forms.IntegerField(label=_("Time limit"), required=False, help_text=_("Empty: as long as one likes."))
    allow_retakes = forms.BooleanField(label=_("Learners may try again"), required=False)
    shuffle = forms.BooleanField(label=_("Shuffle questions and answers"), required=False)
    is_required = forms.BooleanField(label=_("Needed to finish the course"), required=False)
    is_free_preview = forms.BooleanField(label=_("Free preview"), required=False, help_text=_("Anybody may take it, without an account."))

    def __init__(self, *args: Any, quiz: Quiz, **kwargs: Any) -> None:
        said = {field.name: getattr(quiz, field.name) for field in fields_of(QuizWords)}
        kwargs.setdefault("initial", {**said, "stamp": quiz.edit_stamp})
        kwargs.setdefault("auto_id", "quiz_%s")
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                apply_quiz_words(Quiz(), self.words())
            except BadCourse as error:
                self.add_error(error.field if error.field in self.fields else None, str(error))
        return cleaned

    def words(self) -> QuizWords:
        """What was typed. Only after `is_valid`."""
        return QuizWords(**{field.name: self.cleaned_data[field.name] for field in fields_of(QuizWords)})


@dataclass(frozen=True, kw_only=True)
class OptionRow:
    """One answer in the form. The id stays with it wherever it moves."""

    id: str
    text: str
    is_correct: bool


class QuestionForm(forms.Form):
    """A question, and which state of it the writer saw. Its answers come as rows: `option` (their ids in order), `text-<id>`, and
    `correct` (the ids of the right ones).
    """

    stamp = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("Kind"), choices=QuestionKind.choices)
    text = forms.CharField(label=_("Question"), required=False, max_length=5000, strip=False, widget=forms.Textarea(attrs={"rows": 3}))
    explanation = forms.CharField(
        label=_("Explanation"),
        required=False,
        max_length=5000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Shown with the result: why it is so."),
    )
    points = forms.IntegerField(label=_("Points"), error_messages={"required": _("Say between 1 and 100 points.")})
    partial_credit = forms.BooleanField(
        label=_("Part of the points for part of the answers"),
        required=False,
        help_text=_("Each wrong choice takes back what a right one earned."),
    )

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        self.question = question
        words = QuestionWords.of(question)
        names = ("kind", "text", "explanation", "points", "partial_credit")
        kwargs.setdefault("initial", {**{name: getattr(words, name) for name in names}, "stamp": question.edit_stamp})
        kwargs.setdefault("auto_id", f"{question.pk}_%s")
        super().__init__(*args, **kwargs)
        self.rows = self._typed_rows() if self.is_bound else rows_of(question)
        cast(forms.ChoiceField, self.fields["kind"]).choices = self._kinds()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                apply_question_words(Question(), self.words())
            except BadCourse as error:
                self.add_error(error.field if error.field in self.fields else None, str(error))
        return cleaned

    def words(self) -> QuestionWords:
        """What was typed. Only after `is_valid`. Of several right answers the first stays where the kind has one."""
        kind = self.cleaned_data["kind"]
        correct = [row.id for row in self.rows if row.is_correct]
        if kind == QuestionKind.TRUE_FALSE:
            correct = [name for name in correct if name in ("true", "false")]
        return QuestionWords(
            kind=kind,
            text=self.cleaned_data["text"],
            options=[{"id": row.id, "text": row.text} for row in self.rows],
            correct=correct if kind == QuestionKind.MULTI_SELECT else correct[:1],
            explanation=self.cleaned_data["explanation"],
            partial_credit=self.cleaned_data["partial_credit"],
            points=self.cleaned_data["points"],
        )

    @property
    def shown_kind(self) -> str:
        """The kind whose answers are shown: what was chosen, where it is one."""
        chosen = str(self["kind"].value())
        return chosen if chosen in QuestionKind.values else self.question.kind

    def _typed_rows(self) -> list[OptionRow]:
        typed = cast(QueryDict, self.data)
        correct, names = set(typed.getlist("correct")), typed.getlist("option")
        return [OptionRow(id=name, text=typed.get(f"text-{name}", ""), is_correct=name in correct) for name in names]

    def _kinds(self) -> list[tuple[str, Any]]:
        """True or false has answers of its own, so the written ones would be lost: it is offered while there are none."""
        is_written = self.question.kind != QuestionKind.TRUE_FALSE and any(row.text.strip() for row in self.rows)
        return [choice for choice in QuestionKind.choices if not (is_written and choice[0] == QuestionKind.TRUE_FALSE)]


def rows_of(question: Question) -> list[OptionRow]:
    return [OptionRow(id=option["id"], text=option["text"], is_correct=option["id"] in question.correct) for option in question.options]


def new_option_id() -> str:
    """One that no answer of any question had before."""
    return secrets.token_hex(4)


def rearranged(rows: Sequence[OptionRow], act: str) -> list[OptionRow]:
    """The rows after what a button asked for: "add", "remove:<id>", "up:<id>" or "down:<id>". Anything else changes nothing."""
    verb, _colon, target = act.partition(":")
    found = list(rows)
    if verb == "add":
        return [*found, OptionRow(id=new_option_id(), text="", is_correct=False)]
    at = next((place for place, row in enumerate(found) if row.id == target), None)
    if at is None:
        return found
    row = found.pop(at)
    if verb == "up":
        found.insert(max(0, at - 1), row)
    elif verb == "down":
        found.insert(at + 1, row)
    elif verb != "remove":
        found.insert(at, row)
    return found


def blank_words(kind: str) -> QuestionWords:
    """A new question with room for two answers."""
    blank = QuestionWords(text="", kind=kind)
    if kind == QuestionKind.TRUE_FALSE:
        return blank
    return replace(blank, options=[{"id": new_option_id(), "text": ""}, {"id": new_option_id(), "text": ""}])
