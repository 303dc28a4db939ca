"""Keeping somebody out, and letting her in again."""

from __future__ import annotations

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.errors import StaffOnly
from accounts.events import PersonRestored, PersonSuspended
from accounts.models import User
from accounts.services.sessions import end_sessions
from kit.errors import Conflict, DomainError
from kit.events import publish

logger = structlog.get_logger(__name__)


@transaction.atomic
def suspend_person(user: User, *, by: User, reason: str) -> User:
    """Keep the person out until she is restored. She reads `reason` when she tries to sign in; her sessions end now.

    Raises `StaffOnly` unless `by` runs the site (and, for a fellow, is a superuser), `Conflict` for oneself or for an
    account that is closed or suspended.
    """
    people = {person.pk: person for person in User.objects.select_for_update(of=("self",)).filter(pk__in={user.pk, by.pk}).order_by("pk")}
    user, by = people[user.pk], people[by.pk]
    if not by.is_staff or not by.is_active or (user.is_staff and not by.is_superuser):
        raise StaffOnly
    if user.pk == by.pk:
        raise Conflict(_("You cannot suspend yourself."))
    if user.is_closed or user.is_suspended:
        raise Conflict(_("This account is closed or suspended already."))
    if not reason.strip():
        raise DomainError(_("Say why: the person will read it."), field="reason")
    user.suspended_at = timezone.now()
    user.suspension_reason = reason.strip()
    user.suspended_by = by
    user.is_active = False
    user.save(update_fields=["suspended_at", "suspension_reason", "suspended_by", "is_active"])
    ended = end_sessions(user)
    publish(PersonSuspended(user_id=user.pk))
    logger.info("person_suspended", user_id=user.pk, by_id=by.pk, sessions_ended=ended)
    return user


@transaction.atomic
def restore_person(user: User, *, by: User) -> User:
    """Let a suspended person in again. Raises `StaffOnly`; `Conflict` for who is not suspended."""
    if not by.is_staff or not by.is_active:
        raise StaffOnly
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if not user.is_suspended:
        raise Conflict(_("This account is not suspended."))
    if user.is_staff and not by.is_superuser:
        raise StaffOnly
    user.suspended_at = None
    user.suspension_reason = ""
    user.suspended_by = None
    user.is_active = not user.is_closed
    user.save(update_fields=["suspended_at", "suspension_reason", "suspended_by", "is_active"])
    publish(PersonRestored(user_id=user.pk))
    logger.info("person_restored", user_id=user.pk, by_id=by.pk)
    return user
