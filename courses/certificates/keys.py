"""Ed25519 keys as the web writes them: JWK (RFC 7517, RFC 8037), its thumbprint (RFC 7638), Multikey (W3C Controlled Identifiers 1.0)."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519_PUBLIC: Final = b"\xed\x01"
"""The multicodec prefix of an Ed25519 public key."""


def draw_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def private_text(key: Ed25519PrivateKey) -> str:
    """The 32 bytes of the private key in base64url, to be sealed."""
    return base64url(key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))


def private_of(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(from_base64url(text))


def public_x(key: Ed25519PrivateKey) -> str:
    """The member x of its JWK."""
    return base64url(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def public_of(x: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(from_base64url(x))


def jwk(x: str) -> dict[str, Any]:
    """The public key as a JWK with its three required members."""
    return {"crv": "Ed25519", "kty": "OKP", "x": x}


def thumbprint(x: str) -> str:
    """RFC 7638: the SHA-256 of the required members in order, base64url."""
    return base64url(hashlib.sha256(json.dumps(jwk(x), sort_keys=True, separators=(",", ":")).encode()).digest())


def multikey(x: str) -> str:
    """The public key as `publicKeyMultibase`: multicodec prefix and key in base58btc."""
    return multibase58(_ED25519_PUBLIC + from_base64url(x))


def multibase58(data: bytes) -> str:
    """Multibase base58btc: "z" and the digits."""
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _BASE58[digit] + digits
    zeros = len(data) - len(data.lstrip(b"\x00"))
    return "z" + _BASE58[0] * zeros + digits


def from_multibase58(text: str) -> bytes:
    """Raises ValueError for what is not multibase base58btc."""
    if not text.startswith("z"):
        raise ValueError("not multibase base58btc")
    number = 0
    for digit in text[1:]:
        number = number * 58 + _BASE58.index(digit)
    zeros = len(text) - 1 - len(text[1:].lstrip(_BASE58[0]))
    return b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def base64url(data: bytes) -> str:
    """Without padding (RFC 4648)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
