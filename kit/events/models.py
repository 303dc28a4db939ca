"""The outbox: what happened, and who has heard of it."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class OutboxEvent(models.Model):
    """A published event. Written in the transaction that it tells of, and never changed."""

    name = models.CharField(_("event"), max_length=150)
    payload = models.JSONField(_("content"))
    request_id = models.CharField(_("request id"), max_length=64, blank=True)
    published_at = models.DateTimeField(_("published"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["published_at"], name="outbox_by_time"),
            models.Index(fields=["name", "published_at"], name="outbox_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.pk}"


class Delivery(models.Model):
    """An event on its way to one handler."""

    class State(models.TextChoices):
        PENDING = "pending", _("on its way")
        DELIVERED = "delivered", _("delivered")
        DEAD = "dead", _("given up")

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    handler = models.CharField(_("handler"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("next try"), help_text=_("While a worker tries: when we take the worker for dead."))
    sent_at = models.DateTimeField(_("last sent to the broker"))
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "handler"], name="delivery_once_per_handler"),
            models.CheckConstraint(
                name="delivery_state_and_date_agree",
                condition=models.Q(state="delivered", delivered_at__isnull=False)
                | (~models.Q(state="delivered") & models.Q(delivered_at=None)),
            ),
            models.CheckConstraint(name="delivery_dead_with_reason", condition=~models.Q(state="dead", last_error="")),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="delivery_pending", condition=models.Q(state="pending")),
            models.Index(fields=["-id"], name="delivery_dead", condition=models.Q(state="dead")),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.handler}"
