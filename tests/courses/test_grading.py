"""Scores: whole points, nothing, or a part where the creator asks for it (R156, R159, R160)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from courses.content import OptionContent, QuestionContent, QuizContent
from courses.grading import grade_quiz


def question(
    kind: str = "multiple_choice", *, name: str = "q", correct: tuple[str, ...] = ("a",), partial: bool = False, points: int = 1
) -> QuestionContent:
    options = tuple(OptionContent(id=entry, text=entry) for entry in "abcd")
    return QuestionContent(id=name, kind=kind, text="?", options=options, correct=correct, partial_credit=partial, points=points)


def quiz(*questions: QuestionContent, passing: int = 70) -> QuizContent:
    return QuizContent(
        id="z",
        kind="course",
        title="Z",
        description="",
        passing_score=passing,
        allow_retakes=True,
        shuffle=False,
        time_limit_minutes=None,
        is_required=True,
        questions=questions,
    )


@pytest.mark.parametrize(
    ("chosen", "partial", "points"),
    [
        (["a", "b", "c"], True, "3"),
        (["a", "b"], True, "2"),
        (["a", "b", "d"], True, "1"),
        (["a", "d"], True, "0"),
        (["a", "b", "c", "d"], True, "2"),
        (["a", "b"], False, "0"),
        (["c", "b", "a", "a"], False, "3"),
        ([], True, "0"),
        (["nonsense"], True, "0"),
    ],
)
def test_several_right_answers(chosen: list[str], partial: bool, points: str) -> None:
    grade = grade_quiz(quiz(question("multi_select", correct=("a", "b", "c"), partial=partial, points=3)), {"q": chosen})
    assert grade.points == Decimal(points)


def test_one_right_answer_earns_all_or_nothing() -> None:
    content = quiz(question(), question(name="r", correct=("b",), points=2))
    grade = grade_quiz(content, {"q": ["a"], "r": ["a"], "unknown": ["a"]})
    assert (grade.points, grade.most, grade.percentage, grade.is_passed) == (Decimal(1), 3, Decimal("33.33"), False)
    assert [entry.is_right for entry in grade.questions] == [True, False]
    assert not grade_quiz(quiz(question()), {"q": ["a", "b"]}).is_passed


def test_the_passing_score_is_compared_exactly() -> None:
    content = quiz(*(question(name=str(number)) for number in range(3)), passing=67)
    grade = grade_quiz(content, {"0": ["a"], "1": ["a"]})
    assert grade.percentage == Decimal("66.67")
    assert not grade.is_passed
