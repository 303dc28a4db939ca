"""How an account begins, and how one that never began ends."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import EmailTaken, UsernameTaken
from accounts.events import BecameCreator, PersonRegistered
from accounts.models import Profile, User
from accounts.services.usernames import claim_username
from kit.events import publish

UNVERIFIED_KEPT = timedelta(days=14)


@transaction.atomic
def register_person(
    *,
    username: str,
    email: str,
    password: str | None,
    creator: bool = False,
    display_name: str = "",
    time_zone: str = "UTC",
    email_verified: bool = False,
) -> User:
    """A new account with its profile and its address (R1, R28, R29). The address has to be proved before the first sign-in.

    `password` None is for those who come through another provider. The caller has checked the password's strength.
    Raises `UsernameRefused`, `UsernameTaken`, `EmailTaken`; of two at once, one gets through.
    """
    name = claim_username(username)
    address = email.strip().lower()
    if is_address_taken(address):
        raise EmailTaken(field="email")
    user = User(username=name, email=address, creator_since=timezone.now() if creator else None)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        if "email" in str(error):
            raise EmailTaken(field="email") from error
        raise UsernameTaken(field="username") from error
    Profile.objects.create(user=user, display_name=display_name, time_zone=time_zone)
    EmailAddress.objects.create(user=user, email=address, primary=True, verified=email_verified)
    publish(PersonRegistered(user_id=user.pk))
    if creator:
        publish(BecameCreator(user_id=user.pk))
    return user


def is_address_taken(address: str) -> bool:
    return User.objects.filter(email=address).exists() or EmailAddress.objects.filter(email=address, verified=True).exists()


@transaction.atomic
def release_unproved_claims(address: EmailAddress) -> None:
    """Take the address from accounts that named it and never proved it: its owner is about to prove that it is hers."""
    others = User.objects.select_for_update().filter(email=address.email).exclude(pk=address.user_id).order_by("pk")
    for other in others:
        other.email = ""
        other.save(update_fields=["email"])
    EmailAddress.objects.filter(email=address.email, verified=False).exclude(user_id=address.user_id).delete()


def forget_unverified_accounts(*, limit: int = 500) -> int:
    """Remove accounts that were never confirmed nor used, 14 days after they were made. Returns how many.

    Their names and addresses are free again. Safe to run twice and side by side.
    """
    with transaction.atomic():
        stale = list(
            User.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(
                date_joined__lt=timezone.now() - UNVERIFIED_KEPT,
                last_login__isnull=True,
                is_staff=False,
                closed_at__isnull=True,
                suspended_at__isnull=True,
            )
            .exclude(emailaddress__verified=True)
            .order_by("pk")[:limit]
        )
        for user in stale:
            user.delete()
    return len(stale)
