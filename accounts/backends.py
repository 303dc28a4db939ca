"""Who a session belongs to."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User


class PeopleBackend(AuthenticationBackend):
    """allauth's backend (by address or by username), which brings the profile along: every page shows the name and face."""

    def get_user(self, user_id: Any) -> User | None:
        user = User.objects.with_profile().filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
