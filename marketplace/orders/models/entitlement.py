"""Who may have what (R100, R223). One active grant per person and product; history stays."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace.models import Product
from marketplace.orders.models.order import OrderLine
from marketplace.orders.querysets import EntitlementQuerySet


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
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=200, blank=True)
    last_opened_at = models.DateTimeField(null=True, blank=True)

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "product"], condition=Q(revoked_at__isnull=True), name="entitlement_one_active"),
        ]
        indexes = [models.Index(fields=["user", "-granted_at"], name="entitlement_of_user")]

    def __str__(self) -> str:
        return f"{self.user} has {self.product}"
