"""The vocabulary for asking about payments and refunds."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import User


class PaymentQuerySet(models.QuerySet):
    def of(self, user: User) -> Self:
        return self.filter(payer=user)

    def open(self) -> Self:
        """Not settled either way."""
        return self.filter(state__in=["created", "pending"])

    def due(self, now: datetime) -> Self:
        """Open, and its gateway should be asked again."""
        return self.open().filter(next_ask_at__lte=now)

    def counting(self) -> Self:
        """Paid, and not a second time."""
        return self.filter(state="succeeded", surplus_of__isnull=True)

    def needing_attention(self) -> Self:
        return self.filter(~Q(attention=""))


class RefundQuerySet(models.QuerySet):
    def pending(self) -> Self:
        return self.filter(state="pending")

    def due(self, now: datetime) -> Self:
        """Under way, and its gateway should be asked again."""
        return self.pending().filter(next_ask_at__lte=now)
