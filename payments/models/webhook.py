"""The inbox: what gateways told us, each telling once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class WebhookEvent(models.Model):
    """A verified message of a gateway, stored before anything is done about it; the pair (gateway, event id) is unique.

    Its content is never believed beyond `subject` and `subject_id`: those say what to read again at the gateway.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        HANDLED = "handled", _("Handled")
        IGNORED = "ignored", _("Ignored")  # nothing here for us, e.g. another site's payment

    class Subject(models.TextChoices):
        CHECKOUT = "checkout", _("A checkout")
        REFUND = "refund", _("A refund")
        OTHER = "other", _("Something else")

    gateway = models.CharField(max_length=20)
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=100)
    subject = models.CharField(max_length=10, choices=Subject.choices)
    subject_id = models.CharField(_("id at the gateway"), max_length=255, blank=True)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    note = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-received_at"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "event_id"], name="webhook_event_once"),
            models.CheckConstraint(name="webhook_event_handled_at", condition=Q(state="received") | Q(handled_at__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["-received_at"], name="webhook_newest"),
            models.Index(fields=["subject_id"], name="webhook_subject", condition=~Q(subject_id="")),
            models.Index(fields=["received_at"], name="webhook_waiting", condition=Q(state="received")),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.kind} {self.event_id}"
