"""The one account that a person has: buyer at first, creator when she says so, staff when appointed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.auth.models import BaseUserManager as DjangoUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(DjangoUserManager["User"]):
    """Creates accounts with a profile; usernames and addresses are stored in lower case."""

    use_in_migrations = True

    def create_user(self, username: str, email: str | None = None, password: str | None = None, **extra: Any) -> User:
        user = self.model(username=username.lower(), email=(email or "").lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str | None = None, password: str | None = None, **extra: Any) -> User:
        return self.create_user(username, email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Roles are dates: `creator_since` says since when she sells; an account is closed or suspended at a time.

    `is_active` is what Django and allauth ask before they let somebody in; it is true exactly while the account is neither
    suspended nor closed (a check constraint holds the three together).
    """

    username = models.CharField(_("username"), max_length=30, unique=True)
    email = models.EmailField(_("email address"), blank=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("can sign in"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    creator_since = models.DateTimeField(_("creator since"), null=True, blank=True)
    suspended_at = models.DateTimeField(_("suspended at"), null=True, blank=True)
    suspension_reason = models.TextField(_("reason of the suspension"), blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_unique_in_any_case"),
            models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case", condition=~Q(email="")),
            models.CheckConstraint(
                name="user_active_unless_suspended_or_closed",
                condition=Q(is_active=True, suspended_at__isnull=True, closed_at__isnull=True)
                | Q(is_active=False, suspended_at__isnull=False)
                | Q(is_active=False, closed_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["-date_joined"], name="user_newest")]

    def __str__(self) -> str:
        return f"@{self.username}"

    @property
    def is_creator(self) -> bool:
        """Whether this person sells here (R28)."""
        return self.creator_since is not None

    @property
    def name(self) -> str:
        """What to call this person: the display name, else the username. Reads the profile: select_related it in lists."""
        profile = getattr(self, "profile", None)
        return (profile.display_name if profile else "") or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("creator", args=[self.username])
