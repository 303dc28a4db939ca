"""Messages as the sandbox bank signs them, and as a forger would."""

from __future__ import annotations

import json

from django.conf import settings

from payments.gateways.services.sandbox_webhooks import SIGNATURE_HEADER
from payments.gateways.signatures import sign


def signed_message(
    kind: str, subject_id: str, *, event_id: str, subject: str = "checkout", at: float | None = None, secret: str | None = None
) -> tuple[bytes, dict[str, str]]:
    body = json.dumps({"id": event_id, "type": kind, "object": {"kind": subject, "id": subject_id}}).encode()
    signature = sign(body, secret=settings.SANDBOX_WEBHOOK_SECRET if secret is None else secret, at=at)
    return body, {SIGNATURE_HEADER: signature}
