"""The addresses that credentials name. They are signed and copied: they never change while the site keeps its name."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.urls import reverse

from courses.certificates import keys


def absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def page_address(certificate_id: UUID) -> str:
    """The public page: what the QR code holds."""
    return absolute(reverse("certificate", args=[certificate_id]))


def credential_address(certificate_id: UUID) -> str:
    """Also the id of the credential."""
    return absolute(reverse("certificate_json", args=[certificate_id]))


def issuer_address() -> str:
    return absolute(reverse("certificate_issuer"))


def key_address(kid: str) -> str:
    """Where one public key is read as a JWK."""
    return absolute(reverse("certificate_key", args=[kid]))


def verification_method(x: str) -> str:
    """The name of a key within the issuer's profile."""
    return f"{issuer_address()}#{keys.multikey(x)}"


def status_address(number: int) -> str:
    return absolute(reverse("certificate_status", args=[number]))
