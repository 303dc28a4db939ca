"""Read models for those who teach: who takes the course, how far they came, what waits. Constant queries however many learn.

People are named by their display names; e-mail addresses stay theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max, Q, QuerySet, Sum

from courses.certificates.models import Certificate
from courses.learning.models import Enrolment, LessonProgress, QuizAttempt, Submission
from courses.models import Course
from courses.outline import LessonEntry, ModuleEntry, Outline, QuizEntry, version_outline
from courses.teaching.querysets import SORTS, STATES, named, taking

_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """How many take the course, by state, and what they did together. `progress` is the mean, in per cent."""

    learners: int
    states: dict[str, int]
    progress: int
    hours: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """One learner in the table. `average` is the mean of the best try at each quiz, in per cent; None without any."""

    enrolment: Enrolment
    average: Decimal | None
    certificate: Certificate | None


def crowd_of(course: Course) -> Crowd:
    """One query."""
    counts = {f"n_{state}": Count("pk", filter=rule) for state, rule in STATES.items()}
    found = taking(course).aggregate(n=Count("pk"), percent=Sum("progress"), seconds=Sum("seconds_spent"), **counts)
    total = found["n"]
    return Crowd(
        learners=total,
        states={state: found[f"n_{state}"] for state in STATES},
        progress=round((found["percent"] or 0) / total) if total else 0,
        hours=(found["seconds"] or 0) // 3600,
    )


def learners_of(course: Course, *, words: str = "", state: str = "", sort: str = "activity") -> QuerySet[Enrolment]:
    """Those who take the course; `state` is one of `STATES` or none, `sort` one of `SORTS`."""
    found = named(taking(course), words).filter(STATES.get(state, Q()))
    return found.select_related("user__profile", "last_lesson", "certificate").order_by(*SORTS.get(sort, SORTS["activity"]))


def rows_of(enrolments: Sequence[Enrolment]) -> list[Row]:
    """One query more, whatever their number."""
    averages = quiz_averages(enrolments)
    return [
        Row(enrolment=enrolment, average=averages.get(enrolment.pk), certificate=getattr(enrolment, "certificate", None))
        for enrolment in enrolments
    ]


def rows_in_batches(enrolments: QuerySet[Enrolment]) -> Iterator[Row]:
    """All of them, without holding them at once."""
    batch: list[Enrolment] = []
    for enrolment in enrolments.iterator(chunk_size=_BATCH):
        batch.append(enrolment)
        if len(batch) == _BATCH:
            yield from rows_of(batch)
            batch = []
    yield from rows_of(batch)


def quiz_averages(enrolments: Iterable[Enrolment]) -> dict[int, Decimal]:
    """By enrolment, the mean of the best try at each quiz. One query."""
    best = (
        QuizAttempt.objects.completed()
        .filter(enrolment__in=[enrolment.pk for enrolment in enrolments])
        .order_by()
        .values("enrolment", "quiz")
        .annotate(best=Max("percentage"))
        .values_list("enrolment", "best")
    )
    scores: dict[int, list[Decimal]] = defaultdict(list)
    for enrolment, score in best:
        scores[enrolment].append(score)
    return {enrolment: sum(found, Decimal(0)) / len(found) for enrolment, found in scores.items()}


@dataclass(frozen=True, kw_only=True)
class QuizStanding:
    """One quiz as somebody stands with it: the best try in per cent, how many tries, and whether one passed."""

    entry: QuizEntry
    tries: int
    best: Decimal | None
    is_passed: bool


@dataclass(frozen=True, kw_only=True)
class LessonStanding:
    entry: LessonEntry
    progress: LessonProgress | None
    quiz: QuizStanding | None


@dataclass(frozen=True, kw_only=True)
class ModuleStanding:
    entry: ModuleEntry
    lessons: list[LessonStanding]
    quizzes: list[QuizStanding]
    done: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where one learner stands in the course as it is now."""

    modules: list[ModuleStanding]
    quizzes: list[QuizStanding]
    submissions: list[Submission]


def standing_of(enrolment: Enrolment, course: Course) -> Standing:
    """Three queries."""
    outline = outline_of(course)
    progress = {str(row.lesson_id): row for row in LessonProgress.objects.filter(enrolment=enrolment)}
    tries: dict[str, list[QuizAttempt]] = defaultdict(list)
    for attempt in QuizAttempt.objects.completed().filter(enrolment=enrolment).defer("arrangement", "answers"):
        tries[str(attempt.quiz_id)].append(attempt)

    def quiz_standing(entry: QuizEntry) -> QuizStanding:
        made = tries.get(entry.id, [])
        best = max((attempt.percentage for attempt in made if attempt.percentage is not None), default=None)
        return QuizStanding(entry=entry, tries=len(made), best=best, is_passed=any(attempt.is_passed for attempt in made))

    modules = []
    for module in outline.modules:
        lessons = [
            LessonStanding(entry=entry, progress=progress.get(entry.id), quiz=quiz_standing(entry.quiz) if entry.quiz else None)
            for entry in module.lessons
        ]
        done = sum(1 for lesson in lessons if lesson.progress and lesson.progress.completed_at)
        modules.append(ModuleStanding(entry=module, lessons=lessons, quizzes=[quiz_standing(quiz) for quiz in module.quizzes], done=done))
    submissions = Submission.objects.filter(enrolment=enrolment).select_related("lesson").order_by("-submitted_at")
    return Standing(modules=modules, quizzes=[quiz_standing(quiz) for quiz in outline.quizzes], submissions=list(submissions))


def outline_of(course: Course) -> Outline:
    """What learners take now; nothing before the first publishing."""
    return version_outline(course.current_version_id) if course.current_version_id else Outline(modules=())
