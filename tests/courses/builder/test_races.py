"""Two tabs at once, on real connections: the order that one saw is never written over what the other did.

Each race has a twin without the lock. The twin must go wrong, or the test could not see the race.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError

from accounts.models import User
from courses.errors import StaleOutline
from courses.models import Course, CourseVersion, Lesson
from courses.services import lessons, ordering, publishing
from courses.services.lessons import LessonWords, add_lesson
from courses.services.ordering import arrange_outline, order_of
from courses.services.publishing import publish_course
from kit.events.models import OutboxEvent
from tests.factories import make_user
from tests.factories.courses import make_course
from tests.threads import at_once, meet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada(transactional_db: None) -> User:
    return make_user("ada", creator=True)


def without_lock(course: Course) -> Course:
    """What `lock_course` would be if it forgot to lock."""
    return Course.objects.get(pk=course.pk)


def arrange_from_two_tabs(ada: User) -> tuple[Course, list[Any]]:
    """Both saw the same outline: one turns the first module round, the other moves a lesson from there into the second."""
    course = make_course(ada, modules=2, lessons=3, published=False)
    (one, first), (two, second) = order_of(course)
    return course, at_once(
        lambda: arrange_outline(course, by=ada, stamp=course.outline_stamp, order=[(one, first[::-1]), (two, second)]),
        lambda: arrange_outline(course, by=ada, stamp=course.outline_stamp, order=[(one, first[1:]), (two, [first[0], *second])]),
    )


def test_of_two_tabs_that_order_at_once_one_is_refused(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    meet(monkeypatch, ordering, "lock_course")
    course, results = arrange_from_two_tabs(ada)
    assert sorted(type(result) for result in results if isinstance(result, Exception)) == [StaleOutline]
    assert Course.objects.get().outline_stamp == course.outline_stamp + 1
    assert [[*range(len(inside))] for _module, inside in order_of(course)] == [
        list(Lesson.objects.filter(module=module).order_by("position").values_list("position", flat=True))
        for module, _inside in order_of(course)
    ]


def test_without_the_lock_both_would_be_accepted(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unlocked twin."""
    monkeypatch.setattr(ordering, "lock_course", without_lock)
    meet(monkeypatch, ordering, "lock_course", unlocked=True)
    _course, results = arrange_from_two_tabs(ada)
    assert not any(isinstance(result, StaleOutline) for result in results)


def publish_from_two_tabs(ada: User) -> tuple[Course, list[Any]]:
    course = make_course(ada, modules=1, lessons=1, published=False)
    return course, at_once(*[lambda: publish_course(course, by=ada)] * 2)


def test_a_draft_that_is_published_twice_at_once_is_one_version(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    meet(monkeypatch, publishing, "lock_course")
    course, results = publish_from_two_tabs(ada)
    version = CourseVersion.objects.get(course=course)
    assert [result.pk for result in results] == [version.pk, version.pk]
    assert OutboxEvent.objects.filter(name="courses.CoursePublished").count() == 1
    add_lesson(course.modules.get(), by=ada, words=LessonWords(title="More", text="Of it."))
    assert publish_course(course, by=ada).number == 2


def test_without_the_lock_it_would_be_two_or_fail(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unlocked twin."""
    monkeypatch.setattr(publishing, "lock_course", without_lock)
    meet(monkeypatch, publishing, "read_draft", unlocked=True)
    course, results = publish_from_two_tabs(ada)
    assert CourseVersion.objects.filter(course=course).count() == 2 or any(isinstance(result, IntegrityError) for result in results)


@pytest.fixture
def short(ada: User) -> Course:
    return make_course(ada, modules=1, lessons=1, published=False)


def add_from_two_tabs(course: Course) -> list[Any]:
    module = course.modules.get()
    return at_once(*[lambda: add_lesson(module, by=course.creator, words=LessonWords(title="The same"))] * 2)


def test_two_lessons_added_at_once_have_places_and_addresses_of_their_own(short: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    meet(monkeypatch, lessons, "lock_course")
    results = add_from_two_tabs(short)
    assert not [result for result in results if isinstance(result, Exception)]
    assert list(short.lessons.order_by("position").values_list("position", "slug")) == [
        (0, "lesson-11"),
        (1, "the-same"),
        (2, "the-same-2"),
    ]


def test_without_the_lock_one_of_two_added_lessons_is_lost(short: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unlocked twin."""
    monkeypatch.setattr(lessons, "lock_course", without_lock)
    meet(monkeypatch, lessons, "lesson_slug", unlocked=True)
    add_from_two_tabs(short)
    assert short.lessons.count() < 3
