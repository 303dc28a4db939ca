"""Long work as a row."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kit.jobs.interrupts import JobCancelled, LeaseLost
from kit.jobs.registry import UnknownJob, get_handler


class Job(models.Model):
    """A piece of work that outlives requests, messages and workers.

    Whoever runs it holds a lease; `attempt` numbers the holders, so that one who lost the lease can no longer write.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("job"), max_length=100)
    key = models.CharField(_("idempotency key"), max_length=200, unique=True)
    queue = models.CharField(_("queue"), max_length=40)
    owner = models.CharField(_("owner"), max_length=64, blank=True)
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(_("try"), default=0)
    max_attempts = models.PositiveSmallIntegerField(_("most tries"))
    due_at = models.DateTimeField(_("not before"))
    sent_at = models.DateTimeField(_("last sent to the broker"))
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    checkpoint = models.JSONField(_("checkpoint"), default=dict, blank=True)
    progress = models.PositiveSmallIntegerField(_("progress in %"), default=0, validators=[MaxValueValidator(100)])
    message = models.CharField(_("message"), max_length=200, blank=True)
    error = models.TextField(_("last error"), blank=True)
    cancel_requested_at = models.DateTimeField(_("asked to stop"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    started_at = models.DateTimeField(_("first started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.CheckConstraint(
                name="job_runs_with_a_lease",
                condition=models.Q(state="running", lease_until__isnull=False) | (~models.Q(state="running") & models.Q(lease_until=None)),
            ),
            models.CheckConstraint(
                name="job_end_and_date_agree",
                condition=models.Q(state__in=["finished", "failed", "cancelled"], ended_at__isnull=False)
                | models.Q(state__in=["queued", "running"], ended_at=None),
            ),
            models.CheckConstraint(name="job_failed_with_reason", condition=~models.Q(state="failed", error="")),
            models.CheckConstraint(name="job_progress_is_a_percentage", condition=models.Q(progress__lte=100)),
        ]
        indexes = [
            models.Index(fields=["queue", "created_at"], name="job_waiting", condition=models.Q(state="queued")),
            models.Index(fields=["lease_until"], name="job_running", condition=models.Q(state="running")),
            models.Index(fields=["owner", "-created_at"], name="job_of_owner"),
            models.Index(fields=["-created_at"], name="job_failed", condition=models.Q(state="failed")),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.key})"

    @property
    def has_ended(self) -> bool:
        return self.state in (self.State.FINISHED, self.State.FAILED, self.State.CANCELLED)

    @property
    def lease(self) -> timedelta:
        """How long a worker may be silent before another takes over."""
        try:
            seconds = get_handler(self.name).lease
        except UnknownJob:
            seconds = None
        return timedelta(seconds=settings.JOBS_LEASE_SECONDS if seconds is None else seconds)

    def held(self) -> models.QuerySet[Job]:
        """This row, as long as this try of it still holds the lease."""
        return type(self)._default_manager.filter(pk=self.pk, state=self.State.RUNNING, attempt=self.attempt)

    def heartbeat(self, *, checkpoint: dict[str, Any] | None = None, progress: int | None = None, message: str | None = None) -> None:
        """Say that the work goes on, keep the lease, and note how far it is.

        `checkpoint` replaces the old one; the next try begins there. `progress` is in per cent, `message` what
        people read beside it.

        Raises `LeaseLost` when another worker has taken over, `JobCancelled` when somebody asked to stop, and
        `TimeoutError` when this try exceeds the handler's time limit. Let them pass.
        """
        noted: dict[str, Any] = {}
        if checkpoint is not None:
            noted["checkpoint"] = checkpoint
        if progress is not None:
            noted["progress"] = max(0, min(100, progress))
        if message is not None:
            noted["message"] = message[:200]
        if not self.held().update(heartbeat_at=Now(), lease_until=Now() + self.lease, **noted):
            raise LeaseLost(f"{self} was taken from try {self.attempt}")
        for name, value in noted.items():
            setattr(self, name, value)
        if self.held().filter(cancel_requested_at__isnull=False).exists():
            raise JobCancelled(str(self))
        if time.monotonic() > self._deadline:
            raise TimeoutError(f"{self} took longer than its time limit")

    _deadline: float = float("inf")

    def limit_to(self, seconds: float) -> None:
        """From here on, `heartbeat` ends the try after so many seconds."""
        self._deadline = time.monotonic() + seconds
