"""Two confirmations of one import at the same moment."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pytest
from django.db import connection

from courses.exchange.models import CourseImport
from courses.exchange.services import importing
from courses.models import Course
from tests.courses.exchange.packages import as_file, small_course
from tests.factories import make_user
from tests.threads import EXPECTED, KEPT_OUT

pytestmark = pytest.mark.django_db(transaction=True)


def confirm_at_once(monkeypatch: pytest.MonkeyPatch, *, longest: float = KEPT_OUT) -> None:
    """Both threads stop before the course is made until the other has come as far, or cannot."""
    checked = importing.check_import(as_file(small_course()), by=make_user("ada", creator=True), name="course.json")
    meeting = threading.Barrier(2, timeout=longest)
    create = importing.create_course

    def create_late(**said: Any) -> Course:
        with contextlib.suppress(threading.BrokenBarrierError):
            meeting.wait()
        return create(**said)

    monkeypatch.setattr(importing, "create_course", create_late)

    def confirm() -> None:
        try:
            importing.fulfil_import(CourseImport.objects.get(pk=checked.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm) for _thread in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_confirmations_at_once_make_one_course(monkeypatch: pytest.MonkeyPatch) -> None:
    confirm_at_once(monkeypatch)
    assert Course.objects.count() == 1


def test_without_the_lock_they_make_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_lock", lambda found: CourseImport.objects.select_related("creator", "course").get(pk=found.pk))
    confirm_at_once(monkeypatch, longest=EXPECTED)
    assert Course.objects.count() == 2
