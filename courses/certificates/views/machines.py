"""What wallets and verifiers read. No cookie matters here, and any page may ask (CORS): verifying must work from elsewhere."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses.certificates import addresses
from courses.certificates.access import get_certificate
from courses.certificates.credentials import STATUS_SECONDS, write_issuer, write_status_list
from courses.certificates.keys import jwk
from courses.certificates.models import SigningKey
from courses.certificates.proofs import unwrapped
from courses.certificates.selectors import count_status_lists, public_keys, revoked_indices
from courses.certificates.services.signing import prove
from kit.errors import NotFound
from kit.ratelimit import rate_limited

_KEYS_SECONDS = 3600


@login_not_required
@require_safe
def credential(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """The Open Badges 3.0 credential, with its proof inside."""
    certificate = get_certificate(request.user, certificate_id)
    return _answer(unwrapped(certificate.credential), filename=f"{certificate_id}.json")


@login_not_required
@require_safe
def credential_jwt(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """The same as a compact JWS (OB 3.0, 8.2)."""
    certificate = get_certificate(request.user, certificate_id)
    response = HttpResponse(certificate.credential, content_type="application/vc+jwt")
    return _opened(response, filename=f"{certificate_id}.jwt")


@login_not_required
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """Every key that signed a certificate, as a JWK set (RFC 7517). Retired ones stay."""
    return _answer({"keys": [_public(key) for key in public_keys()]}, seconds=_KEYS_SECONDS)


@login_not_required
@require_safe
def key(request: HttpRequest, kid: str) -> HttpResponse:
    """One key as a JWK: what the `kid` of a credential leads to."""
    found = public_keys().filter(kid=kid).first()
    if found is None:
        raise NotFound
    return _answer(_public(found), seconds=_KEYS_SECONDS)


@login_not_required
@require_safe
def issuer(request: HttpRequest) -> HttpResponse:
    return _answer(write_issuer(public_keys()), seconds=_KEYS_SECONDS)


@login_not_required
@require_safe
@rate_limited("certificate-status", "120/m")
def status_list(request: HttpRequest, number: int) -> HttpResponse:
    """Which certificates are revoked, as a credential with its proof inside."""
    if number >= count_status_lists():
        raise NotFound
    document = prove(write_status_list(number, revoked_indices(number), at=timezone.now()))
    return _answer(document, seconds=STATUS_SECONDS)


def _public(key: SigningKey) -> dict[str, Any]:
    return {**jwk(key.public_x), "kid": addresses.key_address(key.kid), "alg": "EdDSA", "use": "sig"}


def _answer(document: dict[str, Any], *, filename: str = "", seconds: int = 0) -> HttpResponse:
    response = JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 1})
    return _opened(response, filename=filename, seconds=seconds)


def _opened(response: HttpResponse, *, filename: str = "", seconds: int = 0) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = f"public, max-age={seconds}" if seconds else "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    if filename:
        response["Content-Disposition"] = f'inline; filename="{filename}"'
    return response
