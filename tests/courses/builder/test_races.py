"""Two tabs at once, on real connections: the order that one saw is never written over what the other did.

Each race has a twin without the lock. The twin must go wrong, or the test could not see the race.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pytest

from accounts.models import User
from courses.errors import StaleOutline
from courses.models import Course, Lesson
from courses.services import lessons, ordering
from courses.services.lessons import LessonWords, add_lesson
from courses.services.ordering import arrange_outline, order_of
from tests.factories import make_user
from tests.factories.courses import make_course
from tests.payments.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada(transactional_db: None) -> User:
    return make_user("ada", creator=True)


def meet(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Whoever has called that function waits until the other has, or for a second where a lock keeps it out."""
    real, barrier = getattr(module, name), threading.Barrier(2)

    def waits(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=1)
        return result

    monkeypatch.setattr(module, name, waits)


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
    meet(monkeypatch, ordering, "lock_course")
    _course, results = arrange_from_two_tabs(ada)
    assert not any(isinstance(result, StaleOutline) for result in results)


def add_from_two_tabs(ada: User) -> tuple[Course, list[Any]]:
    course = make_course(ada, modules=1, lessons=1, published=False)
    module = course.modules.get()
    return course, at_once(*[lambda: add_lesson(module, by=ada, words=LessonWords(title="The same"))] * 2)


def test_two_lessons_added_at_once_have_places_and_addresses_of_their_own(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    meet(monkeypatch, lessons, "lock_course")
    course, results = add_from_two_tabs(ada)
    assert not [result for result in results if isinstance(result, Exception)]
    assert list(course.lessons.order_by("position").values_list("position", "slug")) == [
        (0, "lesson-11"),
        (1, "the-same"),
        (2, "the-same-2"),
    ]


def test_without_the_lock_one_of_two_added_lessons_is_lost(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unlocked twin."""
    monkeypatch.setattr(lessons, "lock_course", without_lock)
    meet(monkeypatch, lessons, "lock_course")
    course, _results = add_from_two_tabs(ada)
    assert course.lessons.count() < 3
