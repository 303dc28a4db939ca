"""Where learners stop, and which questions they get wrong."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from django.db import connection
from django.db.models import Avg, Count, Q

from courses.content import QuestionContent, QuizContent, read_quiz_content
from courses.grading import grade_quiz
from courses.learning.models import Enrolment, LessonProgress, QuizAttempt
from courses.models import Course, QuizRevision
from courses.outline import LessonEntry, ModuleEntry
from courses.teaching.querysets import taking
from courses.teaching.selectors import outline_of

FEWEST_ANSWERS: Final = 3
"""A question that fewer people met says nothing yet."""
MOST_QUESTIONS: Final = 12


@dataclass(frozen=True, kw_only=True)
class LessonReach:
    """`opened` and `finished` count learners; `minutes` is the mean time of those who opened it, None without any.

    `lost` counts those who finished the lesson before and did not finish this one.
    """

    entry: LessonEntry
    number: int
    opened: int
    finished: int
    lost: int
    minutes: int | None
    opened_share: int
    finished_share: int


@dataclass(frozen=True, kw_only=True)
class ModuleReach:
    """Shares are the means of its lessons'."""

    entry: ModuleEntry
    number: int
    lessons: list[LessonReach]
    opened_share: int
    finished_share: int


@dataclass(frozen=True, kw_only=True)
class Reach:
    """`learners` is the whole that shares are of; `steepest` the lesson that lost most, None when none did."""

    learners: int
    modules: list[ModuleReach]
    steepest: LessonReach | None


def reach_of(course: Course) -> Reach:
    """How many learners came how far, lesson by lesson, in the course as it is now. Two queries."""
    learners = taking(course).filter(revoked_at__isnull=True)
    total = learners.count()
    counts = {
        str(row["lesson"]): row
        for row in LessonProgress.objects.filter(enrolment__in=learners)
        .values("lesson")
        .annotate(opened=Count("pk"), finished=Count("completed_at"), seconds=Avg("seconds_spent"))
    }
    modules, before, number = [], total, 0
    for at, module in enumerate(outline_of(course).modules, start=1):
        lessons = []
        for entry in module.lessons:
            number += 1
            row = counts.get(entry.id)
            opened, finished = (row["opened"], row["finished"]) if row else (0, 0)
            lessons.append(
                LessonReach(
                    entry=entry,
                    number=number,
                    opened=opened,
                    finished=finished,
                    lost=max(0, before - finished),
                    minutes=round(float(row["seconds"] or 0) / 60) if row else None,
                    opened_share=_share(opened, total),
                    finished_share=_share(finished, total),
                )
            )
            before = finished
        opened_mean, finished_mean = (
            round(sum(values) / max(1, len(lessons)))
            for values in ([lesson.opened_share for lesson in lessons], [lesson.finished_share for lesson in lessons])
        )
        modules.append(ModuleReach(entry=module, number=at, lessons=lessons, opened_share=opened_mean, finished_share=finished_mean))
    # Before the first lesson nobody "stopped": not having begun is told elsewhere.
    found = [lesson for module in modules for lesson in module.lessons][1:]
    steepest = max(found, key=lambda lesson: lesson.lost, default=None)
    return Reach(learners=total, modules=modules, steepest=steepest if steepest and steepest.lost else None)


@dataclass(frozen=True, kw_only=True)
class HardQuestion:
    """How a question went at everybody's first try. Shares in whole per cent of those who met it; no answer counts as wrong."""

    question: QuestionContent
    quiz_title: str
    quiz_id: str
    asked: int
    wrong: int
    wrong_share: int
    pitfall: str
    pitfall_share: int


@dataclass(frozen=True, kw_only=True)
class QuizFigures:
    """`passed_share` of the learners who tried; `average` of all first tries, in per cent."""

    quiz_id: str
    title: str
    learners: int
    tries: int
    passed_share: int
    average: int


def hard_questions(course: Course) -> list[HardQuestion]:
    """The questions that most get wrong at their first try, hardest first. Three queries, whatever the number of attempts.

    Answers are counted in the database by revision, question and choice; each different choice is graded once, by the text
    that its learner saw. Shown is the newest text.
    """
    asked = _asked_by_revision(course)
    quizzes = {row.pk: read_quiz_content(row.content) for row in QuizRevision.objects.filter(pk__in=asked).order_by("pk")}
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    for pk, quiz in quizzes.items():
        for question in quiz.questions:
            tallies[question.id].meet(quiz, question, times=asked[pk])
    for pk, question_id, chosen, times in _choices(course):
        tallies[question_id].count(quizzes[pk], chosen, times)
    found = [tally.result() for tally in tallies.values() if tally.asked >= FEWEST_ANSWERS]
    hard = [question for question in found if question.wrong]
    return sorted(hard, key=lambda question: (-question.wrong_share, -question.asked, question.question.id))[:MOST_QUESTIONS]


