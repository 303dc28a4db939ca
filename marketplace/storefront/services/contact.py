"""Mail from the contact page."""

from __future__ import annotations

import uuid
from smtplib import SMTPException

import structlog
from django.conf import settings

from kit.errors import Unavailable
from kit.mail import compose_mail
from marketplace.storefront.forms import TOPICS

logger = structlog.get_logger(__name__)


def send_contact_message(*, name: str, email: str, topic: str, message: str, username: str = "") -> None:
    """Mail it to SUPPORT_EMAIL, so that answering answers the writer. Raises `Unavailable` when mail does not work."""
    mail = compose_mail(
        "storefront/contact",
        to=settings.SUPPORT_EMAIL,
        context={"name": name, "email": email, "topic": dict(TOPICS)[topic], "message": message, "username": username},
        idempotency_key=f"contact:{uuid.uuid4()}",
    )
    mail.reply_to = [email]
    try:
        mail.send()
    except (SMTPException, OSError) as error:
        logger.error("contact_message_not_sent", error=type(error).__name__)
        raise Unavailable from error
