"""Who fetched what, when and from where (R50, R85): also the evidence in a dispute."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace.models import Asset, Product, Version
from marketplace.orders.models import Entitlement


class Download(models.Model):
    """One answered request for a file. The asset may be gone later; its name, version and size stay."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="downloads")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="downloads")
    version = models.ForeignKey(Version, on_delete=models.SET_NULL, null=True, related_name="downloads")
    asset = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, related_name="downloads")
    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="downloads", null=True, blank=True)
    file_name = models.CharField(max_length=200)
    size_bytes = models.PositiveBigIntegerField()
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    reason = models.CharField(_("why staff looked"), max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["product", "-at"], name="download_of_product"),
            models.Index(fields=["user", "-at"], name="download_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} to {self.user}"
