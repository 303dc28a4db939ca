"""What somebody agreed to buy, with prices frozen (R98, R115)."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace.models import Kind, Product, Version
from marketplace.orders.querysets import OrderQuerySet
from payments.models import Payment


class Order(models.Model):
    """Lines of one currency, bought together. The buyer's money history outlives the buyer's account (anonymised)."""

    class State(models.TextChoices):  # R99
        OPEN = "open", _("Waiting for payment")
        PAID = "paid", _("Paid")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")
        REFUNDED = "refunded", _("Refunded")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(_("number"), max_length=20, unique=True)  # A-2026-01187
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders")
    currency = models.CharField(max_length=3)
    total_minor = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    billing_name = models.CharField(_("name"), max_length=120, blank=True)
    billing_country = models.CharField(_("country"), max_length=2, blank=True)
    receipt_email = models.EmailField(blank=True)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="+", null=True, blank=True)  # the one that paid it
    idempotency_key = models.CharField(max_length=64, unique=True)  # one submission of one cart makes one order
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(name="order_paid_at", condition=~Q(state__in=["paid", "refunded"]) | Q(paid_at__isnull=False)),
            models.CheckConstraint(
                name="order_closed_at", condition=~Q(state__in=["cancelled", "expired", "refunded"]) | Q(closed_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-created_at"], name="order_of_buyer"),
            models.Index(fields=["expires_at"], name="order_expiring", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("purchase", args=[self.number])

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_paid(self) -> bool:
        return self.state == self.State.PAID

    @property
    def is_settled(self) -> bool:
        """Money (or nothing, for a free one) changed hands, whether or not it went back since."""
        return self.state in (self.State.PAID, self.State.REFUNDED)

    @property
    def is_over(self) -> bool:
        """Past its time: it can no longer be paid, even when the sweep has not marked it yet."""
        return self.is_open and self.expires_at <= timezone.now()

    def pay(self, *, payment: Payment | None, at: datetime) -> None:
        """open, cancelled or expired → paid: money that was taken beats a clock that ran out meanwhile."""
        self.state = self.State.PAID
        self.payment = payment
        self.paid_at = at
        self.closed_at = None
        self.save(update_fields=["state", "payment", "paid_at", "closed_at"])

    def close(self, state: Order.State, *, at: datetime) -> None:
        """open → cancelled or expired, paid → refunded."""
        self.state = state
        self.closed_at = at
        self.save(update_fields=["state", "closed_at"])

    def reopen_as_paid(self) -> None:
        """refunded → paid: the refund failed at the bank after all."""
        self.state = self.State.PAID
        self.closed_at = None
        self.save(update_fields=["state", "closed_at"])


class OrderLine(models.Model):
    """One product in an order: what it cost, what was paid, and how that was split when it was sold.

    A paid line gives an entitlement, or says in `withheld` why it did not; then its money goes back.
    """

    class Withheld(models.TextChoices):
        OWNED = "owned", _("You already had it")
        REMOVED = "removed", _("It was taken down before the payment arrived")
        CLOSED = "closed", _("The account was closed before the payment arrived")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="order_lines")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sold_lines")
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    price_minor = models.PositiveBigIntegerField(_("price"))
    discount_minor = models.PositiveBigIntegerField(_("discount"), default=0)
    paid_minor = models.PositiveBigIntegerField(_("paid"))
    fee_bps = models.PositiveIntegerField(_("site's rate in basis points"))
    creator_minor = models.PositiveBigIntegerField(_("creator's share"))
    platform_minor = models.PositiveBigIntegerField(_("site's share"))
    refunded_minor = models.PositiveBigIntegerField(_("refunded"), default=0)
    withheld = models.CharField(_("why it was not handed over"), max_length=10, choices=Withheld.choices, blank=True)
    sold_at = models.DateTimeField(null=True, blank=True)  # when the order was paid; null while it is not a sale
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "product"], name="order_line_once"),
            models.CheckConstraint(name="order_line_paid", condition=Q(paid_minor=F("price_minor") - F("discount_minor"))),
            models.CheckConstraint(name="order_line_split", condition=Q(paid_minor=F("creator_minor") + F("platform_minor"))),
            models.CheckConstraint(name="order_line_refund", condition=Q(refunded_minor__lte=F("paid_minor"))),
        ]
        indexes = [
            models.Index(fields=["creator", "-sold_at"], name="order_line_sold", condition=Q(sold_at__isnull=False)),
            models.Index(fields=["product", "-sold_at"], name="order_line_of_product", condition=Q(sold_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_refunded(self) -> bool:
        """All of it went back. A line that cost nothing cannot be refunded."""
        return self.paid_minor > 0 and self.refunded_minor == self.paid_minor

    @property
    def refundable_minor(self) -> int:
        return self.paid_minor - self.refunded_minor


class OrderNumber(models.Model):
    """The last number given out in a year. Its row is locked for the moment of counting, so that no two orders share one."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("order number")

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"
