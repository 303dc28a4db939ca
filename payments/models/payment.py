"""Money on its way in. A payment knows who pays, how much and who gets which share; not what is being bought."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Payment(models.Model):
    """One attempt to pay for `reference` through a gateway. Amounts are minor units of `currency`.

    `reference` is opaque here: whoever asked for the payment put it there (an order's number) and finds its own by it.
    At most one attempt per reference is open, and at most one ever succeeds without being sent back.
    """

    class State(models.TextChoices):
        CREATED = "created", _("Created")  # decided; the gateway may or may not have heard of it
        PENDING = "pending", _("Pending")  # the gateway has it
        SUCCEEDED = "succeeded", _("Paid")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN = (State.CREATED, State.PENDING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=64, db_index=True)
    payer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payments")
    gateway = models.CharField(max_length=20)
    gateway_id = models.CharField(_("id at the gateway"), max_length=255, blank=True)
    checkout_url = models.URLField(max_length=2000, blank=True)
    return_url = models.URLField(max_length=2000)
    cancel_url = models.URLField(max_length=2000)
    description = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    gateway_fee_minor = models.PositiveBigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CREATED)
    failure = models.CharField(_("why it failed"), max_length=300, blank=True)
    idempotency_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # R110
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "gateway_id"], name="payment_gateway_id", condition=~Q(gateway_id="")),
            models.UniqueConstraint(fields=["reference"], name="payment_one_open", condition=Q(state__in=["created", "pending"])),
            models.CheckConstraint(name="payment_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="payment_settled_at", condition=Q(state__in=["created", "pending"]) | Q(settled_at__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["payer", "-created_at"], name="payment_of_payer"),
            models.Index(fields=["created_at"], name="payment_open", condition=Q(state__in=["created", "pending"])),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount_minor} {self.currency}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class PaymentLine(models.Model):
    """Whose money it is: of each line's amount, `payee_minor` goes to the payee and `platform_minor` to the site.

    The rate is stored, so that a later change of rates changes no past sale (R114).
    """

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="lines")
    reference = models.CharField(max_length=64)  # the order line's id, opaque here
    payee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payment_lines")
    description = models.CharField(max_length=200, blank=True)
    amount_minor = models.PositiveBigIntegerField()
    fee_bps = models.PositiveIntegerField(_("platform's rate in basis points"))
    payee_minor = models.PositiveBigIntegerField()
    platform_minor = models.PositiveBigIntegerField()
    refunded_minor = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "reference"], name="payment_line_reference"),
            models.CheckConstraint(name="payment_line_adds_up", condition=Q(amount_minor=F("payee_minor") + F("platform_minor"))),
            models.CheckConstraint(name="payment_line_refund_within_amount", condition=Q(refunded_minor__lte=F("amount_minor"))),
            models.CheckConstraint(name="payment_line_rate", condition=Q(fee_bps__lte=10000)),
        ]
        indexes = [models.Index(fields=["payee", "-id"], name="payment_line_of_payee"), models.Index(fields=["reference"], name="payment_line_ref")]

    def __str__(self) -> str:
        return f"{self.description or self.reference} {self.amount_minor}"
