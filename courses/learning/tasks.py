from celery import shared_task

from courses.learning.services.attempts import end_overdue_attempts


@shared_task(name="courses.learning.end_overdue_attempts")
def end_overdue() -> None:
    end_overdue_attempts()
