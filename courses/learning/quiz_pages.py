"""What pages show of a quiz. Pure but for `panel_context`: the builder's preview and the trial of a free quiz show the same.

Before an attempt is handed in a page gets `AskedQuestion`s, which hold neither right answers nor explanations; afterwards
`ReviewedQuestion`s.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from courses.content import QuestionContent, QuizContent
from courses.grading import Grade, QuestionGrade, grade_quiz
from courses.learning.access import Standing
from courses.learning.models import QuizAttempt
from courses.learning.selectors_quizzes import attempts_at, published_quiz
from courses.learning.services.attempts import end_if_over
from courses.models import QuestionKind
from courses.outline import LessonEntry, Outline, QuizEntry
from kit.markdown import render_lesson

Arrangement = Sequence[Sequence[Any]]
Answers = Mapping[str, Sequence[str]]

_ONE_PARAGRAPH = re.compile(r"<p>(?P<words>(?:(?!</?p>).)*)</p>\s*", re.DOTALL)

VERDICTS: dict[str, str | Promise] = {
    "right": _("Right"),
    "partly": _("Partly right"),
    "wrong": _("Not right"),
    "unanswered": _("Not answered"),
}


@dataclass(frozen=True, kw_only=True)
class AskedOption:
    id: str
    html: SafeString
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class AskedQuestion:
    """`was` names the options that were chosen when the page was made, with commas between: a page that is sent changes only
    what was changed in it.
    """

    id: str
    number: int
    html: SafeString
    options: tuple[AskedOption, ...]
    takes_many: bool
    points: int

    @property
    def was(self) -> str:
        return ",".join(option.id for option in self.options if option.is_chosen)


@dataclass(frozen=True, kw_only=True)
class ReviewedOption:
    html: SafeString
    is_chosen: bool
    is_correct: bool


@dataclass(frozen=True, kw_only=True)
class ReviewedQuestion:
    """`verdict` is a key of `VERDICTS`."""

    id: str
    number: int
    html: SafeString
    options: tuple[ReviewedOption, ...]
    takes_many: bool
    verdict: str
    grade: QuestionGrade
    explanation: SafeString

    @property
    def verdict_words(self) -> str | Promise:
        return VERDICTS[self.verdict]


@dataclass(frozen=True, kw_only=True)
class Review:
    grade: Grade
    questions: tuple[ReviewedQuestion, ...]

    @property
    def right(self) -> int:
        """How many questions earned all of their points."""
        return sum(question.verdict == "right" for question in self.questions)


def ask(quiz: QuizContent, arrangement: Arrangement, answers: Answers) -> list[AskedQuestion]:
    """The questions in the order of an attempt, with what was chosen so far."""
    asked = []
    for number, (question, options) in enumerate(_arranged(quiz, arrangement), 1):
        chosen = answers.get(question.id, ())
        asked.append(
            AskedQuestion(
                id=question.id,
                number=number,
                html=render_lesson(question.text),
                options=tuple(AskedOption(id=pk, html=option_html(text), is_chosen=pk in chosen) for pk, text in options),
                takes_many=question.kind == QuestionKind.MULTI_SELECT,
                points=question.points,
            )
        )
    return asked


def review(quiz: QuizContent, arrangement: Arrangement, answers: Answers) -> Review:
    """The graded questions in the order of an attempt. For handed-in answers only: it shows the right ones."""
    grade = grade_quiz(quiz, answers)
    graded = {entry.question.id: entry for entry in grade.questions}
    questions = []
    for number, (question, options) in enumerate(_arranged(quiz, arrangement), 1):
        entry = graded[question.id]
        questions.append(
            ReviewedQuestion(
                id=question.id,
                number=number,
                html=render_lesson(question.text),
                options=tuple(
                    ReviewedOption(html=option_html(text), is_chosen=pk in entry.chosen, is_correct=pk in question.correct)
                    for pk, text in options
                ),
                takes_many=question.kind == QuestionKind.MULTI_SELECT,
                verdict=_verdict(entry),
                grade=entry,
                explanation=render_lesson(question.explanation) if question.explanation else SafeString(""),
            )
        )
    return Review(grade=grade, questions=tuple(questions))


def read_answers(sent: QueryDict, arrangement: Arrangement) -> dict[str, list[str]]:
    """What was changed in a page of questions: `q-<id>` holds the chosen options, `was-<id>` those of when the page was made.

    Questions that were not on the page, or stand as they stood, are left out: an old tab does not undo what another one saved.
    """
    changed = {}
    for question, _options in arrangement:
        was, now = sent.get(f"was-{question}"), sent.getlist(f"q-{question}")
        # Both in the order of the page; put together, since an id that was imported may hold a comma.
        if (was is not None or now) and (was or "") != ",".join(now):
            changed[question] = now
    return changed


def seconds_left(attempt: QuizAttempt, now: datetime | None = None) -> int | None:
    """Whole seconds until the deadline by the server's clock, never below zero; None without a time limit."""
    if attempt.deadline_at is None:
        return None
    return max(0, math.ceil((attempt.deadline_at - (now or timezone.now())).total_seconds()))


