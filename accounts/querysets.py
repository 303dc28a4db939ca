"""Chainable words about people."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models
from django.utils import timezone

M = TypeVar("M", bound=models.Model)


class UserQuerySet(models.QuerySet[M]):
    def active(self) -> Self:
        """People who may sign in: neither suspended nor gone."""
        return self.filter(is_active=True)

    def creators(self) -> Self:
        return self.filter(creator_since__isnull=False)

    def with_profile(self) -> Self:
        return self.select_related("profile")


class ApiTokenQuerySet(models.QuerySet[M]):
    def usable(self) -> Self:
        """Tokens that still open something: not revoked, not past their end, of a person who may sign in."""
        return self.filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=timezone.now()),
            revoked_at__isnull=True,
            user__is_active=True,
        )
