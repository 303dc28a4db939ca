"""The vocabulary for asking about learners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


class EnrolmentQuerySet(models.QuerySet):
    def of(self, user: User) -> Self:
        return self.filter(user=user)

    def full(self) -> Self:
        """Open for the whole course: not taken back, and more than a look at free lessons."""
        return self.filter(revoked_at__isnull=True).exclude(source="preview")


class AttemptQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(completed_at__isnull=True)

    def completed(self) -> Self:
        return self.filter(completed_at__isnull=False)
