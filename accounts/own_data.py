"""What accounts itself puts into a person's export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession

from accounts.data_export import register_exporter
from accounts.models import ApiToken, FormerUsername, Profile, User

Rows = Iterator[dict[str, Any]]


def account(user: User) -> Rows:
    yield {
        "username": user.username,
        "email": user.email,
        "joined": user.date_joined,
        "last_login": user.last_login,
        "creator_since": user.creator_since,
        "former_usernames": list(FormerUsername.objects.filter(user=user).values_list("username", flat=True)),
        "email_addresses": list(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
    }


def profile(user: User) -> Rows:
    fields = ("display_name", "bio", "location", "website", "social_links", "avatar", "time_zone", "updated_at")
    yield from Profile.objects.filter(user=user).values(*fields)


def sign_in(user: User) -> Rows:
    for session in UserSession.objects.filter(user=user).order_by("pk"):
        yield {"kind": "session", "began": session.created_at, "address": session.ip, "browser": session.user_agent}
    for authenticator in Authenticator.objects.filter(user=user).order_by("pk"):
        yield {"kind": authenticator.type, "added": authenticator.created_at, "last_used": authenticator.last_used_at}
    for linked in SocialAccount.objects.filter(user=user).order_by("pk"):
        yield {"kind": "connected", "provider": linked.provider, "id": linked.uid, "added": linked.date_joined}
    for token in ApiToken.objects.filter(user=user).order_by("pk"):
        yield {"kind": "api_token", "name": token.name, "scopes": token.scopes, "made": token.created_at, "revoked": token.revoked_at}


def register() -> None:
    register_exporter("account", account)
    register_exporter("profile", profile)
    register_exporter("sign_in", sign_in)
