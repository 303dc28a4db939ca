from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from courses.learning.limits import SITTING_DAYS
from courses.learning.services.attempts import end_overdue_attempts
from courses.learning.services.beats import forget_sittings


@shared_task(name="courses.learning.end_overdue_attempts")
def end_overdue() -> None:
    end_overdue_attempts()


@shared_task(name="courses.learning.forget_sittings")
def forget_old_sittings() -> None:
    # A page's ticket is worthless by then, so that nothing can be counted a second time.
    forget_sittings(timezone.now() - timedelta(days=SITTING_DAYS + 1))
