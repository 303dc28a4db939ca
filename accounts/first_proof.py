"""The first proof of an address by a mailed sign-in code: whoever chose the password before had not proved anything."""

from __future__ import annotations

from typing import Any

import structlog
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

logger = structlog.get_logger(__name__)


def connect() -> None:
    email_confirmed.connect(drop_password_of_whoever_registered, dispatch_uid="accounts.first_proof")


def drop_password_of_whoever_registered(request: HttpRequest, email_address: EmailAddress, **_kwargs: Any) -> None:
    """Take the password away from an account that nobody ever signed in to when a code from its mailbox opens it.

    Otherwise somebody could register with the address of another person, wait until she signs in by a code, and share
    the account with her from then on. Whoever typed that password in the same browser keeps it.
    """
    user = email_address.user
    methods = {record.get("method") for record in get_authentication_records(request, user)}
    if user.last_login is not None or not user.has_usable_password() or "code" not in methods or "password" in methods:
        return
    user.set_unusable_password()
    user.save(update_fields=["password"])
    messages.info(request, _("Choose a new password if you want one: the one from the registration has ended."))
    logger.info("unproved_password_dropped", user_id=user.pk)
