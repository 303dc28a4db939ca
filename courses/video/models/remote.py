"""Work that is done elsewhere, as a row: nobody has to wait for it, and nothing about it is only in a worker's memory."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.video.models.asset import VideoAsset


class RemoteEncoding(models.Model):
    """One generation of a video that an encoder elsewhere is to make.

    submitting (the row is there before the job is asked for) → running → made (its files are to be taken over) → over; or failed,
    or cancelled. `id` is the token of the request, so that asking again makes no second job. `order` is what was ordered, in the
    words of `courses.video.services.remote`, so that what comes back is measured against it whatever was changed since.
    """

    class State(models.TextChoices):
        SUBMITTING = "submitting", _("Being submitted")
        RUNNING = "running", _("Running")
        MADE = "made", _("Made, to be taken over")
        OVER = "over", _("Taken over")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    video = models.ForeignKey(VideoAsset, on_delete=models.CASCADE, related_name="remote_encodings")
    generation = models.PositiveIntegerField()
    encoder = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=100, blank=True)
    """The encoder's own name of the job; "" until it is known."""
    state = models.CharField(max_length=12, choices=State.choices, default=State.SUBMITTING)
    order = models.JSONField(default=dict)
    percent = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    """What the encoder said, for the log and the support desk; people read the video's own sentence."""
    created_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    """When somebody last asked the encoder, or it last told us."""
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("encoding elsewhere")
        verbose_name_plural = _("encodings elsewhere")
        constraints = [
            models.UniqueConstraint(fields=["video", "generation"], name="remote_encoding_once"),
            models.UniqueConstraint(fields=["encoder", "remote_id"], condition=~Q(remote_id=""), name="remote_encoding_of_one_job"),
            models.CheckConstraint(
                name="remote_encoding_runs_somewhere", condition=~Q(state__in=["running", "made", "over"]) | ~Q(remote_id="")
            ),
            models.CheckConstraint(
                name="remote_encoding_end_and_date_agree",
                condition=Q(state__in=["over", "failed", "cancelled"], ended_at__isnull=False)
                | Q(state__in=["submitting", "running", "made"], ended_at=None),
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], name="remote_encoding_open", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"{self.video_id} {self.generation} {self.state}"