def option_html(text: str) -> SafeString:
    """An answer's Markdown where it is a single line of it, else its plain words: it stands beside a button to press."""
    single = _ONE_PARAGRAPH.fullmatch(render_lesson(text))
    return mark_safe(single["words"] if single else escape(text))  # noqa: S308 - cleaned by the renderer, or escaped


def step_of(outline: Outline, entry: QuizEntry) -> LessonEntry | QuizEntry:
    """Where the quiz stands among the steps: the lesson that it is inside of, else itself."""
    return next((lesson for lesson in outline.lessons() if lesson.quiz and lesson.quiz.id == entry.id), entry)


def needs_account(standing: Standing, content: QuizContent) -> bool:
    """Whether somebody has to sign in to take a quiz that is open to them: one that is taken once keeps what was answered (R157)."""
    return standing.user is None and not content.allow_retakes


def panel_context(standing: Standing, entry: QuizEntry) -> dict[str, Any]:
    """What `courses/learning/_quiz_panel.html` shows: introduction, facts, attempts so far, the way to begin.

    One query for learners (and one for a quiz that the process has not met yet), none for visitors. For an inline quiz the lesson's
    page does `{% include "courses/learning/_quiz_inline.html" with panel=panel %}`, `panel` being this.
    """
    content = published_quiz(entry)
    is_kept = standing.is_learner_of(entry)
    attempts = attempts_at(standing.enrolment, entry.id) if standing.enrolment and is_kept else []
    attempts = [end_if_over(attempt) for attempt in attempts]
    done = [attempt for attempt in attempts if attempt.completed_at]
    return {
        "course": standing.course,
        "quiz": entry,
        "content": content,
        "introduction": render_lesson(content.description) if content.description else "",
        "points": sum(question.points for question in content.questions),
        "attempts": done,
        "open_attempt": next((attempt for attempt in attempts if attempt.completed_at is None), None),
        "best": max(done, key=lambda attempt: attempt.percentage or 0, default=None),
        "is_passed": any(attempt.is_passed for attempt in done),
        "may_start": content.allow_retakes or not attempts,
        "is_kept": is_kept,
        "needs_account": needs_account(standing, content),
        "reason": standing.reason.value,
    }


def _arranged(quiz: QuizContent, arrangement: Arrangement) -> list[tuple[QuestionContent, list[tuple[str, str]]]]:
    """Questions with (id, text) of their options, in this order; what the quiz does not have is left out."""
    by_id = {question.id: question for question in quiz.questions}
    found = []
    for pk, options in arrangement:
        if question := by_id.get(pk):
            texts = {option.id: option.text for option in question.options}
            found.append((question, [(option, texts[option]) for option in options if option in texts]))
    return found


def _verdict(grade: QuestionGrade) -> str:
    if grade.is_right:
        return "right"
    if not grade.chosen:
        return "unanswered"
    return "partly" if grade.points else "wrong"
