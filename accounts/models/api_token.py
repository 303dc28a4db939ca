"""Keys that a person makes for her own programs."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from accounts.querysets import ApiTokenQuerySet

TOKEN_PREFIX = "atl_"  # noqa: S105
SHOWN = len(TOKEN_PREFIX) + 6


class Scope(models.TextChoices):
    """What a token may do in its owner's name."""

    READ = "read", _("See your profile, products, purchases and figures")
    WRITE = "write", _("Change your profile and products, and upload files")
    DOWNLOAD = "download", _("Download what you own")
    BUY = "buy", _("Start purchases")


class ApiToken(models.Model):
    """A personal API token. Only its SHA-256 is stored; the token has 256 random bits, so a plain digest is enough."""

    # The digest is written to the session or the log nowhere: whoever reads the table cannot sign in with it.
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=60)
    prefix = models.CharField(_("begins with"), max_length=16)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices), verbose_name=_("may"))
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    expires_at = models.DateTimeField(_("ends"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def draw() -> str:
        """A fresh token."""
        return TOKEN_PREFIX + secrets.token_urlsafe(32)

    @staticmethod
    def digest_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and not self.is_expired

    def allows(self, scopes: Iterable[str]) -> bool:
        """Whether the token holds each of `scopes`."""
        return set(scopes) <= set(self.scopes)

    def note_use(self) -> None:
        """Remember that it was used, to the minute: a busy program must not write a row at each request."""
        now = timezone.now()
        ApiToken.objects.filter(pk=self.pk).exclude(last_used_at__gt=now - timedelta(minutes=1)).update(last_used_at=now)
