"""A learner at the end of a course."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.certificates.models import Certificate
from courses.learning.events import CourseCompleted
from courses.learning.models import Enrolment
from courses.models import Course
from kit.events import publish
from kit.events.testing import deliver_all
from tests.factories.courses import enrol


def finish(user: User, course: Course) -> Enrolment:
    """The last lesson is done: what follows from it is delivered."""
    enrolment = enrol(user, course)
    with transaction.atomic():
        Enrolment.objects.filter(pk=enrolment.pk).update(completed_at=timezone.now(), progress=100)
        publish(CourseCompleted(enrolment_id=enrolment.pk))
    deliver_all()
    enrolment.refresh_from_db()
    return enrolment


def certify(user: User, course: Course) -> Certificate:
    """The certificate of somebody who finished the course."""
    return Certificate.objects.with_course().get(enrolment=finish(user, course))
