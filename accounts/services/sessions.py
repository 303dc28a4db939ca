"""Ending what is signed in: browsers and programs alike, since a program's tokens hang on a session too."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Q

from accounts.models import Session, User
from kit.errors import NotFound


@transaction.atomic
def end_sessions(user: User, *, keep: str | None = None) -> int:
    """End every session of the person but the one whose key is `keep`. Returns how many there were."""
    rows = UserSession.objects.filter(user=user)
    if keep:
        rows = rows.exclude(session_key=keep)
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(Q(session_key__in=keys) | Q(user=user)).exclude(session_key=keep).delete()
    rows.filter(session_key__in=keys).delete()
    return len(keys)


@transaction.atomic
def end_session(user: User, *, pk: int) -> None:
    """End one session of the person. Raises `NotFound` for what is not hers."""
    row = UserSession.objects.select_for_update().filter(user=user, pk=pk).first()
    if row is None:
        raise NotFound
    end_session_key(row.session_key)


def end_session_key(session_key: str) -> None:
    """End the session of this key, whoever it belongs to."""
    with transaction.atomic():
        Session.objects.filter(session_key=session_key).delete()
        UserSession.objects.filter(session_key=session_key).delete()
