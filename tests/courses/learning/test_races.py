"""Many devices at once: nothing lost, nothing counted twice. Each race has a twin without the lock that goes wrong."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from courses.learning.events import CourseCompleted
from courses.learning.models import Enrolment, LessonProgress, Sitting, Submission
from courses.learning.services.beats import record_beat
from courses.learning.services.enrolments import enrol_student, ensure_enrolment
from courses.learning.services.exercises import submit_exercise
from courses.learning.services.progress import complete_lesson
from courses.models import Course
from kit.events.event import name_of
from kit.events.models import OutboxEvent
from kit.events.testing import deliver_all
from tests.courses.learning.taking import at_once, lessons_of, republish
from tests.factories import make_user
from tests.factories.courses import add_text_lesson, enrol, make_course

pytestmark = pytest.mark.django_db(transaction=True)


def taken(lessons: int = 8, **words: object) -> tuple[Course, Enrolment]:
    course = make_course(make_user(creator=True), modules=1, lessons=lessons, **words)
    return course, enrol(make_user(), course)


def finished() -> int:
    return OutboxEvent.objects.filter(name=name_of(CourseCompleted)).count()


def test_reports_of_several_devices_and_lessons_add_up() -> None:
    course, enrolment = taken(2)
    opened = timezone.now() - timedelta(minutes=10)
    jobs: list[Callable[[], object]] = []
    for lesson in lessons_of(course):
        for _device in range(3):
            sitting = uuid.uuid4()
            for seconds in (20, 40, 60, 60):
                said = {"lesson_id": lesson.id, "sitting": sitting, "seconds": seconds, "opened_at": opened}
                jobs.append(partial(record_beat, enrolment, **said))
    assert at_once(jobs) == []
    enrolment.refresh_from_db()
    assert enrolment.seconds_spent == 6 * 60
    assert sorted(LessonProgress.objects.values_list("seconds_spent", flat=True)) == [180, 180]
    assert list(Sitting.objects.values_list("seconds", flat=True)) == [60] * 6


def test_reports_counted_without_a_lock_get_lost() -> None:
    """Reading the sum and writing it back, as one would without thinking of a second device."""
    _course, enrolment = taken(1)
    read = threading.Barrier(4)

    def unlocked() -> None:
        with transaction.atomic():
            row = Enrolment.objects.get(pk=enrolment.pk)
            read.wait(20)
            Enrolment.objects.filter(pk=row.pk).update(seconds_spent=row.seconds_spent + 60)

    assert at_once([unlocked] * 4) == []
    enrolment.refresh_from_db()
    assert enrolment.seconds_spent != 4 * 60


def test_lessons_done_at_once_are_all_counted_and_finish_the_course_once() -> None:
    course, enrolment = taken(8)
    jobs = [partial(complete_lesson, enrolment, lesson_id=lesson.id) for lesson in lessons_of(course) * 2]
    assert at_once(jobs) == []
    enrolment.refresh_from_db()
    assert (enrolment.lessons_completed, enrolment.progress, enrolment.is_completed) == (8, 100, True)
    assert finished() == 1


def test_lessons_done_without_the_lock_are_miscounted() -> None:
    course, enrolment = taken(4)
    read = threading.Barrier(4)

    def unlocked(lesson: str) -> None:
        with transaction.atomic():
            now = timezone.now()
            LessonProgress.objects.create(enrolment=enrolment, lesson_id=lesson, first_viewed_at=now, last_viewed_at=now, completed_at=now)
            done = LessonProgress.objects.filter(enrolment=enrolment, completed_at__isnull=False).count()
            read.wait(20)
            Enrolment.objects.filter(pk=enrolment.pk).update(lessons_completed=done)

    assert at_once([partial(unlocked, lesson.id) for lesson in lessons_of(course)]) == []
    enrolment.refresh_from_db()
    assert enrolment.lessons_completed != 4


def test_reports_marks_and_enrolling_at_once_do_not_stand_in_each_others_way() -> None:
    """The report takes its locks in the order that marks do."""
    course, enrolment = taken(3)
    user, opened, sitting = enrolment.user, timezone.now() - timedelta(minutes=5), uuid.uuid4()
    first, *others = lessons_of(course)
    jobs: list[Callable[[], object]] = []
    for seconds in range(10, 70, 10):
        jobs += [
            partial(record_beat, enrolment, lesson_id=first.id, sitting=sitting, seconds=seconds, opened_at=opened),
            lambda: complete_lesson(enrolment, lesson_id=first.id),
            lambda: enrol_student(course, user=user, source="purchased", reference="test"),
        ]
    jobs += [partial(complete_lesson, enrolment, lesson_id=lesson.id) for lesson in others]
    assert at_once(jobs) == []
    enrolment.refresh_from_db()
    assert (enrolment.seconds_spent, enrolment.lessons_completed, finished()) == (60, 3, 1)


def test_publishing_while_lessons_are_done_loses_none() -> None:
    course, enrolment = taken(6)
    lessons = lessons_of(course)
    add_text_lesson(course.modules.get(), title="One more")
    jobs: list[Callable[[], object]] = [partial(complete_lesson, enrolment, lesson_id=lesson.id) for lesson in lessons]
    assert at_once([*jobs, lambda: republish(Course.objects.get(pk=course.pk))]) == []
    deliver_all()
    enrolment.refresh_from_db()
    assert enrolment.lessons_completed == 6
    assert enrolment.lessons_total == 7


def test_a_person_is_enrolled_once_however_often_it_is_asked() -> None:
    course = make_course(make_user(creator=True))
    user = make_user()
    jobs: list[Callable[[], object]] = [lambda: ensure_enrolment(course, user=user)] * 3
    jobs += [lambda: enrol_student(course, user=user, source="purchased", reference="one")] * 3
    assert at_once(jobs) == []
    assert Enrolment.objects.get(user=user).is_full


def test_the_same_answer_sent_from_two_tabs_is_handed_in_once() -> None:
    course, enrolment = taken(1, published=False)
    exercise = add_text_lesson(course.modules.get(), title="Do", kind="exercise", hand_in="text")
    republish(course)
    enrolment = Enrolment.objects.select_related("course").get(pk=enrolment.pk)
    jobs: list[Callable[[], object]] = [lambda: submit_exercise(enrolment, lesson_id=exercise.pk, text="Mine")] * 4
    assert at_once(jobs) == []
    assert Submission.objects.get().number == 1
    others = [partial(submit_exercise, enrolment, lesson_id=exercise.pk, text=f"Mine {n}") for n in range(4)]
    assert at_once(others) == []
    assert sorted(Submission.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]
