"""What accounts does from time to time."""

from __future__ import annotations

from celery import shared_task

from accounts.services.registration import forget_unverified_accounts
from accounts.sessions import SessionStore


@shared_task(name="accounts.forget_unverified_accounts", time_limit=60, soft_time_limit=50)
def forget_unverified() -> None:
    forget_unverified_accounts()


@shared_task(name="accounts.forget_ended_sessions", time_limit=300, soft_time_limit=280)
def forget_ended_sessions() -> None:
    """Sessions past their end, which Django leaves in the table."""
    SessionStore.clear_expired()
