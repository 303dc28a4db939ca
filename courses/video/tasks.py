"""What is done by the clock."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from courses.video.services.generations import sweep_generations
from courses.video.services.remote import ask_remote_encoders as ask_remote_encoders_service
from courses.video.services.sweeping import sweep_uploads as sweep_uploads_service


@shared_task(name="courses.video.sweep_uploads", soft_time_limit=1790, time_limit=1800)
def sweep_uploads() -> None:
    sweep_uploads_service(timezone.now())


@shared_task(name="courses.video.sweep_generations", soft_time_limit=1790, time_limit=1800)
def sweep_dead_generations() -> None:
    sweep_generations()


@shared_task(name="courses.video.ask_remote_encoders")
def ask_remote_encoders() -> None:
    ask_remote_encoders_service()
