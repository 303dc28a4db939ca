"""Names that were left, so that nobody steps into somebody else's shoes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User


class FormerUsername(models.Model):
    """A name that a person had before. Old links lead to her, and only she may take it again.

    Of a closed account only the shape of the name is kept (`user` and `username` are empty): enough to refuse it.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="former_usernames")
    username = models.CharField(_("username"), max_length=30, blank=True)
    lookalike = models.CharField(max_length=60, db_index=True)
    left_at = models.DateTimeField(_("left"))

    class Meta:
        verbose_name = _("former username")
        verbose_name_plural = _("former usernames")
        constraints = [models.UniqueConstraint(fields=["username"], name="former_username_once", condition=~Q(username=""))]

    def __str__(self) -> str:
        return self.username or gettext("name of a closed account")
