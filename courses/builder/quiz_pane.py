"""What the pane of a quiz shows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from courses.builder.forms_quiz import QuestionForm
from courses.completeness import question_lacks
from courses.models import Question, Quiz
from kit.markdown import plain


@dataclass(kw_only=True)
class QuestionCard:
    """A question in the list: closed, or open with its form. `other` is what another window stored, where both are shown; `focus`
    the id of the control that is to be written in first.
    """

    question: Question
    form: QuestionForm | None = None
    other: Question | None = None
    focus: str = ""

    @property
    def is_open(self) -> bool:
        return self.form is not None

    @property
    def words(self) -> str:
        return plain(self.question.text, 140)

    @property
    def lacks(self) -> str:
        """What it still needs, as a sentence; "" when it is whole."""
        return question_lacks(self.question)


def card_of(question: Question, *, is_open: bool = False, focus: str = "") -> QuestionCard:
    return QuestionCard(question=question, form=QuestionForm(question=question) if is_open else None, focus=focus)


def cards_of(quiz: Quiz, *, opened: Collection[str] = ()) -> list[QuestionCard]:
    """Every present question in order; those in `opened` (ids) with their forms. One query."""
    questions = Question.objects.present().filter(quiz=quiz).order_by("position")
    return [card_of(question, is_open=str(question.pk) in opened) for question in questions]
