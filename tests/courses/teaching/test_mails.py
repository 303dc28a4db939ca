"""R225, R254."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from courses.certificates.models import Certificate
from courses.learning.models import Enrolment
from courses.learning.services.enrolments import revoke_enrolment
from courses.models import Course, Lesson
from courses.teaching.mails import send_welcome
from kit.events.testing import deliver_all
from tests.courses.certificates.finishing import finish
from tests.courses.teaching.progress import done
from tests.factories.courses import enrol, make_course

pytestmark = pytest.mark.django_db


def test_whoever_is_enrolled_gets_the_way_in_and_where_to_start(ben: User, course: Course, mailoutbox: list[Any]) -> None:
    first = Lesson.objects.get(course=course, title="Lesson 1.1")
    enrol(ben, course)
    deliver_all()
    [mail] = [mail for mail in mailoutbox if "open for you" in mail.subject]
    assert mail.to == ["ben@example.com"]
    assert "“Letters that hold”" in mail.subject
    for text in (mail.body, mail.alternatives[0][0]):
        assert f"/learn/letters-that-hold/{first.slug}/" in text
        assert "Lesson 1.1" in text
        assert "4 lessons, 20\u00a0min" in text


def test_whoever_comes_back_is_not_sent_to_the_first_lesson(ben: User, course: Course, mailoutbox: list[Any]) -> None:
    enrolment = enrol(ben, course)
    deliver_all()
    done(enrolment, "Lesson 1.1")
    with transaction.atomic():
        revoke_enrolment(course, user=ben, reference="test")
    enrol(ben, course, reference="again")
    mailoutbox.clear()
    deliver_all()
    [mail] = mailoutbox
    assert "/learn/letters-that-hold/\n" in mail.body
    assert "still there" in mail.body


def test_a_course_that_closed_meanwhile_is_not_announced(ben: User, course: Course, mailoutbox: list[Any]) -> None:
    enrolment = enrol(ben, course)
    Enrolment.objects.filter(pk=enrolment.pk).update(revoked_at=enrolment.enrolled_at)
    mailoutbox.clear()
    send_welcome(enrolment.pk)
    assert mailoutbox == []


def test_whoever_finishes_is_congratulated_with_the_certificate(ben: User, course: Course, mailoutbox: list[Any]) -> None:
    enrolment = finish(ben, course)
    certificate = Certificate.objects.get(enrolment=enrolment)
    [mail] = [mail for mail in mailoutbox if "finished" in mail.subject]
    assert f"/certificates/{certificate.pk}/" in mail.body
    assert f"/certificates/{certificate.pk}/" in mail.alternatives[0][0]


def test_a_course_without_certificates_promises_none(ben: User, ada: User, mailoutbox: list[Any]) -> None:
    finish(ben, make_course(ada, gives_certificate=False))
    [mail] = [mail for mail in mailoutbox if "finished" in mail.subject]
    assert "certificate" not in mail.body.lower()
