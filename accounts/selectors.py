"""What pages read about people."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession

from accounts.models import ApiToken, User
from kit.errors import NotFound


def public_profile(username: str) -> User:
    """The creator of this name, with her profile (R68): for `/@username/`.

    A name that she had before leads to her as well: compare `user.username` with what was asked, and redirect.
    Raises `NotFound` for a name of nobody, of a buyer (buyers have no public page), and of an account that is
    suspended or closed.
    """
    creators = User.objects.active().creators().with_profile()
    name = username.lower()
    user = creators.filter(username=name).first() or creators.filter(former_usernames__username=name).first()
    if user is None or not name:
        raise NotFound
    return user


def has_verified_email(user: User) -> bool:
    """Whether the person has proved that a mailbox is hers (R18)."""
    return EmailAddress.objects.filter(user=user, verified=True).exists()


@dataclass(frozen=True)
class SettingsOverview:
    """What the first page of the settings says in a line each."""

    email: str
    pending_email: str
    has_password: bool
    second_steps: list[str]
    recovery_codes_left: int
    sessions: int
    tokens: int
    connections: int


def settings_overview(user: User) -> SettingsOverview:
    addresses = list(EmailAddress.objects.filter(user=user).order_by("-verified", "-primary", "pk"))
    authenticators = list(Authenticator.objects.filter(user=user))
    types = {authenticator.type for authenticator in authenticators}
    codes = next((row for row in authenticators if row.type == Authenticator.Type.RECOVERY_CODES), None)
    return SettingsOverview(
        email=user.email,
        pending_email=next((address.email for address in addresses if not address.verified), ""),
        has_password=user.has_usable_password(),
        second_steps=[kind for kind in (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN) if kind in types],
        recovery_codes_left=len(codes.wrap().get_unused_codes()) if codes else 0,
        sessions=UserSession.objects.filter(user=user).count(),
        tokens=ApiToken.objects.usable().filter(user=user).count(),
        connections=SocialAccount.objects.filter(user=user).count(),
    )
