"""Certificates and the keys that sign them (R252)."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.learning.models import Enrolment


class SigningKey(models.Model):
    """An Ed25519 key. `private` is sealed; `public_x` is the JWK member x (RFC 8037). Signed with until retired, verified with for ever."""

    kid = models.CharField(max_length=64, unique=True)
    private = models.TextField()
    public_x = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["retired_at"], nulls_distinct=False, name="signing_key_one_in_use")]

    def __str__(self) -> str:
        return self.kid


class Certificate(models.Model):
    """What was shown at the end of a course. The words are those of the day it was issued, whatever is renamed later."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, related_name="certificate")
    learner_name = models.CharField(max_length=150)
    course_title = models.CharField(max_length=120)
    creator_name = models.CharField(max_length=150)
    outcomes = models.JSONField(default=list)
    lessons = models.PositiveIntegerField()
    minutes = models.PositiveIntegerField()
    completed_at = models.DateTimeField()
    issued_at = models.DateTimeField(default=timezone.now)
    credential = models.TextField()
    """The Open Badges 3.0 credential as a signed JWT (VC-JWT)."""
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(_("why it was revoked"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")

    def __str__(self) -> str:
        return f"{self.learner_name}: {self.course_title}"

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None
