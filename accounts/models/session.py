"""Who is signed in where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User

if TYPE_CHECKING:
    from accounts.sessions import SessionStore


class Session(AbstractBaseSession):
    """A session as Django keeps it, which also names whose it is, so that both are read by one query.

    What counts is what the signed data says: `user` only tells which row to bring along, and is checked against it.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", null=True, db_constraint=False)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        from accounts.sessions import SessionStore

        return SessionStore
