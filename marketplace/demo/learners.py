"""Those who bought the demo courses learn in them: lessons done, quizzes tried and passed, notes, exercises, certificates.

The rows are what the services of learning would have left behind, dated in the past; answers are graded by the grading that
learners meet, progress is measured by the rule of the course, and certificates are issued by their service.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.certificates.services.issuing import issue_certificate
from courses.content import QuestionContent, QuizContent, read_quiz_content
from courses.grading import grade_quiz
from courses.learning.completion import measure, version_aim
from courses.learning.models import Enrolment, LessonProgress, Note, QuizAttempt, Submission
from courses.models import Course, QuizRevision
from courses.outline import LessonEntry, Outline, QuizEntry, version_outline
from marketplace.courseware.fulfilment import SOURCES
from marketplace.demo.syllabus import FOLDER
from marketplace.models import Product
from marketplace.orders.models import Entitlement

SEED: Final = 20260802
MOST_TRIES: Final = 3


@dataclass(frozen=True, kw_only=True)
class Written:
    """What `content/courses/<slug>/learners.toml` says about one learner. `reach` is a share of the steps."""

    reach: float | None = None
    notes: list[dict[str, Any]] = field(default_factory=list)
    submissions: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def ensure_learners(products: Iterable[Product]) -> int:
    """Enrol everybody who has one of these courses and is not enrolled yet. Returns how many were enrolled now."""
    count = 0
    for product in products:
        course = Course.objects.select_related("current_version", "creator").get(listing__product=product)
        known = set(Enrolment.objects.filter(course=course).values_list("user_id", flat=True))
        holders = Entitlement.objects.filter(product=product).exclude(user__in=known).select_related("user").order_by("granted_at", "pk")
        newcomers = {entitlement.user_id: entitlement for entitlement in holders}
        if newcomers:
            Classroom(course, random.Random(f"{SEED}:{course.slug}")).admit(newcomers.values())  # noqa: S311 - the same demo every time
        count += len(newcomers)
    return count


class Classroom:
    """One course and those who begin it: rows are gathered first and written together."""

    def __init__(self, course: Course, dice: random.Random) -> None:
        assert course.current_version_id is not None
        self.course, self.dice = course, dice
        self.outline: Outline = version_outline(course.current_version_id)
        self.aim = version_aim(course.current_version_id)
        self.written = read_learners(course.slug)
        revisions = QuizRevision.objects.in_bulk([quiz.revision for quiz in self.outline.all_quizzes()])
        self.quizzes: dict[str, QuizContent] = {
            quiz.id: read_quiz_content(revisions[quiz.revision].content) for quiz in self.outline.all_quizzes() if quiz.revision
        }
        self.rows: list[LessonProgress] = []
        self.attempts: list[QuizAttempt] = []
        self.notes: list[Note] = []
        self.submissions: list[Submission] = []
        self.finished: list[Enrolment] = []

    def admit(self, entitlements: Iterable[Entitlement]) -> None:
        """Enrol each holder, let them learn, and write it all down."""
        learners = [(entitlement, self._enrol(entitlement)) for entitlement in entitlements]
        Enrolment.objects.bulk_create(enrolment for _entitlement, enrolment in learners)
        for entitlement, enrolment in learners:
            self._learn(enrolment, entitlement.user)
        LessonProgress.objects.bulk_create(self.rows)
        QuizAttempt.objects.bulk_create(self.attempts)
        Submission.objects.bulk_create(self.submissions)
        for note in self.notes:
            at = note.created_at
            note.save(force_insert=True)
            Note.objects.filter(pk=note.pk).update(created_at=at, updated_at=at)
        counted = ["lessons_completed", "lessons_total", "progress", "seconds_spent", "last_lesson", "last_activity_at", "completed_at"]
        Enrolment.objects.bulk_update([enrolment for _entitlement, enrolment in learners], counted)
        for enrolment in self.finished:
            issue_certificate(enrolment)

    def _enrol(self, entitlement: Entitlement) -> Enrolment:
        return Enrolment(
            user=entitlement.user,
            course=self.course,
            source=SOURCES[entitlement.source],
            grant_ref=str(entitlement.pk),
            enrolled_at=entitlement.granted_at,
            last_activity_at=entitlement.granted_at,
            revoked_at=entitlement.revoked_at,
            lessons_total=self.aim.lessons_total,
        )

    def _learn(self, enrolment: Enrolment, user: User) -> None:
        """So many steps between the day of enrolling and now (or the day on which it was taken back)."""
        written = self.written.get(user.username, Written())
        end = min(enrolment.revoked_at or timezone.now() - timedelta(minutes=self.dice.randint(15, 2000)), timezone.now())
        reach = written.reach if written.reach is not None else self.dice.betavariate(0.9, 1.1)
        if enrolment.revoked_at:
            reach = min(reach, 0.15)
        steps = self.outline.steps[: round(len(self.outline.steps) * reach)]
        begin = enrolment.enrolled_at
        weeks = timedelta(days=self.dice.uniform(6, 30))
        pace = (min(end, begin + weeks) - begin) / (len(steps) + 1)
        if not steps or pace <= timedelta(0):
            return
        passed: set[str] = set()
        done: set[str] = set()
        for number, step in enumerate(steps, 1):
            at = begin + pace * (number - self.dice.uniform(0.0, 0.6))
            quiz = step if isinstance(step, QuizEntry) else step.quiz
            if quiz is not None and self._try(enrolment, quiz, at):
                passed.add(quiz.id)
            if isinstance(step, LessonEntry):
                done.add(step.id)
                self._read(enrolment, step, at, written)
            enrolment.last_activity_at = max(enrolment.last_activity_at, at)
        reached = measure(self.outline, self.aim, done=done, passed=passed)
        enrolment.lessons_completed, enrolment.progress = reached.lessons_completed, reached.progress
        if reached.is_finished:
            enrolment.completed_at = enrolment.last_activity_at
            self.finished.append(enrolment)

    def _read(self, enrolment: Enrolment, lesson: LessonEntry, at: datetime, written: Written) -> None:
        seconds = int(lesson.minutes * 60 * self.dice.uniform(0.55, 1.5))
        self.rows.append(
            LessonProgress(
                enrolment=enrolment,
                lesson_id=UUID(lesson.id),
                first_viewed_at=at - timedelta(seconds=seconds),
                last_viewed_at=at,
                seconds_spent=seconds,
                page_permille=1000,
                completed_at=at,
                bookmarked_at=at if self.dice.random() < 0.05 else None,
            )
        )
        enrolment.seconds_spent += seconds
        enrolment.last_lesson_id = UUID(lesson.id)
        self.notes += [
            Note(enrolment=enrolment, lesson_id=UUID(lesson.id), text=note["text"], created_at=at)
            for note in written.notes
            if note["lesson"] == lesson.slug
        ]
        for handed in written.submissions:
            if handed["lesson"] == lesson.slug:
                self._hand_in(enrolment, lesson, at, handed)

    def _hand_in(self, enrolment: Enrolment, lesson: LessonEntry, at: datetime, handed: Mapping[str, Any]) -> None:
        answered = min(at + timedelta(days=self.dice.uniform(0.5, 4)), timezone.now())
        self.submissions.append(
            Submission(
                enrolment=enrolment,
                lesson_id=UUID(lesson.id),
                number=1,
                text=handed["text"],
                submitted_at=at,
                verdict=handed["verdict"],
                feedback=handed["feedback"],
                feedback_at=answered if handed["verdict"] else None,
                feedback_by=self.course.creator if handed["verdict"] else None,
            )
        )

    def _try(self, enrolment: Enrolment, quiz: QuizEntry, at: datetime) -> bool:
        """Attempts until it is passed: each better prepared than the one before. Whether it was."""
        content = self.quizzes[quiz.id]
        assert quiz.revision is not None
        skill = self.dice.uniform(0.55, 0.95)
        for number in range(1, MOST_TRIES + 1):
            answers = {question.id: self._answer(question, 1 if number == MOST_TRIES else skill) for question in content.questions}
            grade = grade_quiz(content, answers)
            ended = at - timedelta(minutes=25 * (MOST_TRIES - number))
            self.attempts.append(
                QuizAttempt(
                    enrolment=enrolment,
                    quiz_id=UUID(quiz.id),
                    revision_id=quiz.revision,
                    number=number,
                    arrangement=[[question.id, [option.id for option in question.options]] for question in content.questions],
                    answers=answers,
                    points=grade.points,
                    most_points=grade.most,
                    percentage=grade.percentage,
                    is_passed=grade.is_passed,
                    started_at=ended - timedelta(minutes=self.dice.uniform(2, 11)),
                    completed_at=ended,
                )
            )
            if grade.is_passed:
                return True
            skill += 0.25
        return False

    def _answer(self, question: QuestionContent, skill: float) -> list[str]:
        if self.dice.random() < skill:
            return list(question.correct)
        wrong = [option.id for option in question.options if option.id not in question.correct]
        if len(question.correct) > 1:
            return [question.correct[0], *wrong[:1]]
        return [self.dice.choice(wrong)]


def read_learners(slug: str) -> dict[str, Written]:
    """What is written about the learners of a course, by username; nothing where there is no file."""
    path = FOLDER / slug / "learners.toml"
    if not path.exists():
        return {}
    facts = tomllib.loads(path.read_text(encoding="utf-8"))
    reach = {entry["by"]: entry["reach"] for entry in facts.get("learner", [])}
    notes, submissions = facts.get("note", []), facts.get("submission", [])
    return {
        name: Written(
            reach=reach.get(name),
            notes=[note for note in notes if note["by"] == name],
            submissions=[entry for entry in submissions if entry["by"] == name],
        )
        for name in {*reach, *(note["by"] for note in notes), *(entry["by"] for entry in submissions)}
    }
