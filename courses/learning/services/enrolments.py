"""Enrolling and closing: called by whoever sells or gives courses."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.learning.access import Standing
from courses.learning.completion import version_aim
from courses.learning.errors import NothingKept
from courses.learning.events import EnrolmentRevoked, StudentEnrolled
from courses.learning.models import Enrolment
from courses.learning.services.progress import refresh_progress
from courses.models import Course
from courses.outline import LessonEntry, QuizEntry
from kit.events import publish


@transaction.atomic
def enrol_student(course: Course, *, user: User, source: str, reference: str = "") -> Enrolment:
    """Open the whole course for somebody (R224). Safe to call twice with one `reference`.

    Whoever looked at free lessons or had the course before keeps the progress.
    """
    Enrolment.objects.bulk_create([Enrolment(user=user, course=course, source=source)], ignore_conflicts=True)
    enrolment = Enrolment.objects.select_for_update().get(user=user, course=course)
    if enrolment.is_full and enrolment.grant_ref:
        return enrolment
    enrolment.source, enrolment.grant_ref, enrolment.revoked_at = source, reference, None
    enrolment.enrolled_at = enrolment.last_activity_at = timezone.now()
    enrolment.save(update_fields=["source", "grant_ref", "revoked_at", "enrolled_at", "last_activity_at"])
    publish(StudentEnrolled(enrolment_id=enrolment.pk))
    # Whoever did every lesson while they were free, or before giving the course back, is done.
    return refresh_progress(enrolment)


@transaction.atomic
def ensure_enrolment(course: Course, *, user: User) -> Enrolment:
    """The user's enrolment; one that opens nothing and only remembers progress in free lessons where there is none yet."""
    total = version_aim(course.current_version_id).lessons_total if course.current_version_id else 0
    preview = Enrolment(user=user, course=course, source=Enrolment.Source.PREVIEW, lessons_total=total)
    Enrolment.objects.bulk_create([preview], ignore_conflicts=True)
    return Enrolment.objects.select_related("course").get(user=user, course=course)


@transaction.atomic
def revoke_enrolment(course: Course, *, user: User, reference: str) -> None:
    """Close the course for somebody, as far as `reference` opened it. Progress, notes and certificate stay. Safe to call twice."""
    enrolment = Enrolment.objects.select_for_update().filter(user=user, course=course, revoked_at__isnull=True, grant_ref=reference).first()
    if enrolment is None:
        return
    enrolment.revoked_at = timezone.now()
    enrolment.save(update_fields=["revoked_at"])
    publish(EnrolmentRevoked(enrolment_id=enrolment.pk))


def enrolment_in(standing: Standing, entry: LessonEntry | QuizEntry) -> Enrolment:
    """Whose progress in `entry` is kept; begun where somebody takes a first free lesson. Raises `NothingKept` for who only looks."""
    if standing.user is None or not standing.is_learner_of(entry):
        raise NothingKept
    return standing.enrolment or ensure_enrolment(standing.course, user=standing.user)
