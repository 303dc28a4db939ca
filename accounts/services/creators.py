"""Beginning to sell."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.events import BecameCreator
from accounts.models import User
from kit.events import publish


@transaction.atomic
def become_creator(user: User) -> User:
    """Let a buyer sell from now on (R28). Whoever sells already stays a creator since when she was."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_creator:
        user.creator_since = timezone.now()
        user.save(update_fields=["creator_since"])
        publish(BecameCreator(user_id=user.pk))
    return user
