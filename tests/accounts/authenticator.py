"""An authenticator app, by RFC 6238: six digits, SHA-1, a new code each 30 seconds."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time


def totp(secret: str, *, ahead: int = 0) -> str:
    """The code for `secret` (base32), `ahead` half minutes from now."""
    counter = (int(time.time()) // 30 + ahead).to_bytes(8, "big")
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
