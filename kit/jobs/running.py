"""Taking, running, and recovering jobs. All times are the database's."""

from __future__ import annotations

import traceback
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Case, Count, F, IntegerField, Value, When
from django.db.models.functions import Now

from kit.backoff import overdue, spread_back_off
from kit.events import publish
from kit.jobs.enqueueing import send_hints
from kit.jobs.events import JobFailed, JobWasCancelled
from kit.jobs.interrupts import GiveUp, JobCancelled, LeaseLost
from kit.jobs.models import Job
from kit.jobs.registry import get_handler

logger = structlog.get_logger(__name__)

MOST_ERROR_CHARACTERS = 8000
BATCH = 500


def work(queue: str, *, reraise: bool = False) -> Job | None:
    """Take the next job of a queue and run it to its end. None when there is nothing to do.

    What a handler raises is recorded, not raised, unless `reraise`.
    """
    job = claim_next(queue)
    if job is not None:
        run(job, reraise=reraise)
    return job


def claim_next(queue: str) -> Job | None:
    """Take the job that is next in `queue`: of who has the fewest running there, the oldest."""
    with transaction.atomic():
        running = Job.objects.filter(queue=queue, state=Job.State.RUNNING).exclude(owner="").values_list("owner").annotate(Count("pk"))
        busy = [When(owner=owner, then=Value(count)) for owner, count in running]
        fewest_first = [Case(*busy, default=Value(0), output_field=IntegerField())] if busy else []
        job = (
            Job.objects.select_for_update(skip_locked=True)
            .filter(queue=queue, state=Job.State.QUEUED, due_at__lte=Now())
            .order_by(*fewest_first, "created_at", "pk")
            .first()
        )
        if job is None:
            return None
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.RUNNING,
            attempt=F("attempt") + 1,
            lease_until=Now() + job.lease,
            heartbeat_at=Now(),
            started_at=job.started_at or Now(),
        )
        job.refresh_from_db()
    return job


def run(job: Job, *, reraise: bool = False) -> None:
    """Run a job that this process has claimed, and record how it went."""
    log = logger.bind(job=str(job.pk), name=job.name, attempt=job.attempt)
    log.info("job_started")
    try:
        handler = get_handler(job.name)
        job.limit_to(handler.time_limit)
        handler.function(job)
    except LeaseLost:
        log.warning("job_lease_lost")
    except JobCancelled:
        _end_cancelled(job)
        log.info("job_cancelled")
    except GiveUp as reason:
        _fail(job, str(reason) or "The job gave up.")
        log.error("job_failed", reason=str(reason))
        if reraise:
            raise
    except Exception as error:
        _retry_or_fail(job, "".join(traceback.format_exception(error))[-MOST_ERROR_CHARACTERS:])
        log.error("job_try_failed", exc_info=error)
        if reraise:
            raise
    else:
        done = job.held().update(
            state=Job.State.FINISHED, ended_at=Now(), lease_until=None, progress=100, error="", cancel_requested_at=None
        )
        # Refused when another worker has taken over: its result is the one that counts.
        log.info("job_finished") if done else log.warning("job_finish_refused")


def cancel_job(job: Job, *, by: Any = None) -> bool:
    """Stop a job: one that waits at once, one that runs at its next heartbeat. False when it has ended already."""
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if locked.has_ended:
            return False
        if locked.state == Job.State.QUEUED:
            Job.objects.filter(pk=job.pk).update(state=Job.State.CANCELLED, ended_at=Now(), cancel_requested_at=Now())
            publish(JobWasCancelled(job_id=job.pk, name=job.name, key=job.key))
        else:
            Job.objects.filter(pk=job.pk).update(cancel_requested_at=Now())
    logger.info("job_cancel_requested", job=str(job.pk), by=getattr(by, "pk", None))
    return True


def retry_job(job: Job, *, by: Any = None) -> bool:
    """Give a failed or cancelled job all its tries again, from its checkpoint. False when it is neither."""
    with transaction.atomic():
        # Tries are counted on, never back: the number is what keeps an earlier holder from writing.
        revived = Job.objects.filter(pk=job.pk, state__in=[Job.State.FAILED, Job.State.CANCELLED]).update(
            state=Job.State.QUEUED,
            max_attempts=F("attempt") + get_handler(job.name).max_attempts,
            due_at=Now(),
            sent_at=Now(),
            ended_at=None,
            cancel_requested_at=None,
        )
        if revived:
            transaction.on_commit(lambda: send_hints([job.queue]), robust=True)
            logger.info("job_retried", job=str(job.pk), by=getattr(by, "pk", None))
    return bool(revived)


def sweep() -> int:
    """Take back what lost its worker, and tell workers of what waits without a message. Returns how many messages."""
    with transaction.atomic():
        for job in Job.objects.select_for_update(skip_locked=True).filter(state=Job.State.RUNNING, lease_until__lte=Now())[:BATCH]:
            logger.warning("job_worker_lost", job=str(job.pk), attempt=job.attempt)
            if job.cancel_requested_at:
                _end_cancelled(job)
            else:
                _retry_or_fail(job, f"The worker was lost during try {job.attempt}.", wait=False)
    with transaction.atomic():
        waiting = list(
            Job.objects.select_for_update(skip_locked=True)
            .filter(overdue(settings.JOBS_RESEND_SECONDS), state=Job.State.QUEUED, due_at__lte=Now())
            .order_by("due_at")[:BATCH]
        )
        Job.objects.filter(pk__in=[job.pk for job in waiting]).update(sent_at=Now())
    send_hints([job.queue for job in waiting])
    return len(waiting)


def prune_jobs() -> int:
    """Delete jobs that ended well or were cancelled JOBS_KEEP_DAYS ago; their keys are free again. Returns how many."""
    old = Job.objects.filter(
        state__in=[Job.State.FINISHED, Job.State.CANCELLED], ended_at__lt=Now() - timedelta(days=settings.JOBS_KEEP_DAYS)
    )
    return old.delete()[0]


def _retry_or_fail(job: Job, error: str, *, wait: bool = True) -> None:
    if job.attempt >= job.max_attempts:
        _fail(job, error)
        return
    seconds = spread_back_off(job.attempt, settings.JOBS_BACKOFF_SECONDS, settings.JOBS_BACKOFF_MOST_SECONDS) if wait else 0.0
    job.held().update(state=Job.State.QUEUED, lease_until=None, due_at=Now() + timedelta(seconds=seconds), error=error)


def _fail(job: Job, error: str) -> None:
    with transaction.atomic():
        if job.held().update(state=Job.State.FAILED, ended_at=Now(), lease_until=None, error=error):
            publish(JobFailed(job_id=job.pk, name=job.name, key=job.key))


def _end_cancelled(job: Job) -> None:
    with transaction.atomic():
        if job.held().update(state=Job.State.CANCELLED, ended_at=Now(), lease_until=None):
            publish(JobWasCancelled(job_id=job.pk, name=job.name, key=job.key))
