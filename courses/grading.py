"""Scoring answers. Pure: no database, no clock.

An answered question with one right answer (multiple choice, true/false) earns its points or nothing. One with several right
answers earns them for exactly the right set; with partial credit it earns the share (right chosen - wrong chosen) / right,
never below zero, so that ticking everything earns nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from courses.content import QuestionContent, QuizContent
from courses.models import QuestionKind

CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class QuestionGrade:
    """`points` of `most`, both in points of the quiz; `is_right` only for all of them."""

    question: QuestionContent
    chosen: tuple[str, ...]
    points: Decimal
    most: int

    @property
    def is_right(self) -> bool:
        return self.points == self.most


@dataclass(frozen=True, kw_only=True)
class Grade:
    """`percentage` has two decimals, rounded half up; `is_passed` compares the exact share with the passing score."""

    questions: tuple[QuestionGrade, ...]
    points: Decimal
    most: int
    percentage: Decimal
    is_passed: bool


def grade_quiz(quiz: QuizContent, answers: Mapping[str, Sequence[str]]) -> Grade:
    """Grade `answers` (question id → chosen option ids). What the quiz does not have is ignored; no answer is a wrong one."""
    graded = tuple(_grade(question, answers.get(question.id, ())) for question in quiz.questions)
    points = sum((entry.points for entry in graded), Decimal(0))
    most = sum(entry.most for entry in graded)
    share = points * 100 / most if most else Decimal(0)
    return Grade(
        questions=graded,
        points=points.quantize(CENT, ROUND_HALF_UP),
        most=most,
        percentage=share.quantize(CENT, ROUND_HALF_UP),
        is_passed=share >= quiz.passing_score,
    )


def _grade(question: QuestionContent, given: Sequence[str]) -> QuestionGrade:
    known = {option.id for option in question.options}
    chosen = tuple(dict.fromkeys(option for option in given if option in known))
    right = set(question.correct)
    points = Decimal(0)
    if right and set(chosen) == right:
        points = Decimal(question.points)
    elif question.kind == QuestionKind.MULTI_SELECT and question.partial_credit and right:
        hits = len(right & set(chosen)) - len(set(chosen) - right)
        points = Decimal(question.points) * max(0, hits) / len(right)
    return QuestionGrade(question=question, chosen=chosen, points=points, most=question.points)
