"""The vocabulary for asking about certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


class CertificateQuerySet(models.QuerySet):
    def of(self, user: User) -> Self:
        """Those that this person earned."""
        return self.filter(enrolment__user=user)

    def public(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)

    def revoked(self) -> Self:
        return self.filter(revoked_at__isnull=False)

    def with_course(self) -> Self:
        return self.select_related("enrolment__course__creator__profile", "enrolment__user__profile")
