"""What a buyer gets: numbered versions of a product, each with its files (R49, R81, R82)."""

from __future__ import annotations

import uuid

from django.core.files.storage import storages
from django.core.files.storage.base import Storage
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.models.product import Product
from marketplace.querysets import AssetQuerySet, VersionQuerySet


def private_storage() -> Storage:
    return storages["default"]


class Version(models.Model):
    """One edition. At most one draft at a time; a published one is never changed, so that its buyers can fetch what they bought."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    label = models.CharField(_("version"), max_length=20)
    changelog = models.TextField(_("what changed"), max_length=5000, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["product", "number"], name="version_number"),
            models.UniqueConstraint(fields=["product", "label"], name="version_label"),
            models.UniqueConstraint(fields=["product"], condition=Q(state="draft"), name="version_one_draft"),
            models.CheckConstraint(name="version_published_at", condition=Q(state="draft") | Q(published_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.label


class Asset(models.Model):
    """A file of a version, in private storage under a name of our own; `name` is what the buyer sees (R246)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="assets")
    name = models.CharField(_("file name"), max_length=200)
    file = models.FileField(storage=private_storage, max_length=255, editable=False)
    size_bytes = models.PositiveBigIntegerField(_("size"), editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    content_type = models.CharField(max_length=100, editable=False)
    pages = models.PositiveIntegerField(null=True, blank=True, editable=False)
    notes = models.JSONField(default=list, blank=True, editable=False)  # sentences of the inspection, for staff
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AssetQuerySet.as_manager()

    class Meta:
        ordering = ["position", "created_at"]
        constraints = [models.UniqueConstraint(fields=["version", "name"], name="asset_name")]

    def __str__(self) -> str:
        return self.name
