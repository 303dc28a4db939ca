"""Who changes a course holds its row: modules, lessons and quizzes have no lock of their own."""

from __future__ import annotations

from django.db.models import F

from courses.errors import CourseNotFound
from courses.models import Course


def lock_course(course: Course) -> Course:
    """The course, read anew under lock until the transaction ends. Raises `CourseNotFound` when it is gone."""
    locked = Course.objects.select_for_update(of=("self",)).select_related("creator").filter(pk=course.pk).first()
    if locked is None:
        raise CourseNotFound
    return locked


def stamp_outline(course: Course) -> int:
    """Count a change of the outline of a course whose lock the caller holds; the new stamp."""
    Course.objects.filter(pk=course.pk).update(outline_stamp=F("outline_stamp") + 1)
    course.outline_stamp += 1
    return course.outline_stamp
