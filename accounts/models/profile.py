"""What a person shows of herself (R68)."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.files.storage import storages
from django.core.files.storage.base import Storage
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User


def public_storage() -> Storage:
    return storages["public"]


class Profile(models.Model):
    """The public side of an account. Made with the account (accounts.services.registration), one for each."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile", primary_key=True)
    display_name = models.CharField(_("name"), max_length=80, blank=True)
    bio = models.TextField(_("about you"), max_length=2000, blank=True)
    location = models.CharField(_("place"), max_length=80, blank=True)
    website = models.URLField(_("website"), blank=True)
    social_links = models.JSONField(_("social links"), default=dict, blank=True)
    avatar = models.ImageField(_("picture"), storage=public_storage, upload_to="avatars/", blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")
        indexes = [GinIndex(OpClass(Upper("display_name"), name="gin_trgm_ops"), name="profile_name_parts")]

    def __str__(self) -> str:
        return self.display_name or self.user.username

    @property
    def avatar_url(self) -> str:
        """Address of the picture, or an empty string: the page then draws one from the username."""
        return self.avatar.url if self.avatar else ""
