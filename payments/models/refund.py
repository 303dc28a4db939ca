"""Money on its way back, whole or in part, per line."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.models.payment import Payment, PaymentLine


class Refund(models.Model):
    """One amount sent back to the payer, in minor units of the payment's currency."""

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        SUCCEEDED = "succeeded", _("Refunded")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(_("cause"), max_length=100, unique=True)  # a second request with the same cause is the same refund
    amount_minor = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=300, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    gateway_id = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.CheckConstraint(name="refund_amount_positive", condition=Q(amount_minor__gt=0))]

    def __str__(self) -> str:
        return f"{self.payment.reference} -{self.amount_minor}"


class RefundLine(models.Model):
    """How much of a refund comes out of which line; the payee's and the platform's part are stored."""

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(PaymentLine, on_delete=models.PROTECT, related_name="refund_lines")
    amount_minor = models.PositiveBigIntegerField()
    payee_minor = models.PositiveBigIntegerField()
    platform_minor = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["refund", "line"], name="refund_line_once"),
            models.CheckConstraint(
                name="refund_line_adds_up", condition=Q(amount_minor=models.F("payee_minor") + models.F("platform_minor"))
            ),
        ]

    def __str__(self) -> str:
        return f"-{self.amount_minor}"
