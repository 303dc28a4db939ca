"""Closing an account: the person goes, what money needs stays without her name."""

from __future__ import annotations

import secrets

import structlog
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils import timezone

from accounts.closing import closers, obstacles_of
from accounts.errors import CannotClose
from accounts.events import AccountClosed, PictureDropped
from accounts.models import ApiToken, FormerUsername, Profile, User
from accounts.services.sessions import end_sessions
from accounts.usernames import CLOSED_PREFIX, lookalike
from kit.events import publish

logger = structlog.get_logger(__name__)


@transaction.atomic
def close_account(user: User) -> User:
    """Close the account for good and forget the person.

    Gone: address, password, second steps, tokens, sessions, profile and picture, and what the apps above keep
    (`accounts.closing`). Left: the row itself, so that orders and the ledger keep their sums, under a name that says
    nothing. The shape of the old name stays taken: nobody steps into it. Raises `CannotClose` with the reasons of the
    apps above. An account that is closed already is left as it is.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.is_closed:
        return user
    if reasons := obstacles_of(user):
        raise CannotClose(" ".join(reasons))
    for closer in closers():
        closer(user)
    former = list(FormerUsername.objects.filter(user=user).values_list("lookalike", flat=True))
    FormerUsername.objects.filter(user=user).delete()
    now = timezone.now()
    for shape in {lookalike(user.username), *former}:
        FormerUsername.objects.create(user=None, username="", lookalike=shape, left_at=now)
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    ApiToken.objects.filter(user=user).delete()
    end_sessions(user)
    _blank_profile(user)
    user.username = CLOSED_PREFIX + secrets.token_hex(6)
    user.email = ""
    user.set_unusable_password()
    user.is_staff = user.is_superuser = user.is_active = False
    user.last_login = None
    user.closed_at = now
    user.save()
    user.groups.clear()
    user.user_permissions.clear()
    publish(AccountClosed(user_id=user.pk))
    logger.info("account_closed", user_id=user.pk)
    return user


def _blank_profile(user: User) -> None:
    profile = Profile.objects.select_for_update().filter(user=user).first()
    if profile is None:
        return
    if profile.avatar.name:
        publish(PictureDropped(name=profile.avatar.name))
    blank = Profile(user=user)
    blank.save(force_update=True)
