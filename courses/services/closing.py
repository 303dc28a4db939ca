"""Closing a course that may not be handed out, and opening it again. Called by whoever decides about that."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from courses.models import Course
from courses.services.locks import lock_course


@transaction.atomic
def close_course(course: Course) -> None:
    """Keep everybody but its creator and staff out. Progress, notes and certificates stay. Safe to call twice."""
    course = lock_course(course)
    if course.closed_at is None:
        course.closed_at = timezone.now()
        course.save(update_fields=["closed_at"])


@transaction.atomic
def reopen_course(course: Course) -> None:
    """Undo `close_course`. Safe to call twice."""
    course = lock_course(course)
    if course.closed_at is not None:
        course.closed_at = None
        course.save(update_fields=["closed_at"])
