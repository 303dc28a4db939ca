"""The vocabulary for asking who has what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


class EntitlementQuerySet(models.QuerySet):
    def active(self) -> Self:
        return self.filter(revoked_at__isnull=True)

    def of(self, user: User) -> Self:
        return self.filter(user=user)
