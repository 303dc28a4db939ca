"""Signed messages: HMAC-SHA256 over `<unix time>.<raw body>`, in a header `t=<unix time>,v1=<hex>`.

The scheme is the one that Stripe documents for its webhooks; several v1 are allowed, so that secrets can be rotated.
"""

from __future__ import annotations

import hashlib
import hmac
import time

from payments.errors import BadWebhook

TOLERANCE_SECONDS = 300


def sign(body: bytes, *, secret: str, at: float | None = None) -> str:
    """The header's value for a body."""
    moment = int(time.time() if at is None else at)
    return f"t={moment},v1={_digest(body, secret, moment)}"


def verify(header: str, body: bytes, *, secret: str, at: float | None = None) -> None:
    """Raises `BadWebhook` unless the body was signed with the secret within the last five minutes.

    Without a secret everything is refused: anybody could sign with an empty one.
    """
    moment, signatures = _parse(header)
    if not secret or moment is None or not signatures:
        raise BadWebhook
    expected = _digest(body, secret, moment)
    if not any(hmac.compare_digest(expected.encode(), signature.encode()) for signature in signatures):
        raise BadWebhook
    if abs((time.time() if at is None else at) - moment) > TOLERANCE_SECONDS:
        raise BadWebhook


def _digest(body: bytes, secret: str, moment: int) -> str:
    return hmac.new(secret.encode(), b"%d." % moment + body, hashlib.sha256).hexdigest()


def _parse(header: str) -> tuple[int | None, list[str]]:
    moment: int | None = None
    signatures: list[str] = []
    for part in header.split(","):
        name, _equals, value = part.strip().partition("=")
        if name == "t" and value.isascii() and value.isdigit() and len(value) < 12:
            moment = int(value)
        elif name == "v1":
            signatures.append(value)
    return moment, signatures
