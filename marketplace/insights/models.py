"""Views per product and day (R84), counted in the cache and written in batches."""

from __future__ import annotations

import uuid

from django.db import models

from marketplace.models import Product


class ProductDay(models.Model):
    """How often a product's page was seen on one day (UTC). One visitor counts once an hour."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    views = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "day"], name="product_day_once")]

    def __str__(self) -> str:
        return f"{self.product} on {self.day}"


class WrittenBatch(models.Model):
    """A batch of counts that is in the table. Its row is committed with the counts, so that a batch found again after a crash is
    known to be written."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    written_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return str(self.id)
