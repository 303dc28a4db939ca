"""Putting a job into its queue."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from celery import current_app
from django.apps import apps
from django.db import transaction
from django.db.models.functions import Now
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from kit.jobs.registry import get_handler

if TYPE_CHECKING:
    from kit.jobs.models import Job

logger = structlog.get_logger(__name__)

WORK_TASK = "kit.jobs.work"


class KeyTaken(ValueError):
    """The key belongs to a job of another name."""


def enqueue(name: str, *, key: str, params: dict[str, Any] | None = None, owner: str = "") -> Job:
    """The job that does `name` for the reason `key`: a new one, or the one that this key already has.

    Part of the caller's transaction; workers hear of it after the commit. `params` is JSON. `owner` ("user:12")
    shares a queue fairly: who has the fewest jobs running is served next.

    Raises `UnknownJob`, and `KeyTaken` when the key belongs to another kind of job.
    """
    handler = get_handler(name)
    job_model = apps.get_model("jobs", "Job")
    with transaction.atomic():
        fresh = job_model(
            name=name,
            key=key,
            params=params or {},
            owner=owner,
            queue=handler.queue,
            max_attempts=handler.max_attempts,
            due_at=Now(),
            sent_at=Now(),
        )
        job_model.objects.bulk_create([fresh], ignore_conflicts=True)
        job: Job = job_model.objects.get(key=key)
        if job.name != name:
            raise KeyTaken(f"{key!r} is the key of a {job.name!r} job")
        if job.pk == fresh.pk:
            transaction.on_commit(partial(send_hints, [handler.queue]), robust=True)
    return job


def send_hints(queues: list[str]) -> None:
    """Tell a worker of each queue named that there is work. The message says no more: which job, the row decides."""
    for queue in queues:
        try:
            current_app.send_task(WORK_TASK, args=[queue], queue=queue, retry=False, ignore_result=True)
        except (OSError, KombuError, RedisError) as error:
            logger.warning("job_hint_not_sent", queue=queue, error=type(error).__name__)
            return
