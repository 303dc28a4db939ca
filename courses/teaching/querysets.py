"""The vocabulary for asking who takes a course."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper

from courses.learning.models import Enrolment
from courses.models import Course

STATES = {
    "under_way": Q(revoked_at__isnull=True, completed_at__isnull=True) & ~Q(lessons_completed=0, progress=0),
    "not_begun": Q(revoked_at__isnull=True, completed_at__isnull=True, lessons_completed=0, progress=0),
    "finished": Q(completed_at__isnull=False),
    "closed": Q(revoked_at__isnull=False, completed_at__isnull=True),
}
"""Each learner is in exactly one."""

SORTS = {
    "activity": ("-last_activity_at", "-pk"),
    "progress": ("-progress", "-last_activity_at", "-pk"),
    "name": (Upper("user__profile__display_name"), "user__username"),
    "newest": ("-enrolled_at", "-pk"),
}


def taking(course: Course) -> QuerySet[Enrolment]:
    """Those who have or had the whole course; not those who only looked at free lessons."""
    return Enrolment.objects.filter(course=course).exclude(source=Enrolment.Source.PREVIEW)


def named(learners: QuerySet[Enrolment], words: str) -> QuerySet[Enrolment]:
    """Those whose name or username holds the words. Never searched by e-mail address: creators do not see it."""
    return learners.filter(Q(user__profile__display_name__icontains=words) | Q(user__username__icontains=words)) if words else learners
