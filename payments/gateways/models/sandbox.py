"""The other side of practice payments: what the sandbox bank keeps in its own books.

Nothing of the site reads these tables except through `payments.gateways.sandbox`, as it would ask a bank elsewhere.
"""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


def new_id(kind: str) -> str:
    """An id as banks make them: what it is, and something that nobody guesses."""
    return f"sbx_{kind}_{secrets.token_hex(12)}"


class SandboxCheckout(models.Model):
    """One request to pay, as the bank sees it. Amounts are minor units; `payer` and `reference` mean something to the site only."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for the payer")
        APPROVAL = "approval", _("Waiting for the payer's approval")
        PROCESSING = "processing", _("Answer is out")
        PAID = "paid", _("Paid")
        FAILED = "failed", _("Declined")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Run out of time")

    class Webhooks(models.TextChoices):
        ONCE = "once", _("Once")
        TWICE = "twice", _("Twice")
        SHUFFLED = "shuffled", _("Out of order")
        NEVER = "never", _("Never")

    id = models.CharField(primary_key=True, max_length=40, editable=False)
    key = models.CharField(_("idempotency key"), max_length=100, unique=True)
    request_digest = models.CharField(max_length=64)  # the same key with another request is refused
    reference = models.CharField(max_length=64)
    payer = models.CharField(max_length=64)
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    description = models.CharField(max_length=200, blank=True)
    return_url = models.URLField(max_length=2000)
    cancel_url = models.URLField(max_length=2000)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    webhooks = models.CharField(_("how it tells the site"), max_length=10, choices=Webhooks.choices, default=Webhooks.ONCE)
    refunds_fail = models.BooleanField(_("refunds are turned down"), default=False)
    charge_id = models.CharField(max_length=40, blank=True)
    fee_minor = models.PositiveBigIntegerField(null=True, blank=True)
    refunded_minor = models.PositiveBigIntegerField(default=0)
    failure = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    answers_at = models.DateTimeField(_("late answer comes at"), null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("sandbox checkout")
        verbose_name_plural = _("sandbox checkouts")
        constraints = [
            models.UniqueConstraint(fields=["charge_id"], name="sandbox_charge_once", condition=~Q(charge_id="")),
            models.CheckConstraint(name="sandbox_refund_within_amount", condition=Q(refunded_minor__lte=F("amount_minor"))),
            models.CheckConstraint(name="sandbox_paid_has_charge", condition=~Q(state="paid") | ~Q(charge_id="")),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="sandbox_checkout_newest"),
            models.Index(fields=["answers_at"], name="sandbox_checkout_late", condition=Q(state="processing")),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def takes_money(self) -> bool:
        """Whether the payer can still do something on the bank's page."""
        return self.state in (self.State.OPEN, self.State.APPROVAL)


class SandboxRefund(models.Model):
    class State(models.TextChoices):
        SUCCEEDED = "succeeded", _("Sent back")
        FAILED = "failed", _("Turned down")

    id = models.CharField(primary_key=True, max_length=40, editable=False)
    key = models.CharField(_("idempotency key"), max_length=100, unique=True)
    checkout = models.ForeignKey(SandboxCheckout, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices)
    failure = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("sandbox refund")
        verbose_name_plural = _("sandbox refunds")
        constraints = [models.CheckConstraint(name="sandbox_refund_positive", condition=Q(amount_minor__gt=0))]

    def __str__(self) -> str:
        return self.id


class SandboxEvent(models.Model):
    """Something that the bank tells the site about, in the exact words that it signs."""

    id = models.CharField(primary_key=True, max_length=40, editable=False)
    checkout = models.ForeignKey(SandboxCheckout, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40)
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("sandbox event")
        verbose_name_plural = _("sandbox events")

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class SandboxWebhookAttempt(models.Model):
    """One try to tell the site. `status` is its HTTP answer, empty where there was none."""

    event = models.ForeignKey(SandboxEvent, on_delete=models.CASCADE, related_name="attempts")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-sent_at"]
        verbose_name = _("sandbox webhook")
        verbose_name_plural = _("sandbox webhooks")

    def __str__(self) -> str:
        return f"{self.event_id} {self.status or self.error}"
