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

    def matching(self, text: str) -> Self:
        """People whose username, address or display name has `text` in it, in any case.

        As a union, so that each part goes by its own index: an OR over two tables would read all of both.
        """
        by_account = self.model._default_manager.filter(models.Q(username__icontains=text) | models.Q(email__icontains=text))
        by_name = self.model._default_manager.filter(profile__display_name__icontains=text)
        return self.filter(pk__in=by_account.order_by().values("pk").union(by_name.order_by().values("pk")))


class ApiTokenQuerySet(models.QuerySet[M]):
    def usable(self) -> Self:
        """Tokens that still open something: not revoked, not past their end, of a person who may sign in."""
        return self.filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=timezone.now()),
            revoked_at__isnull=True,
            user__is_active=True,
        )