def quiz_figures(course: Course) -> list[QuizFigures]:
    """Each quiz of the course as it is now, in order; without those that nobody tried. One query."""
    rows = {
        str(row["quiz"]): row
        for row in QuizAttempt.objects.completed()
        .filter(enrolment__in=taking(course))
        .order_by()
        .values("quiz")
        .annotate(
            tries=Count("pk"),
            learners=Count("enrolment", distinct=True),
            passed=Count("enrolment", distinct=True, filter=Q(is_passed=True)),
            average=Avg("percentage", filter=Q(number=1)),
        )
    }
    return [
        QuizFigures(
            quiz_id=entry.id,
            title=entry.title,
            learners=rows[entry.id]["learners"],
            tries=rows[entry.id]["tries"],
            passed_share=_share(rows[entry.id]["passed"], rows[entry.id]["learners"]),
            average=round(rows[entry.id]["average"] or 0),
        )
        for entry in outline_of(course).all_quizzes()
        if entry.id in rows
    ]


class _Tally:
    """One question, over all the revisions in which it was asked."""

    def __init__(self) -> None:
        self.asked = self.right = 0
        self.question: QuestionContent | None = None
        self.quiz: QuizContent | None = None
        self.wrong_options: Counter[str] = Counter()

    def meet(self, quiz: QuizContent, question: QuestionContent, *, times: int) -> None:
        self.quiz, self.question = quiz, question
        self.asked += times

    def count(self, quiz: QuizContent, chosen: list[str], times: int) -> None:
        question = next((entry for entry in quiz.questions if self.question and entry.id == self.question.id), None)
        if question is None:
            return
        [grade] = grade_quiz(replace(quiz, questions=(question,)), {question.id: chosen}).questions
        if grade.is_right:
            self.right += times
        else:
            self.wrong_options.update({option: times for option in grade.chosen if option not in question.correct})

    def result(self) -> HardQuestion:
        question, quiz = self.question, self.quiz
        if question is None or quiz is None:
            raise ValueError("a tally without a question")
        texts = {option.id: option.text for option in question.options}
        wrong = max(0, self.asked - self.right)
        option, times = next(((option, times) for option, times in self.wrong_options.most_common() if option in texts), ("", 0))
        return HardQuestion(
            question=question,
            quiz_title=quiz.title,
            quiz_id=quiz.id,
            asked=self.asked,
            wrong=wrong,
            wrong_share=_share(wrong, self.asked),
            pitfall=texts.get(option, ""),
            pitfall_share=_share(times, self.asked),
        )


def _asked_by_revision(course: Course) -> dict[int, int]:
    """How many first tries saw each revision."""
    first = QuizAttempt.objects.completed().filter(enrolment__in=taking(course), number=1)
    return dict(first.order_by().values_list("revision").annotate(n=Count("pk")))


def _choices(course: Course) -> Iterable[tuple[int, str, list[str], int]]:
    """(revision, question, chosen options, how often) of all first tries. Written by hand: the ORM cannot open a JSON object into rows."""
    sql = f"""
        SELECT attempt.revision_id, answer.key, answer.value, count(*)
        FROM {QuizAttempt._meta.db_table} attempt
        JOIN {Enrolment._meta.db_table} enrolment ON enrolment.id = attempt.enrolment_id
        CROSS JOIN LATERAL jsonb_each(attempt.answers) answer
        WHERE enrolment.course_id = %s AND enrolment.source <> %s AND attempt.number = 1 AND attempt.completed_at IS NOT NULL
        GROUP BY attempt.revision_id, answer.key, answer.value
    """  # noqa: S608 - the tables' names are ours
    with connection.cursor() as cursor:
        cursor.execute(sql, [course.pk, Enrolment.Source.PREVIEW])
        rows = cursor.fetchall()
    return [(revision, question, _options(value), times) for revision, question, value, times in rows]


def _options(value: object) -> list[str]:
    parsed = json.loads(value) if isinstance(value, str) else value
    return [str(option) for option in parsed] if isinstance(parsed, list) else []


def _share(part: int, whole: int) -> int:
    return round(part * 100 / whole) if whole else 0
