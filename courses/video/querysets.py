"""The vocabulary for asking about videos."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


class VideoQuerySet(models.QuerySet):
    def of(self, owner: User) -> Self:
        return self.filter(owner=owner)

    def present(self) -> Self:
        """On the shelf: not removed by its owner."""
        return self.filter(removed_at__isnull=True)

    def playable(self) -> Self:
        """With a rung at least that can be played."""
        return self.present().filter(playable_at__isnull=False)
