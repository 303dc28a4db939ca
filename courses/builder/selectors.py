"""What the pages of the builder show of courses."""

from __future__ import annotations

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum

from accounts.models import User
from courses.models import Course, CourseVersion, Lesson


def courses_of(creator: User) -> QuerySet[Course]:
    """One's courses, the last touched first, each with the draft's `lesson_count` and `minutes` (None without lessons)."""
    lessons = Lesson.objects.present().filter(course=OuterRef("pk")).order_by().values("course")
    courses: QuerySet[Course] = (
        Course.objects.of(creator)
        .select_related("current_version")
        .defer("current_version__outline")
        .annotate(
            lesson_count=Subquery(lessons.annotate(count=Count("pk")).values("count")),
            minutes=Subquery(lessons.annotate(total=Sum("minutes")).values("total")),
        )
        .order_by("-updated_at", "-pk")
    )
    return courses


def versions_of(course: Course) -> QuerySet[CourseVersion]:
    """What was published, the last first."""
    return course.versions.select_related("published_by").defer("outline").order_by("-number")
