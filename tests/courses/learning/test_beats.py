"""Time spent: sums that may come twice, late or made up, and never count more than the clock (R165, R212)."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from courses.learning.errors import BadBeat, LessonLocked
from courses.learning.limits import LONGEST_SITTING, MOST_SECONDS, SITTING_DAYS
from courses.learning.models import Enrolment, LessonProgress, Sitting
from courses.learning.services.beats import record_beat
from courses.learning.services.enrolments import ensure_enrolment, revoke_enrolment
from courses.learning.sittings import issue_ticket
from courses.learning.tasks import forget_old_sittings
from courses.models import Course, Lesson
from courses.outline import LessonEntry
from tests.courses.learning.taking import lessons_of, republish, signed_in, ticket
from tests.factories.courses import enrol, make_course


@pytest.fixture
def course(ada: User) -> Course:
    return make_course(ada)


@pytest.fixture
def enrolment(course: Course, ben: User) -> Enrolment:
    return enrol(ben, course)


@pytest.fixture
def lesson(course: Course) -> LessonEntry:
    return lessons_of(course)[0]


def spent(enrolment: Enrolment) -> tuple[int, int]:
    enrolment.refresh_from_db()
    return enrolment.seconds_spent, sum(LessonProgress.objects.filter(enrolment=enrolment).values_list("seconds_spent", flat=True))


def test_sums_in_any_order_and_number_count_once(enrolment: Enrolment, lesson: LessonEntry) -> None:
    sitting, opened = uuid.uuid4(), timezone.now() - timedelta(minutes=5)
    for seconds in (15, 45, 30, 45, 0, 60, 15):
        record_beat(enrolment, lesson_id=lesson.id, sitting=sitting, seconds=seconds, opened_at=opened)
    assert spent(enrolment) == (60, 60)


def test_no_sitting_counts_more_than_the_clock(enrolment: Enrolment, lesson: LessonEntry) -> None:
    sitting, opened = uuid.uuid4(), timezone.now() - timedelta(seconds=90)
    record_beat(enrolment, lesson_id=lesson.id, sitting=sitting, seconds=10**18, opened_at=opened)
    seconds, _in_lesson = spent(enrolment)
    assert 90 <= seconds <= 95
    record_beat(enrolment, lesson_id=lesson.id, sitting=uuid.uuid4(), seconds=500, opened_at=timezone.now() + timedelta(days=1))
    assert spent(enrolment)[0] == seconds
    with pytest.raises(BadBeat):
        record_beat(enrolment, lesson_id=lesson.id, sitting=sitting, seconds=-5)


def test_a_page_left_open_for_days_counts_half_a_day_at_most(enrolment: Enrolment, lesson: LessonEntry) -> None:
    long_ago = timezone.now() - timedelta(days=6)
    record_beat(enrolment, lesson_id=lesson.id, sitting=uuid.uuid4(), seconds=10**9, opened_at=long_ago)
    assert spent(enrolment) == (LONGEST_SITTING, LONGEST_SITTING)


def test_the_counters_never_overflow(enrolment: Enrolment, lesson: LessonEntry) -> None:
    Enrolment.objects.update(seconds_spent=MOST_SECONDS - 5)
    record_beat(enrolment, lesson_id=lesson.id, sitting=uuid.uuid4(), seconds=60, opened_at=timezone.now() - timedelta(minutes=1))
    assert spent(enrolment) == (MOST_SECONDS, 60)


def test_two_devices_both_count(enrolment: Enrolment, lesson: LessonEntry) -> None:
    opened = timezone.now() - timedelta(minutes=2)
    for sitting in (uuid.uuid4(), uuid.uuid4()):
        for seconds in (40, 80, 80):
            record_beat(enrolment, lesson_id=lesson.id, sitting=sitting, seconds=seconds, opened_at=opened)
    assert spent(enrolment) == (160, 160)


def test_the_newest_report_says_where_one_is(enrolment: Enrolment, course: Course) -> None:
    first, second, *_rest = lessons_of(course)
    tablet, phone, opened = uuid.uuid4(), uuid.uuid4(), timezone.now() - timedelta(minutes=5)
    record_beat(enrolment, lesson_id=first.id, sitting=tablet, seconds=60, video_seconds=231, page_permille=400, opened_at=opened)
    record_beat(enrolment, lesson_id=first.id, sitting=tablet, seconds=30, video_seconds=200, page_permille=10, opened_at=opened)
    there = LessonProgress.objects.get(enrolment=enrolment, lesson_id=first.id)
    assert (there.video_seconds, there.page_permille) == (231, 400)
    record_beat(enrolment, lesson_id=second.id, sitting=phone, seconds=0, page_permille=5000, opened_at=opened)
    enrolment.refresh_from_db()
    assert str(enrolment.last_lesson_id) == second.id
    assert LessonProgress.objects.get(enrolment=enrolment, lesson_id=second.id).page_permille == 1000


def test_a_sitting_belongs_to_one_lesson_of_one_learner(course: Course, enrolment: Enrolment, cleo: User) -> None:
    first, second, *_rest = lessons_of(course)
    sitting, other = uuid.uuid4(), enrol(cleo, course)
    record_beat(enrolment, lesson_id=first.id, sitting=sitting, seconds=0)
    for who, lesson in ((enrolment, second), (other, first)):
        with pytest.raises(BadBeat):
            record_beat(who, lesson_id=lesson.id, sitting=sitting, seconds=0)
    assert Sitting.objects.count() == 1


def test_nothing_counts_in_what_is_closed(course: Course, enrolment: Enrolment, ben: User, cleo: User, lesson: LessonEntry) -> None:
    revoke_enrolment(course, user=ben, reference="test")
    enrolment.refresh_from_db()
    for closed in (enrolment, ensure_enrolment(course, user=cleo)):
        with pytest.raises(LessonLocked):
            record_beat(closed, lesson_id=lesson.id, sitting=uuid.uuid4(), seconds=10)
    assert not Sitting.objects.exists()


def test_old_sittings_are_forgotten_and_their_time_is_kept(enrolment: Enrolment, lesson: LessonEntry) -> None:
    record_beat(enrolment, lesson_id=lesson.id, sitting=uuid.uuid4(), seconds=60, opened_at=timezone.now() - timedelta(minutes=2))
    forget_old_sittings()
    assert Sitting.objects.count() == 1
    Sitting.objects.update(last_beat_at=timezone.now() - timedelta(days=SITTING_DAYS + 2))
    forget_old_sittings()
    assert not Sitting.objects.exists()
    assert spent(enrolment) == (60, 60)


# --- The page's side ----------------------------------------------------------------------------------------------------


def beat(client: Client, course: Course, lesson: LessonEntry, token: str, **report: object) -> int:
    return client.post(f"/learn/{course.slug}/{lesson.slug}/beats/", {"ticket": token, "seconds": 0, **report}).status_code


def test_a_page_reports_with_its_ticket(course: Course, enrolment: Enrolment, ben: User, lesson: LessonEntry) -> None:
    client, now = signed_in(ben), timezone.now()
    with time_machine.travel(now - timedelta(minutes=3), tick=False):
        token = ticket(enrolment, lesson)
    assert beat(client, course, lesson, token, seconds=100, page=250) == 204
    assert beat(client, course, lesson, token, seconds=10**30) == 204
    assert 180 <= spent(enrolment)[0] <= 185


@pytest.mark.parametrize("seconds", ["", "-1", "NaN", "1e9", "1.5", "٣x", "\x00", "9" * 5000])
def test_nonsense_is_refused_and_nothing_changes(
    course: Course, enrolment: Enrolment, ben: User, lesson: LessonEntry, seconds: str
) -> None:
    assert beat(signed_in(ben), course, lesson, ticket(enrolment, lesson), seconds=seconds) == 400
    assert spent(enrolment) == (0, 0)
    assert not Sitting.objects.exists()


def test_an_open_page_stops_counting_when_the_course_is_taken_back(course: Course, enrolment: Enrolment, lesson: LessonEntry) -> None:
    client, now = signed_in(enrolment.user), timezone.now()
    with time_machine.travel(now - timedelta(minutes=3), tick=False):
        token = ticket(enrolment, lesson)
    assert beat(client, course, lesson, token, seconds=60) == 204
    revoke_enrolment(course, user=enrolment.user, reference="test")
    assert beat(client, course, lesson, token, seconds=120) == 403
    assert spent(enrolment) == (60, 60)


def test_tickets_are_not_made_up_lent_or_kept(course: Course, enrolment: Enrolment, ben: User, cleo: User) -> None:
    first, second, *_rest = lessons_of(course)
    enrol(cleo, course)
    token = ticket(enrolment, first)
    assert beat(signed_in(ben), course, first, json.dumps({"s": uuid.uuid4().hex})) == 404
    assert beat(signed_in(ben), course, second, token) == 404
    assert beat(signed_in(cleo), course, first, token) == 404
    with time_machine.travel(timezone.now() + timedelta(days=SITTING_DAYS, minutes=1)):
        assert beat(signed_in(ben), course, first, token) == 410
    assert not Sitting.objects.exists()


def test_a_first_free_lesson_begins_a_preview(ada: User, cleo: User, course: Course) -> None:
    Lesson.objects.filter(pk=lessons_of(course)[0].id).update(is_free_preview=True)
    republish(course)
    lesson = lessons_of(course)[0]
    page = signed_in(cleo).get(f"/learn/{course.slug}/{lesson.slug}/").content.decode()
    assert not Enrolment.objects.exists()
    token = page.split('data-sitting="')[1].split('"')[0]
    assert beat(signed_in(cleo), course, lesson, token) == 204
    preview = Enrolment.objects.get(user=cleo)
    assert (preview.source, preview.is_full, str(preview.last_lesson_id)) == ("preview", False, lesson.id)


def test_the_creator_and_staff_leave_no_trace(course: Course, ada: User, mo: User, lesson: LessonEntry) -> None:
    for user in (ada, mo):
        page = signed_in(user).get(f"/learn/{course.slug}/{lesson.slug}/")
        assert page.status_code == 200
        assert "data-sitting" not in page.content.decode()
        borrowed = issue_ticket(user_id=user.pk, lesson=lesson, enrolment_id=None)
        assert beat(signed_in(user), course, lesson, borrowed) == 403
        assert signed_in(user).post(f"/learn/{course.slug}/{lesson.slug}/completion/").status_code == 403
    assert not Enrolment.objects.exists()


def test_a_report_takes_one_statement_beside_the_door(
    course: Course, enrolment: Enrolment, ben: User, lesson: LessonEntry, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client, token = signed_in(ben), ticket(enrolment, lesson)
    assert beat(client, course, lesson, token) == 204
    with django_assert_num_queries(2):  # session and person, report
        assert beat(client, course, lesson, token, seconds=1) == 204
