"""Links and tokens that only we can have made, and that end.

Built on Django's signer: HMAC-SHA256 with a key derived from SECRET_KEY and the salt; SECRET_KEY_FALLBACKS keep
old links alive while the key is changed.
"""

from __future__ import annotations

import time
from typing import Any

from django.core import signing
from django.utils.translation import gettext_lazy as _

from kit.errors import DomainError


class BadLink(DomainError):
    status_code = 404
    code = "bad_link"
    message = _("This link is not complete or has been changed. Open it again from where you found it.")


class ExpiredLink(DomainError):
    status_code = 410
    code = "expired_link"
    message = _("This link has ended. Open the page that gave it to you for a fresh one.")


def sign(payload: dict[str, Any], *, salt: str, seconds: int) -> str:
    """A URL-safe token that carries `payload` (JSON) and is good for `seconds` from now.

    The payload is signed, not hidden: anybody who holds the token can read it. `salt` names the use, so that a
    token made for one use is worthless for another.
    """
    return signing.dumps({"p": payload, "e": int(time.time()) + seconds}, salt=_salted(salt))


def unsign(token: str, *, salt: str) -> dict[str, Any]:
    """The payload of a token made by `sign` with the same salt.

    Raises `BadLink` for anything that we did not sign, `ExpiredLink` once its time is over.
    """
    try:
        content = signing.loads(token, salt=_salted(salt))
        payload, ends = content["p"], content["e"]
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise BadLink from error
    if time.time() >= ends:
        raise ExpiredLink
    return payload


def _salted(salt: str) -> str:
    return f"kit.signing.{salt}"
