"""Sessions in the database, read together with the person they belong to.

Every page of somebody who is signed in needs both. Django asks for them one after the other and builds the SQL of both anew each
time; here it is one query whose SQL is made once. `person_of` decides who somebody is by the same rules as Django.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import Session, User
from kit.prepared import Prepared

BACKEND: Final = "accounts.backends.PeopleBackend"
_STORED: Final = Prepared(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now).select_related("user__profile"),
    "no-such-key",
    datetime(1970, 1, 1, tzinfo=UTC),
)


class SessionStore(DatabaseStore):
    """`owner` is whose session it was when it was read, with the profile; None before, and for sessions of nobody."""

    owner: User | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        # Keys are letters and digits; what else a browser sends names no session, and need not reach the database.
        stored = _STORED.first(self.session_key, timezone.now()) if str(self.session_key).isalnum() else None
        if stored is None:
            self._session_key = None
            return {}
        self.owner = stored.user
        return self.decode(stored.session_data)

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        stored = super().create_model_instance(data)
        assert isinstance(stored, Session)
        stored.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return stored


def person_of(request: HttpRequest) -> User | AnonymousUser:
    """Who the request's session belongs to, as `django.contrib.auth.get_user` says.

    The row that came with the session is taken where it is the person that the signed data names, who may sign in, and whose password
    is the one she signed in with. Everything else (a changed password, keys that were replaced, another backend, a row that is not
    there) is Django's to judge.
    """
    session = request.session
    names = session.get(SESSION_KEY)
    owner = getattr(session, "owner", None)
    if (
        owner is not None
        and names == str(owner.pk)
        and session.get(BACKEND_SESSION_KEY) == BACKEND
        and BACKEND in settings.AUTHENTICATION_BACKENDS
        and owner.is_active
        and constant_time_compare(session.get(HASH_SESSION_KEY) or "", owner.get_session_auth_hash())
    ):
        return owner
    found = get_user(request)
    assert isinstance(found, User | AnonymousUser)
    return found
