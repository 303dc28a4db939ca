"""What was really played of a video counts, the seek position does not; nine tenths of it mark the lesson done (R165)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from courses.learning.errors import BadBeat
from courses.learning.events import CourseCompleted
from courses.learning.limits import MOST_RANGES
from courses.learning.models import Enrolment, LessonProgress, Sitting
from courses.learning.services.beats import Counted, record_beat
from courses.learning.services.progress import complete_lesson, reopen_lesson
from courses.learning.sittings import issue_ticket
from courses.learning.watching import Film, Ranges, read_ranges, write_ranges
from courses.models import Course
from courses.outline import LessonEntry
from kit.events.event import name_of
from kit.events.models import OutboxEvent
from tests.courses.learning.films import LENGTH, make_film, make_film_course
from tests.courses.learning.taking import at_once, lessons_of, signed_in
from tests.factories import make_user
from tests.factories.courses import enrol, make_course


@pytest.fixture
def lesson(ada: User) -> tuple[Course, Film]:
    return make_film_course(ada)


@pytest.fixture
def watcher(lesson: tuple[Course, Film], ben: User) -> Watcher:
    return Watcher(enrol(ben, lesson[0]), *lesson)


class Watcher:
    """A learner with the lesson open since a while."""

    def __init__(self, enrolment: Enrolment, course: Course, film: Film) -> None:
        self.enrolment, self.film = enrolment, film
        self.entry = lessons_of(course)[0]
        self.opened_at = timezone.now() - timedelta(minutes=10)

    def plays(
        self, *ranges: tuple[int, int], sitting: uuid.UUID | None = None, open_for: int | None = None, film: Film | None = None
    ) -> Counted:
        opened = self.opened_at if open_for is None else timezone.now() - timedelta(seconds=open_for)
        return record_beat(
            self.enrolment,
            lesson_id=self.entry.id,
            sitting=sitting or uuid.uuid4(),
            seconds=0,
            video_seconds=99,
            watched=ranges,
            film=film or self.film,
            opened_at=opened,
        )

    @property
    def row(self) -> LessonProgress:
        return LessonProgress.objects.get(enrolment=self.enrolment, lesson_id=self.entry.id)


def test_ranges_are_united_whatever_their_order_and_number(watcher: Watcher) -> None:
    tab, phone = uuid.uuid4(), uuid.uuid4()
    for ranges in (((30, 40),), ((0, 10), (30, 45)), ((0, 10),), ((0, 10), (30, 45))):
        watcher.plays(*ranges, sitting=tab)
    watcher.plays((5, 20), (44, 50), sitting=phone)
    assert watcher.row.watched == ((0, 20), (30, 50))
    assert watcher.row.watched_video == watcher.film.video_id


def test_watching_nine_tenths_marks_the_lesson_and_seeking_to_the_end_does_not(watcher: Watcher) -> None:
    assert watcher.plays((0, 5), (99, LENGTH)) == Counted()
    assert watcher.plays((5, 88)) == Counted()
    assert watcher.row.completed_at is None
    assert watcher.row.video_seconds == 99
    assert watcher.plays((88, 89)) == Counted(is_done=True)
    assert watcher.row.completed_at is not None
    watcher.enrolment.refresh_from_db()
    assert (watcher.enrolment.lessons_completed, watcher.enrolment.progress) == (1, 50)
    assert watcher.plays((0, LENGTH)) == Counted()


def test_the_last_lesson_that_is_watched_finishes_the_course(watcher: Watcher) -> None:
    complete_lesson(watcher.enrolment, lesson_id=lessons_of(watcher.enrolment.course)[1].id)
    assert watcher.plays((0, LENGTH)) == Counted(is_done=True, is_finished=True)
    assert OutboxEvent.objects.filter(name=name_of(CourseCompleted)).count() == 1


def test_a_mark_that_was_taken_back_does_not_come_again_by_itself(watcher: Watcher) -> None:
    watcher.plays((0, LENGTH))
    reopen_lesson(watcher.enrolment, lesson_id=watcher.entry.id)
    assert watcher.plays((0, LENGTH)) == Counted()
    assert watcher.row.completed_at is None


def test_no_sitting_plays_more_than_the_clock_allows(watcher: Watcher) -> None:
    sitting = uuid.uuid4()
    assert watcher.plays((0, LENGTH), sitting=sitting, open_for=5) == Counted()
    assert watcher.row.watched == ()
    assert watcher.plays((0, 20), sitting=sitting) == Counted()  # five seconds at double speed, and slack
    for first in range(20, LENGTH, 10):
        watcher.plays((first, first + 10), sitting=sitting)
    assert sum(last - first for first, last in watcher.row.watched) <= 40


def test_another_video_in_the_lesson_begins_anew(watcher: Watcher, ada: User) -> None:
    watcher.plays((0, 80))
    other = Film(video_id=make_film(ada).pk, seconds=LENGTH)
    assert watcher.plays((80, LENGTH), film=other) == Counted()
    assert watcher.row.watched == ((80, LENGTH),)
    reopen_lesson(watcher.enrolment, lesson_id=watcher.entry.id)
    third = Film(video_id=make_film(ada).pk, seconds=LENGTH)
    assert watcher.plays((0, LENGTH), film=third) == Counted(is_done=True)


def test_what_lies_behind_the_end_does_not_count(watcher: Watcher) -> None:
    assert watcher.plays((80, 1000), (2000, 2400)) == Counted()
    assert watcher.row.watched == ((80, LENGTH),)


@pytest.mark.parametrize("seconds", [1, 2, 10, 11, 7200])
def test_nine_tenths_are_rounded_up(seconds: int) -> None:
    film = Film(video_id=uuid.uuid4(), seconds=seconds)
    assert film.enough / seconds >= 0.9 > (film.enough - 1) / seconds


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 50)).map(lambda pair: (pair[0], pair[0] + pair[1])), max_size=MOST_RANGES))
def test_ranges_are_written_as_they_are_read(ranges: list[tuple[int, int]]) -> None:
    told: Ranges = tuple(ranges)
    assert read_ranges(write_ranges(told)) == told


BAD = ["5", "5-", "-5", "5-5", "9-3", "0-1,2-3", "0-1..2-3", "0-1.", "0x1-9", "0-٣", "0-9999999", " 0-1", "1e2-200", "\x00", "0-1-2"]


@pytest.mark.parametrize("text", [*BAD, ".".join(["0-1"] * (MOST_RANGES + 1)), "0-" + "9" * 4000, "." * 5000])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(BadBeat):
        read_ranges(text)


# --- The page's side ----------------------------------------------------------------------------------------------------


def report(client: Client, course: Course, entry: LessonEntry, token: str, watched: str) -> tuple[int, bytes]:
    answer = client.post(f"/learn/{course.slug}/{entry.slug}/beats/", {"ticket": token, "seconds": 0, "watched": watched})
    return answer.status_code, answer.content


def test_a_page_says_which_video_it_shows_and_hears_when_it_is_watched(watcher: Watcher, ben: User) -> None:
    client, course = signed_in(ben), watcher.enrolment.course
    with time_machine.travel(timezone.now() - timedelta(minutes=3), tick=False):
        page = client.get(f"/learn/{course.slug}/{watcher.entry.slug}/").content.decode()
    token = page.split('data-sitting="')[1].split('"')[0]
    assert report(client, course, watcher.entry, token, "0-50") == (204, b"")
    assert report(client, course, watcher.entry, token, "0-70.x")[0] == 400
    status, said = report(client, course, watcher.entry, token, "0-50.51-100")
    assert (status, said) == (200, b'{"done": true, "words": "Watched: this lesson is done."}')
    page = client.get(f"/learn/{course.slug}/{watcher.entry.slug}/").content.decode()
    assert 'data-watched="0-50.51-100"' in page
    marks = client.get(f"/learn/{course.slug}/{watcher.entry.slug}/completion/", headers={"HX-Request": "true"}).content.decode()
    assert "Take it back" in marks
    assert client.get(f"/learn/{course.slug}/{watcher.entry.slug}/completion/").status_code == 302


def test_a_free_lesson_that_is_watched_is_done_before_the_course_is_bought(ada: User, cleo: User) -> None:
    course, film = make_film_course(ada, free=True)
    entry = lessons_of(course)[0]
    with time_machine.travel(timezone.now() - timedelta(minutes=3), tick=False):
        token = issue_ticket(user_id=cleo.pk, lesson=entry, enrolment_id=None, film=film)
    assert report(signed_in(cleo), course, entry, token, "0-95")[0] == 200
    assert LessonProgress.objects.get(enrolment__user=cleo).completed_at is not None


def test_a_page_without_a_video_of_ours_counts_nothing_as_watched(ada: User, ben: User) -> None:
    course = make_course(ada)
    enrolment, entry = enrol(ben, course), lessons_of(course)[0]
    with time_machine.travel(timezone.now() - timedelta(minutes=3), tick=False):
        token = issue_ticket(user_id=ben.pk, lesson=entry, enrolment_id=enrolment.pk)
    assert report(signed_in(ben), course, entry, token, "0-100")[0] == 204
    assert LessonProgress.objects.get().watched == ()


# --- Several at once ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_tabs_that_report_at_once_lose_nothing_and_mark_once() -> None:
    course, film = make_film_course(make_user(creator=True))
    watcher = Watcher(enrol(make_user(), course), course, film)
    complete_lesson(watcher.enrolment, lesson_id=lessons_of(course)[1].id)
    told: list[Counted] = []
    parts = [(first, first + 10) for first in range(0, LENGTH, 10)]
    tabs = [uuid.uuid4() for _tab in range(3)]

    def play(part: tuple[int, int], at: int) -> None:
        told.append(watcher.plays(part, sitting=tabs[at % 3]))

    jobs = [partial(play, part, at) for at, part in enumerate(parts)]
    assert at_once([*jobs, *jobs]) == []
    assert watcher.row.watched == ((0, LENGTH),)
    assert sum(one.is_finished for one in told) == 1
    assert OutboxEvent.objects.filter(name=name_of(CourseCompleted)).count() == 1
    assert sorted(Sitting.objects.values_list("pk", flat=True)) == sorted(tabs)


@pytest.mark.django_db(transaction=True)
def test_ranges_united_without_a_lock_get_lost() -> None:
    """Reading what was watched and writing it back united, as one would without thinking of a second tab."""
    from threading import Barrier

    course, film = make_film_course(make_user(creator=True))
    watcher = Watcher(enrol(make_user(), course), course, film)
    watcher.plays((0, 1))
    read = Barrier(4)

    def unlocked(part: tuple[int, int]) -> None:
        with transaction.atomic():
            row = watcher.row
            read.wait(20)
            LessonProgress.objects.filter(pk=row.pk).update(watched=(*row.watched, part))

    assert at_once([partial(unlocked, part) for part in ((10, 20), (30, 40), (50, 60), (70, 80))]) == []
    assert len(watcher.row.watched) < 5


def test_ranges_are_kept_as_a_set_of_ranges(watcher: Watcher) -> None:
    watcher.plays((3, 9), (0, 4))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_typeof(watched)::text, watched::text FROM learning_lessonprogress")
        assert cursor.fetchone() == ("int4multirange", "{[0,9)}")
