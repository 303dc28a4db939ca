"""Segments by way of CloudFront, where VIDEO_CDN_URL is set: addresses of its own, opened by signed cookies for as long as a pass.

The cookies name one folder, that of a video's streams, and end when the pass does; they are renewed with it. They reach the CDN since
its host and this site's lie below one domain (CLOUDFRONT_COOKIE_DOMAIN), which also makes them same-site. Players that fetch
segments by themselves are led to single signed addresses instead.

The signature is RSA with SHA-1 (PKCS #1 v1.5), which is what CloudFront checks; forging one would take a second pre-image, which
nobody knows how to find. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-setting-signed-cookie-custom-policy.html
"""

from __future__ import annotations

import base64
import json
import time
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.http import HttpResponse

POLICY: Final = "CloudFront-Policy"
SIGNATURE: Final = "CloudFront-Signature"
KEY_PAIR: Final = "CloudFront-Key-Pair-Id"
_SAFE = bytes.maketrans(b"+=/", b"-_~")
"""What CloudFront puts in the place of what cookies and addresses cannot hold."""


def is_used() -> bool:
    return bool(settings.VIDEO_CDN_URL)


def folder_url(folder: str) -> str:
    """Where the CDN shows a folder of the private store, with a slash at the end."""
    return f"{settings.VIDEO_CDN_URL}/{folder}/"


def open_folder(response: HttpResponse, folder: str, *, seconds: int) -> None:
    """Let the browser that gets this answer fetch all that lies below `folder` for so long."""
    policy, signature = _signed(f"{folder_url(folder)}*", seconds)
    path = urlsplit(folder_url(folder)).path
    for name, value in ((POLICY, policy), (SIGNATURE, signature), (KEY_PAIR, settings.CLOUDFRONT_KEY_PAIR_ID)):
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path=path,
            domain=settings.CLOUDFRONT_COOKIE_DOMAIN or None,
            secure=True,
            httponly=True,
            samesite="Lax",
        )
        # An answer holds one cookie of a name. Browsers keep one for each path, and several folders may be open at once.
        response.cookies[f"{name} {path}"] = response.cookies.pop(name)


def signed_url(name: str, *, seconds: int) -> str:
    """An address of one file of the private store that is good for so long, without a cookie."""
    url = f"{settings.VIDEO_CDN_URL}/{name}"
    policy, signature = _signed(url, seconds)
    return f"{url}?Policy={policy}&Signature={signature}&Key-Pair-Id={settings.CLOUDFRONT_KEY_PAIR_ID}"


def read_private_key(key: str) -> RSAPrivateKey:
    """The key of a PEM text, or of the file that a path leads to. Raises ValueError, OSError."""
    text = key.replace("\\n", "\n") if key.lstrip().startswith("-----BEGIN") else Path(key).read_text()
    found = load_pem_private_key(text.encode(), password=None)
    if not isinstance(found, RSAPrivateKey):
        raise TypeError("CloudFront signs with RSA keys here")
    return found


def _signed(resource: str, seconds: int) -> tuple[str, str]:
    """A policy that opens `resource` (with * for anything) for so long, and its signature, as cookies hold them."""
    ends = int(time.time()) + seconds
    statement = {"Resource": resource, "Condition": {"DateLessThan": {"AWS:EpochTime": ends}}}
    policy = json.dumps({"Statement": [statement]}, separators=(",", ":")).encode()
    signature = _key(settings.CLOUDFRONT_PRIVATE_KEY).sign(policy, PKCS1v15(), SHA1())  # noqa: S303 - the protocol's
    return _safe(policy), _safe(signature)


@lru_cache(maxsize=2)
def _key(key: str) -> RSAPrivateKey:
    return read_private_key(key)


def _safe(content: bytes) -> str:
    return base64.b64encode(content).translate(_SAFE).decode()
