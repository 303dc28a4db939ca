"""Views per product and day (R84), counted in the cache and written in batches."""

from __future__ import annotations

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
