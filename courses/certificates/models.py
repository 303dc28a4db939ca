"""Certificates and the keys that sign them (R252)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.certificates.querysets import CertificateQuerySet
from courses.learning.models import Enrolment


class SigningKey(models.Model):
    """An Ed25519 key. `private` is sealed; `public_x` is the JWK member x (RFC 8037). Signed with until retired, verified with for ever."""

    kid = models.CharField(max_length=64, unique=True)
    private = models.TextField()
    public_x = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        constraints = [models.UniqueConstraint(fields=["retired_at"], nulls_distinct=False, name="signing_key_one_in_use")]

    def __str__(self) -> str:
        return self.kid


class Certificate(models.Model):
    """What was shown at the end of a course. The words are those of the day it was issued, whatever is renamed later.

    `credential` is empty once its holder's account is closed: the name is forgotten, and who kept a copy can still verify it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.OneToOneField(Enrolment, on_delete=models.PROTECT, related_name="certificate")
    learner_name = models.CharField(_("name on it"), max_length=150, blank=True)
    course_title = models.CharField(_("course"), max_length=120)
    creator_name = models.CharField(_("taught by"), max_length=150)
    outcomes = models.JSONField(_("what was learnt"), default=list)
    lessons = models.PositiveIntegerField(_("lessons"))
    minutes = models.PositiveIntegerField(_("minutes"))
    completed_at = models.DateTimeField(_("finished"))
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)
    credential = models.TextField(blank=True)
    """The Open Badges 3.0 credential as a signed JWT (VC-JWT)."""
    status_index = models.PositiveIntegerField(unique=True)
    """Which bit says whether it is revoked, counted through all status lists."""
    renamed_at = models.DateTimeField(_("issued anew under another name"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("taken off the web by its holder"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_because = models.CharField(_("why it was revoked"), max_length=200, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            models.CheckConstraint(name="certificate_revoked_with_reason", condition=Q(revoked_at__isnull=True) ^ ~Q(revoked_because="")),
            models.CheckConstraint(
                name="certificate_without_name_is_withdrawn", condition=~Q(learner_name="") | Q(withdrawn_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.learner_name}: {self.course_title}"

    def get_absolute_url(self) -> str:
        return reverse("certificate", args=[self.pk])

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None

    @property
    def is_public(self) -> bool:
        """Whether its page opens for whoever has the address."""
        return self.withdrawn_at is None
