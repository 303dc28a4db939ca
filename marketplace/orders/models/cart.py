"""What somebody means to buy. A visitor's cart hangs on the session and becomes hers when she signs in."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.models import Product


class Cart(models.Model):
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cart", null=True, blank=True)
    token = models.UUIDField(unique=True, null=True, blank=True)  # kept in the visitor's session
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="cart_of_user_or_visitor",
                condition=Q(user__isnull=False, token__isnull=True) | Q(user__isnull=True, token__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"cart of {self.user or 'a visitor'}"


class CartItem(models.Model):
    """One product, once. `offered_minor` is what the buyer offers for pay-what-you-want; `seen_minor` the price shown to her."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="items")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    offered_minor = models.PositiveIntegerField(null=True, blank=True)
    seen_minor = models.PositiveIntegerField()
    seen_currency = models.CharField(max_length=3)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["added_at", "id"]
        constraints = [models.UniqueConstraint(fields=["cart", "product"], name="cart_item_once")]

    def __str__(self) -> str:
        return str(self.product)
