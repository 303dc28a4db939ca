"""What learners are written: on enrolment (R225), on completion (R254), on feedback. Nothing to an account without an address."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from courses.certificates.addresses import page_address
from courses.certificates.errors import NothingToCertify
from courses.certificates.models import Certificate
from courses.certificates.services.issuing import issue_certificate
from courses.certificates.sheets import describe_length
from courses.learning.models import Enrolment, LessonProgress, Submission
from courses.models import Course
from courses.outline import version_outline
from kit.mail import send_mail
from kit.markdown import render


def send_welcome(enrolment_id: int) -> None:
    """The access link, and where to start. Nothing when the course was closed again meanwhile."""
    enrolment = _with_course().get(pk=enrolment_id)
    course, person = enrolment.course, enrolment.user
    if not enrolment.is_full or not person.email:
        return
    is_returning = LessonProgress.objects.filter(enrolment=enrolment).exists()
    first = None
    if course.current_version_id and not is_returning:
        first = next(iter(version_outline(course.current_version_id).lessons()), None)
    start = reverse("learn_lesson", args=[course.slug, first.slug]) if first else course.get_absolute_url()
    send_mail(
        "courses/enrolled",
        to=person.email,
        context={
            "name": person.name,
            "course": course,
            "length": _length(course),
            "lesson_title": first.title if first else "",
            "start_url": _absolute(start),
            "course_url": _absolute(course.get_absolute_url()),
            "is_returning": is_returning,
        },
        idempotency_key=f"enrolled:{enrolment.pk}:{enrolment.enrolled_at.isoformat()}",
    )


def send_completion(enrolment_id: int) -> None:
    """Well done, with the certificate where the course gives one: it is issued here if it was not yet."""
    enrolment = _with_course().get(pk=enrolment_id)
    course, person = enrolment.course, enrolment.user
    certificate = _certificate(enrolment)
    if not person.email:
        return
    send_mail(
        "courses/completed",
        to=person.email,
        context={
            "name": person.name,
            "course": course,
            "length": _length(course),
            "certificate_url": page_address(certificate.pk) if certificate else "",
            "course_url": _absolute(course.get_absolute_url()),
        },
        idempotency_key=f"completed:{enrolment.pk}",
    )


def send_feedback(submission_id: UUID) -> None:
    found = Submission.objects.select_related("enrolment__user__profile", "enrolment__course", "lesson", "feedback_by__profile")
    submission = found.get(pk=submission_id)
    person, course = submission.enrolment.user, submission.enrolment.course
    if not person.email or submission.feedback_at is None or submission.feedback_by is None:
        return
    send_mail(
        "courses/feedback",
        to=person.email,
        context={
            "name": person.name,
            "submission": submission,
            "course": course,
            "creator_name": submission.feedback_by.name,
            "feedback_html": render(submission.feedback),
            "url": _absolute(reverse("learn_lesson", args=[course.slug, submission.lesson.slug])),
        },
        idempotency_key=f"feedback:{submission.pk}:{submission.feedback_at.isoformat()}",
    )


def _with_course() -> QuerySet[Enrolment]:
    return Enrolment.objects.select_related("user__profile", "course__creator__profile", "course__current_version")


def _certificate(enrolment: Enrolment) -> Certificate | None:
    try:
        return issue_certificate(enrolment)
    except NothingToCertify:
        return None


def _length(course: Course) -> str:
    version = course.current_version
    return describe_length(version.lesson_count, version.minutes) if version else ""


def _absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
