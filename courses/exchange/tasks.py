from celery import shared_task
from django.utils import timezone

from courses.exchange.services import exporting, importing


@shared_task(name="courses.exchange.forget_ended")
def forget_ended() -> None:
    importing.forget_ended(timezone.now())
    exporting.forget_ended(timezone.now())
