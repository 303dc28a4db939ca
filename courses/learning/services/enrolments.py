"""Enrolling and closing: called by whoever sells or gives courses."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.learning.events import EnrolmentRevoked, StudentEnrolled
from courses.learning.models import Enrolment
from courses.models import Course
from kit.events import publish


@transaction.atomic
def enrol_student(course: Course, *, user: User, source: str, reference: str = "") -> Enrolment:
    """Open the whole course for somebody (R224). Safe to call twice with one `reference`.

    Whoever looked at free lessons or had the course before keeps the progress.
    """
    total = course.current_version.lesson_count if course.current_version else 0
    Enrolment.objects.bulk_create([Enrolment(user=user, course=course, source=source, lessons_total=total)], ignore_conflicts=True)
    enrolment = Enrolment.objects.select_for_update().get(user=user, course=course)
    if enrolment.is_full and enrolment.grant_ref:
        return enrolment
    enrolment.source, enrolment.grant_ref, enrolment.revoked_at = source, reference, None
    enrolment.enrolled_at = enrolment.last_activity_at = timezone.now()
    enrolment.save(update_fields=["source", "grant_ref", "revoked_at", "enrolled_at", "last_activity_at"])
    publish(StudentEnrolled(enrolment_id=enrolment.pk))
    return enrolment


@transaction.atomic
def revoke_enrolment(course: Course, *, user: User, reference: str) -> None:
    """Close the course for somebody, as far as `reference` opened it. Progress, notes and certificate stay. Safe to call twice."""
    enrolment = Enrolment.objects.select_for_update().filter(user=user, course=course, revoked_at__isnull=True, grant_ref=reference).first()
    if enrolment is None:
        return
    enrolment.revoked_at = timezone.now()
    enrolment.save(update_fields=["revoked_at"])
    publish(EnrolmentRevoked(enrolment_id=enrolment.pk))
