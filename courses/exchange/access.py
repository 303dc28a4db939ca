"""The doors to imports and exports."""

from __future__ import annotations

import uuid

from django.utils import timezone

from accounts.models import User
from courses.exchange.errors import ExportNotFound, ImportEnded, ImportNotFound
from courses.exchange.models import CourseExport, CourseImport
from courses.models import Course
from kit.jobs.models import Job


def get_own_import(user: User, import_id: uuid.UUID) -> CourseImport:
    """The user's own import. Raises `ImportNotFound`, and `ImportEnded` when it waited too long or lost its course."""
    found = CourseImport.objects.select_related("course").filter(creator=user, pk=import_id).first()
    if found is None:
        raise ImportNotFound
    if found.has_lost_its_course or (found.state == CourseImport.State.CHECKED and found.expires_at <= timezone.now()):
        raise ImportEnded
    return found


def get_own_export(course: Course, export_id: uuid.UUID) -> CourseExport:
    """An export of a course that one holds already. Raises `ExportNotFound`."""
    found = CourseExport.objects.filter(course=course, pk=export_id, expires_at__gt=timezone.now()).first()
    if found is None:
        raise ExportNotFound
    return found


def job_of(work: CourseImport | CourseExport) -> Job | None:
    """The job that does it, for its progress; None when it is done at once or was forgotten."""
    return Job.objects.filter(key=work.job_key).first()
