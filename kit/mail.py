"""Mail: three templates a message, sent as text with an HTML twin.

`templates/emails/<app>/<mail>/` holds `subject.txt`, `body.txt` and `body.html`; the HTML extends
`emails/base.html`. Mail is sent by event handlers, which may run twice: the Message-ID follows from the
idempotency key, so that mailboxes and mail services see that a second copy is the same message.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.loader import get_template, render_to_string

_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")

Attachment = tuple[str, bytes, str]
"""(file name, content, media type)."""


def send_mail(
    template: str,
    *,
    to: str | Sequence[str],
    context: dict[str, Any],
    idempotency_key: str,
    attachments: Iterable[Attachment] = (),
) -> None:
    """Send the mail `emails/<template>` ("orders/receipt") to one person or several, who see each other.

    `idempotency_key` names the reason for this one message ("receipt:<payment id>"). Templates get `context` and
    site_name, site_url and support_email. Raises what the mail backend raises: the handler is tried again.
    """
    message = compose_mail(template, to=to, context=context, idempotency_key=idempotency_key, attachments=attachments)
    message.send()


def compose_mail(
    template: str,
    *,
    to: str | Sequence[str],
    context: dict[str, Any],
    idempotency_key: str,
    attachments: Iterable[Attachment] = (),
) -> EmailMultiAlternatives:
    """The message that `send_mail` sends."""
    full = {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "support_email": settings.SUPPORT_EMAIL,
        **context,
    }
    folder = f"emails/{template}"
    subject = " ".join(_text(f"{folder}/subject.txt", full).split())
    full["subject"] = subject
    message = EmailMultiAlternatives(
        subject=subject,
        body=_EMPTY_LINES.sub("\n\n", _text(f"{folder}/body.txt", full)).strip() + "\n",
        to=[to] if isinstance(to, str) else list(to),
        headers={
            "Message-ID": message_id(idempotency_key),
            "X-Idempotency-Key": hashlib.sha256(idempotency_key.encode()).hexdigest()[:32],
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(render_to_string(f"{folder}/body.html", full), "text/html")
    for name, content, media_type in attachments:
        message.attach(name, content, media_type)
    return message


def _text(template: str, context: dict[str, Any]) -> str:
    # Plain text is not HTML: "Tom & Jerry" must not arrive as "Tom &amp; Jerry".
    loaded: Any = get_template(template)
    return str(loaded.template.render(Context(context, autoescape=False)))


def message_id(idempotency_key: str) -> str:
    """The same key gives the same Message-ID, on each machine and at each try."""
    digest = hashlib.sha256(f"{settings.SITE_URL} {idempotency_key}".encode()).hexdigest()[:40]
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{digest}@{host}>"
