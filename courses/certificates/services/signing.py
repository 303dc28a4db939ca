"""The keys that sign: drawn at first need, sealed, retired by hand."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.utils import timezone

from accounts.sealing import seal, unseal
from courses.certificates import keys
from courses.certificates.models import SigningKey
from courses.certificates.moments import stamp
from courses.certificates.proofs import add_proof, sign_jwt


@transaction.atomic
def ensure_signing_key() -> SigningKey:
    """The key in use, drawn when there is none. Of two that draw at once, one waits and takes the other's."""
    key = SigningKey.objects.filter(retired_at__isnull=True).first()
    if key is None:
        SigningKey.objects.bulk_create([_draw()], ignore_conflicts=True)
        key = SigningKey.objects.get(retired_at__isnull=True)
    return key


@transaction.atomic
def rotate_signing_key() -> SigningKey:
    """Retire the key in use and sign with a new one from now on. What the old one signed stays verifiable.

    Needs no private key, so it also helps where the sealed one cannot be opened any more.
    """
    SigningKey.objects.select_for_update().filter(retired_at__isnull=True).update(retired_at=timezone.now())
    return ensure_signing_key()


def sign_credential(credential: dict[str, Any]) -> str:
    """The credential as a JWT, with a proof inside as well."""
    private = _private()
    return sign_jwt(add_proof(credential, private, created=credential["validFrom"]), private)


def prove(document: dict[str, Any]) -> dict[str, Any]:
    """A document with a proof inside, made now."""
    return add_proof(document, _private(), created=stamp(timezone.now()))


def _private() -> Ed25519PrivateKey:
    return keys.private_of(unseal(ensure_signing_key().private))


def _draw() -> SigningKey:
    private = keys.draw_key()
    x = keys.public_x(private)
    return SigningKey(kid=keys.thumbprint(x), private=seal(keys.private_text(private)), public_x=x)
