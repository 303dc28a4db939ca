"""The one account that a person has: buyer at first, creator when she says so, staff when appointed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.auth.models import BaseUserManager as DjangoUserManager
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.querysets import UserQuerySet
from accounts.usernames import lookalike_of


class UserManager(DjangoUserManager["User"]):
    """Usernames and addresses are stored in lower case. People register through `accounts.services.registration`."""

    use_in_migrations = False

    def get_queryset(self) -> UserQuerySet[User]:
        return UserQuerySet(self.model, using=self._db)

    def active(self) -> UserQuerySet[User]:
        return self.get_queryset().active()

    def creators(self) -> UserQuerySet[User]:
        return self.get_queryset().creators()

    def with_profile(self) -> UserQuerySet[User]:
        return self.get_queryset().with_profile()

    def matching(self, text: str) -> UserQuerySet[User]:
        return self.get_queryset().matching(text)

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
    suspended_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    lookalike = models.GeneratedField(expression=lookalike_of("username"), output_field=models.CharField(max_length=60), db_persist=True)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_unique_in_any_case"),
            models.UniqueConstraint(fields=["lookalike"], name="user_lookalike_unique"),
            models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case", condition=~Q(email="")),
            models.CheckConstraint(
                name="user_active_unless_suspended_or_closed",
                condition=Q(is_active=True, suspended_at__isnull=True, closed_at__isnull=True)
                | Q(is_active=False, suspended_at__isnull=False)
                | Q(is_active=False, closed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-date_joined"], name="user_newest"),
            # What the staff searches by: any part of a name or an address, in any case.
            GinIndex(OpClass(Upper("username"), name="gin_trgm_ops"), name="user_username_parts"),
            GinIndex(OpClass(Upper("email"), name="gin_trgm_ops"), name="user_email_parts"),
        ]

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

    @property
    def is_suspended(self) -> bool:
        return self.suspended_at is not None

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    def get_absolute_url(self) -> str:
        try:
            return reverse("creator", args=[self.username])
        except NoReverseMatch:
            return f"/@{self.username}/"
