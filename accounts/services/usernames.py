"""Taking and leaving names."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import UsernameChangedLately, UsernameRefused, UsernameTaken
from accounts.models import FormerUsername, User
from accounts.usernames import clean_username, lookalike

# Any number that no other advisory lock of ours uses.
_NAMES_LOCK = 0x6E616D65

CHANGE_EVERY = timedelta(days=30)


def is_free(username: str, *, for_user: User | None = None) -> bool:
    """Whether nobody else has the name, had it, or has one that looks like it. `username` is clean."""
    shape = lookalike(username)
    people, left = User.objects.filter(lookalike=shape), FormerUsername.objects.filter(lookalike=shape)
    if for_user is not None:
        people, left = people.exclude(pk=for_user.pk), left.filter(~Q(user=for_user) | Q(user__isnull=True))
    return not people.exists() and not left.exists()


def lock_username(username: str) -> None:
    """Until the end of the transaction nobody else takes or leaves a name of this shape.

    The unique constraint alone does not do: it cannot see that a name has just moved to the former ones.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_NAMES_LOCK, lookalike(username)])


def claim_username(typed: str, *, for_user: User | None = None) -> str:
    """The clean name, ours until the end of the transaction.

    Raises `UsernameRefused` with the rule that it breaks, `UsernameTaken`.
    """
    try:
        username = clean_username(typed)
    except ValidationError as error:
        raise UsernameRefused(error.messages[0], field="username") from error
    lock_username(username)
    if not is_free(username, for_user=for_user):
        raise UsernameTaken(field="username")
    return username


def next_change_at(user: User) -> datetime | None:
    """When this person may change her name again; None for now."""
    last = user.former_usernames.order_by("-left_at").values_list("left_at", flat=True).first()
    if last is None or last + CHANGE_EVERY <= timezone.now():
        return None
    return last + CHANGE_EVERY


@transaction.atomic
def change_username(user: User, *, username: str) -> User:
    """Give the person another name, once in 30 days. Her old one stays hers: links lead on, nobody else gets it.

    Raises `UsernameChangedLately`, `UsernameRefused`, `UsernameTaken`.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if next_change_at(user) is not None:
        raise UsernameChangedLately(field="username")
    new = claim_username(username, for_user=user)
    if new == user.username:
        return user
    old = user.username
    FormerUsername.objects.filter(user=user, username=new).delete()
    FormerUsername.objects.update_or_create(username=old, defaults={"user": user, "lookalike": lookalike(old), "left_at": timezone.now()})
    user.username = new
    user.save(update_fields=["username"])
    return user
