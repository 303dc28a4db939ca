"""Money on its way back, whole or in part, per line."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.models.payment import Payment, PaymentLine
from payments.querysets import RefundQuerySet


class Refund(models.Model):
    """One amount sent back to the payer, in minor units of the payment's currency.

    States: pending → succeeded or failed; and succeeded → failed, since a bank can return a refund weeks later.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        SUCCEEDED = "succeeded", _("Refunded")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # also the idempotency key at the gateway (R110)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(_("cause"), max_length=100, unique=True)  # a second request with the same cause is the same refund
    amount_minor = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=300, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    gateway_id = models.CharField(_("id at the gateway"), max_length=255, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    failure = models.CharField(_("why it failed"), max_length=300, blank=True)
    attention = models.CharField(_("needs a person because"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    next_ask_at = models.DateTimeField(_("gateway asked again"), default=timezone.now)

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.CheckConstraint(name="refund_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="refund_settled_at", condition=Q(state="pending") | Q(settled_at__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="refund_newest"),
            models.Index(fields=["gateway_id"], name="refund_gateway_id", condition=~Q(gateway_id="")),
            models.Index(fields=["next_ask_at"], name="refund_pending", condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.payment.reference} -{self.amount_minor}"

    def ask_again(self, *, now: datetime) -> None:
        """When to ask the gateway next: soon for a young refund, ever later for an old one."""
        self.next_ask_at = now + min(max((now - self.created_at) / 4, settings.PAYMENT_ASK_AFTER), settings.PAYMENT_ASK_AT_LEAST)


class RefundLine(models.Model):
    """How much of a refund comes out of which line; the payee's and the platform's part are stored."""

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(PaymentLine, on_delete=models.PROTECT, related_name="refund_lines")
    amount_minor = models.PositiveBigIntegerField()
    payee_minor = models.PositiveBigIntegerField()
    platform_minor = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("refund line")
        verbose_name_plural = _("refund lines")
        constraints = [
            models.UniqueConstraint(fields=["refund", "line"], name="refund_line_once"),
            models.CheckConstraint(name="refund_line_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="refund_line_adds_up", condition=Q(amount_minor=F("payee_minor") + F("platform_minor"))),
        ]

    def __str__(self) -> str:
        return f"-{self.amount_minor}"
