"""Who may have what (R100, R223). One active grant per person and product; history stays."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace.models import Product
from marketplace.orders.models.order import OrderLine
from marketplace.orders.querysets import EntitlementQuerySet

if TYPE_CHECKING:
    from accounts.models import User


class Entitlement(models.Model):
    class Source(models.TextChoices):
        PURCHASE = "purchase", _("Bought")
        FREE = "free", _("Taken for free")
        GIFT = "gift", _("Given")
        PROMOTION = "promotion", _("Promotion")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="entitlements")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="entitlements")
    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="entitlement", null=True, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices)
    granted_at = models.DateTimeField(default=timezone.now)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    note = models.CharField(_("why it was given"), max_length=200, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    revoked_because = models.CharField(max_length=200, blank=True)
    last_opened_at = models.DateTimeField(null=True, blank=True)

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "product"], condition=Q(revoked_at__isnull=True), name="entitlement_one_active"),
        ]
        indexes = [
            models.Index(fields=["user", "-granted_at"], name="entitlement_of_user"),
            models.Index(fields=["product", "-granted_at"], name="entitlement_of_product"),
        ]

    def __str__(self) -> str:
        return f"{self.user} has {self.product}"

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None

    def revoke(self, *, because: str, by: User | None, at: datetime) -> None:
        self.revoked_at = at
        self.revoked_because = because[:200]
        self.revoked_by = by
        self.save(update_fields=["revoked_at", "revoked_because", "revoked_by"])

    def restore(self) -> None:
        """Undo a revocation, for a refund that failed at the bank after all."""
        self.revoked_at = None
        self.revoked_because = ""
        self.revoked_by = None
        self.save(update_fields=["revoked_at", "revoked_because", "revoked_by"])
