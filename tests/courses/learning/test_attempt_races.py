"""Two tabs, two devices, the clock and a second click at once, on real connections: nothing is lost, nothing counts twice.

Each race has a twin without the lock, which must go wrong, or the test could not see the race. `meet` holds every thread between
looking and writing until the others have looked too; where a lock keeps them out, the wait runs out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from courses.learning.errors import AttemptOver
from courses.learning.models import Enrolment, QuizAttempt
from courses.learning.services import attempts as services
from courses.learning.services.attempts import GRACE, complete_attempt, end_overdue_attempts, save_answers, start_attempt
from courses.learning.services.beats import record_beat
from courses.learning.services.progress import complete_lesson, refresh_course
from courses.models import Question
from courses.outline import QuizEntry, version_outline
from courses.services.publishing import publish_course
from kit.events.models import OutboxEvent
from tests import threads
from tests.factories.courses import enrol, make_course, make_quiz
from tests.threads import EXPECTED, at_once

pytestmark = pytest.mark.django_db(transaction=True)

Meet = Callable[[str], None]


class Table:
    """ben in front of a published quiz."""

    def __init__(self, ada: User, ben: User, **words: Any) -> None:
        self.course = make_course(ada, modules=1, lessons=1, published=False)
        quiz = make_quiz(self.course, **words)
        version = publish_course(self.course, by=ada)
        self.entry: QuizEntry = version_outline(version.pk).quiz_by_id[str(quiz.pk)]
        self.enrolment: Enrolment = enrol(ben, self.course)
        self.choice, self.statement = (
            str(pk) for pk in Question.objects.filter(quiz=quiz).order_by("position").values_list("pk", flat=True)
        )
        self.right = {self.choice: ["b"], self.statement: ["true"]}

    def start(self) -> QuizAttempt:
        return start_attempt(self.enrolment, quiz=self.entry)


@pytest.fixture
def table(ada: User, ben: User) -> Table:
    return Table(ada, ben)


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Meet:
    """`meet("name")`: see `tests.threads.meet`."""
    unlocked = "without_locks" in request.fixturenames

    def put(name: str) -> None:
        threads.meet(monkeypatch, services, name, unlocked=unlocked)

    return put


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked_attempt(pk: UUID, *, with_enrolment: bool = False) -> QuizAttempt:
        return QuizAttempt.objects.get(pk=pk)

    def unlocked_enrolment(enrolment: Enrolment) -> Enrolment:
        return Enrolment.objects.select_related("course").get(pk=enrolment.pk)

    monkeypatch.setattr(services, "lock_attempt", unlocked_attempt)
    monkeypatch.setattr(services, "lock_enrolment", unlocked_enrolment)


def completions() -> int:
    return OutboxEvent.objects.filter(name__endswith="AttemptCompleted").count()


def failures(results: list[Any]) -> list[Exception]:
    return [result for result in results if isinstance(result, Exception)]


class TestBeginning:
    def test_two_tabs_begin_one_attempt(self, table: Table, meet: Meet) -> None:
        meet("published_quiz")
        results = at_once(table.start, table.start)
        assert failures(results) == []
        assert {attempt.pk for attempt in results} == {QuizAttempt.objects.get().pk}

    @pytest.mark.usefixtures("without_locks")
    def test_without_the_lock_the_second_tab_fails(self, table: Table, meet: Meet) -> None:
        meet("published_quiz")
        assert [type(error) for error in failures(at_once(table.start, table.start))] == [IntegrityError]


class TestHandingIn:
    def test_two_clicks_count_once(self, table: Table, meet: Meet) -> None:
        attempt = table.start()
        meet("grade_quiz")
        results = at_once(*[partial(complete_attempt, attempt, answers=table.right)] * 4)
        assert failures(results) == []
        assert (QuizAttempt.objects.count(), completions()) == (1, 1)
        assert {done.completed_at for done in results} == {QuizAttempt.objects.get().completed_at}

    @pytest.mark.usefixtures("without_locks")
    def test_without_the_lock_two_clicks_count_twice(self, table: Table, meet: Meet) -> None:
        attempt = table.start()
        meet("grade_quiz")
        at_once(*[partial(complete_attempt, attempt, answers=table.right)] * 2)
        assert completions() == 2

    def test_the_clock_and_a_hand_in_count_once(self, ada: User, ben: User) -> None:
        table = Table(ada, ben, time_limit_minutes=5)
        attempt = table.start()
        QuizAttempt.objects.update(deadline_at=timezone.now() - GRACE - timedelta(seconds=1))
        results = at_once(end_overdue_attempts, partial(complete_attempt, attempt, answers=table.right), end_overdue_attempts)
        assert failures(results) == []
        assert completions() == 1
        assert QuizAttempt.objects.get().answers == {}

    def test_a_hand_in_and_a_new_start_leave_one_open(self, table: Table) -> None:
        attempt = table.start()
        results = at_once(partial(complete_attempt, attempt), table.start, table.start)
        assert failures(results) == []
        assert QuizAttempt.objects.open().count() <= 1
        assert QuizAttempt.objects.completed().count() == 1


class TestSaving:
    def test_two_devices_keep_each_others_answers(self, table: Table, meet: Meet) -> None:
        attempt = table.start()
        meet("lock_attempt")
        one, two = ({question: options} for question, options in table.right.items())
        results = at_once(partial(save_answers, attempt, answers=one), partial(save_answers, attempt, answers=two))
        assert failures(results) == []
        attempt.refresh_from_db()
        assert attempt.answers == table.right

    @pytest.mark.usefixtures("without_locks")
    def test_without_the_lock_one_of_them_is_lost(self, table: Table, meet: Meet) -> None:
        attempt = table.start()
        meet("lock_attempt")
        one, two = ({question: options} for question, options in table.right.items())
        at_once(partial(save_answers, attempt, answers=one), partial(save_answers, attempt, answers=two))
        attempt.refresh_from_db()
        assert len(attempt.answers) == 1

    def test_what_was_taken_in_is_graded_or_refused(self, table: Table, meet: Meet) -> None:
        meet("lock_attempt")
        for _round in range(3):
            attempt = table.start()
            results = at_once(partial(complete_attempt, attempt), partial(save_answers, attempt, answers=table.right))
            assert all(isinstance(error, AttemptOver) for error in failures(results))
            attempt.refresh_from_db()
            assert attempt.is_passed == (failures(results) == []) == (attempt.answers == table.right)

    @pytest.mark.usefixtures("without_locks")
    def test_without_the_lock_something_is_taken_in_and_not_graded(self, table: Table, meet: Meet) -> None:
        attempt = table.start()
        meet("lock_attempt")
        results = at_once(partial(complete_attempt, attempt), partial(save_answers, attempt, answers=table.right))
        attempt.refresh_from_db()
        assert (failures(results), attempt.is_passed) == ([], False)


def test_hand_ins_reports_marks_and_a_new_count_do_not_stand_in_each_others_way(table: Table) -> None:
    """Whoever takes several rows takes them in one order: sitting, enrolment, attempt, progress."""
    course = table.enrolment.course
    lesson = next(version_outline(course.current_version_id).lessons())
    opened = timezone.now() - timedelta(minutes=5)
    jobs: list[Any] = [partial(complete_attempt, table.start(), answers=table.right)] * 2
    jobs += [partial(record_beat, table.enrolment, lesson_id=lesson.id, sitting=uuid4(), seconds=60, opened_at=opened) for _ in range(4)]
    jobs += [partial(complete_lesson, table.enrolment, lesson_id=lesson.id), partial(refresh_course, course)] * 2
    assert failures(at_once(*jobs)) == []
    counted = Enrolment.objects.get(pk=table.enrolment.pk)
    assert (counted.seconds_spent, counted.lessons_completed, completions()) == (240, 1, 1)


def test_the_enrolment_is_taken_before_the_attempt(table: Table) -> None:
    """Who waits for an attempt holds its enrolment already; whoever holds the attempt alone waits for nobody."""
    attempt, taken = table.start(), threading.Event()

    def hold_the_attempt() -> bool:
        with transaction.atomic():
            services.lock_attempt(attempt.pk)
            taken.set()
            until = time.monotonic() + EXPECTED
            while time.monotonic() < until:
                with transaction.atomic():
                    free = Enrolment.objects.filter(pk=table.enrolment.pk).select_for_update(skip_locked=True, no_key=True).first()
                    transaction.set_rollback(True)
                if free is None:
                    return True
            return False

    def hand_in() -> QuizAttempt:
        taken.wait(EXPECTED)
        return complete_attempt(attempt)

    was_held, done = at_once(hold_the_attempt, hand_in)
    assert was_held is True
    assert done.completed_at is not None
