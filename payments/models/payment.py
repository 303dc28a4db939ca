"""Money on its way in. A payment knows who pays, how much and who gets which share; not what is being bought."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.querysets import PaymentQuerySet


class Payment(models.Model):
    """One attempt to pay for `reference` through a gateway. Amounts are minor units of `currency`.

    `reference` is opaque here: whoever asked for the payment put it there (an order's number) and finds its own by it.
    At most one attempt per reference is open, and at most one ever counts: money that comes in for a reference that is
    paid already is `surplus_of` the payment that was first, and goes back.

    States move forward only: created → pending → failed or cancelled → succeeded. Success is last, because money that
    the gateway has taken beats what was thought before.
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
    gateway_id = models.CharField(_("id at the gateway"), max_length=255, blank=True)  # of the checkout
    gateway_charge_id = models.CharField(_("charge at the gateway"), max_length=255, blank=True)  # of the money; what a refund names
    checkout_url = models.URLField(max_length=2000, blank=True)
    return_url = models.URLField(max_length=2000)
    cancel_url = models.URLField(max_length=2000)
    description = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    gateway_fee_minor = models.PositiveBigIntegerField(null=True, blank=True)  # null until the gateway has told
    state = models.CharField(max_length=10, choices=State.choices, default=State.CREATED)
    surplus_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="surplus", null=True, blank=True, verbose_name=_("paid again after")
    )
    failure = models.CharField(_("why it failed"), max_length=300, blank=True)
    attention = models.CharField(_("needs a person because"), max_length=300, blank=True)
    idempotency_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # R110
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("open until"))
    submitted_at = models.DateTimeField(_("payer has done her part"), null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(_("gateway last asked"), null=True, blank=True)
    next_ask_at = models.DateTimeField(_("gateway asked again"), default=timezone.now)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "gateway_id"], name="payment_gateway_id", condition=~Q(gateway_id="")),
            models.UniqueConstraint(fields=["reference"], name="payment_one_open", condition=Q(state__in=["created", "pending"])),
            models.UniqueConstraint(
                fields=["reference"], name="payment_one_counts", condition=Q(state="succeeded", surplus_of__isnull=True)
            ),
            models.CheckConstraint(name="payment_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="payment_settled_at", condition=Q(state__in=["created", "pending"]) | Q(settled_at__isnull=False)),
            models.CheckConstraint(name="payment_surplus_was_paid", condition=Q(surplus_of__isnull=True) | Q(state="succeeded")),
        ]
        indexes = [
            models.Index(fields=["payer", "-created_at"], name="payment_of_payer"),
            models.Index(fields=["-created_at"], name="payment_newest"),
            models.Index(fields=["next_ask_at"], name="payment_open", condition=Q(state__in=["created", "pending"])),
            models.Index(
                fields=["next_ask_at"], name="payment_fee_unknown", condition=Q(state="succeeded", gateway_fee_minor__isnull=True)
            ),
            models.Index(fields=["created_at"], name="payment_attention", condition=~Q(attention="")),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount_minor} {self.currency}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def is_surplus(self) -> bool:
        """Paid for something that was paid already: never anybody's income, always sent back."""
        return self.surplus_of_id is not None

    @property
    def is_at_the_bank(self) -> bool:
        """The payer has done her part and the answer is still out: she must not be asked to pay again."""
        return self.is_open and self.submitted_at is not None

    def ask_again(self, *, now: datetime) -> None:
        """Note that the gateway was asked, and when to ask next: soon for a young attempt, ever later for an old one."""
        age = now - self.created_at
        self.asked_at = now
        self.next_ask_at = now + min(max(age / 4, settings.PAYMENT_ASK_AFTER), settings.PAYMENT_ASK_AT_LEAST)


class PaymentLine(models.Model):
    """Whose money it is: of each line's amount, `payee_minor` goes to the payee and `platform_minor` to the site.

    The rate is stored, so that a later change of rates changes no past sale (R114). `refunded_minor` counts what was sent
    back and what is on its way back; a refund that fails is taken out of it again.
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
        verbose_name = _("payment line")
        verbose_name_plural = _("payment lines")
        constraints = [
            models.UniqueConstraint(fields=["payment", "reference"], name="payment_line_reference"),
            models.CheckConstraint(name="payment_line_adds_up", condition=Q(amount_minor=F("payee_minor") + F("platform_minor"))),
            models.CheckConstraint(name="payment_line_refund_within_amount", condition=Q(refunded_minor__lte=F("amount_minor"))),
            models.CheckConstraint(name="payment_line_rate", condition=Q(fee_bps__lte=10000)),
        ]
        indexes = [
            models.Index(fields=["payee", "-id"], name="payment_line_of_payee"),
            models.Index(fields=["reference"], name="payment_line_ref"),
        ]

    def __str__(self) -> str:
        return f"{self.description or self.reference} {self.amount_minor}"

    @property
    def refundable_minor(self) -> int:
        return self.amount_minor - self.refunded_minor
