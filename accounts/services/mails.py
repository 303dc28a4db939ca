"""Mails about the account that allauth does not send."""

from __future__ import annotations

import uuid

import structlog

from kit.mail import send_mail

logger = structlog.get_logger(__name__)


def tell_account_closed(address: str) -> None:
    """Say goodbye to the address that the account had. Nothing else knows it any more, so a failure is only logged."""
    if not address:
        return
    try:
        send_mail("account/account_closed", to=address, context={}, idempotency_key=f"account:closed:{uuid.uuid4()}")
    except OSError:
        logger.exception("account_mail_failed", mail="account_closed")
