"""Modules: added."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from courses.errors import BadCourse
from courses.limits import MOST_MODULES
from courses.models import Course, Module
from courses.services.locks import lock_course, stamp_outline
from courses.texts import clean_line, clean_text


@transaction.atomic
def add_module(course: Course, *, by: User, title: str, description: str = "", is_free_preview: bool = False) -> Module:
    """A module at the end (R186). Raises `BadCourse`."""
    course = lock_course(course)
    count = Module.objects.present().filter(course=course).count()
    if count >= MOST_MODULES:
        raise BadCourse(_("A course has at most %(most)d modules.") % {"most": MOST_MODULES}, field="title")
    module = Module.objects.create(
        course=course,
        title=clean_line(title, field="title", most=160),
        description=clean_text(description, field="description", most=2000),
        is_free_preview=is_free_preview,
        position=count,
    )
    stamp_outline(course)
    return module
