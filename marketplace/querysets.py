"""The vocabulary for asking about products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


class ProductQuerySet(models.QuerySet):
    def live(self) -> Self:
        """On sale and visible to everybody."""
        return self.filter(state="live")

    def of(self, creator: User) -> Self:
        return self.filter(creator=creator)

    def awaiting_review(self) -> Self:
        return self.filter(state="submitted").order_by("submitted_at")

    def for_cards(self) -> Self:
        """With all that a card shows, in one query."""
        return self.select_related("creator__profile", "category")


class VersionQuerySet(models.QuerySet):
    def published(self) -> Self:
        return self.filter(state="published")


class AssetQuerySet(models.QuerySet):
    def published(self) -> Self:
        return self.filter(version__state="published")
