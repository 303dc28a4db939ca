"""The vocabulary for asking who has what, and which orders are where."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


class EntitlementQuerySet(models.QuerySet):
    def active(self) -> Self:
        return self.filter(revoked_at__isnull=True)

    def of(self, user: User) -> Self:
        return self.filter(user=user)


class OrderQuerySet(models.QuerySet):
    def of(self, user: User) -> Self:
        return self.filter(buyer=user)

    def waiting(self) -> Self:
        """Placed and not paid; their time may be over."""
        return self.filter(state="open")

    def overdue(self, now: datetime) -> Self:
        return self.waiting().filter(expires_at__lte=now)

    def settled(self) -> Self:
        """Money changed hands; it may have gone back since."""
        return self.filter(state__in=["paid", "refunded"])
