"""Listings follow their courses."""

from __future__ import annotations

from courses.events import CourseChanged, CoursePublished
from kit.events import subscribe
from marketplace.courseware.services.listings import refresh_listing


@subscribe(CoursePublished)
def count_published_course(event: CoursePublished) -> None:
    refresh_listing(event.course_id)


@subscribe(CourseChanged)
def follow_changed_course(event: CourseChanged) -> None:
    refresh_listing(event.course_id)
