"""Telling somebody who was handed a certificate whether it is one of ours, and what it is worth today."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import jwt
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.certificates import addresses, keys, proofs
from courses.certificates.models import Certificate, SigningKey

MOST_CHARACTERS: Final = 64_000
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_ENVELOPE: Final = re.compile(r"^data:application/vc(?:\+ld)?\+jwt(;base64)?,(.+)$", re.DOTALL)


class Verdict(models.TextChoices):
    VALID = "valid", _("Valid")
    REVOKED = "revoked", _("Revoked")
    FORGED = "forged", _("Changed or forged")
    UNKNOWN = "unknown", _("Not ours")
    UNREADABLE = "unreadable", _("Not readable")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`certificate` is the row, None for a copy whose row forgot the name; the words are those that were signed.

    `is_superseded` tells a copy under a name that was changed afterwards.
    """

    verdict: Verdict
    certificate: Certificate | None = None
    learner_name: str = ""
    course_title: str = ""
    is_superseded: bool = False


def check_certificate(certificate: Certificate) -> Finding:
    """Check what we hold ourselves, as anybody could: the signature, that the page shows what was signed, and the status."""
    return check_text(certificate.credential)


def check_text(text: str) -> Finding:
    """Check what somebody pasted: the number or address of a certificate, a JWT, or the JSON of a credential."""
    pasted = text.strip()
    if len(pasted) > MOST_CHARACTERS:
        return Finding(verdict=Verdict.UNREADABLE)
    if pasted.startswith("{"):
        return _check_json(pasted)
    if pasted.count(".") == 2 and "/" not in pasted:
        return _check_jwt(pasted)
    return _check_number(pasted)


def _check_number(text: str) -> Finding:
    numbers = _UUID.findall(text)
    if not numbers:
        return Finding(verdict=Verdict.UNREADABLE)
    certificate = Certificate.objects.with_course().public().filter(pk=UUID(numbers[-1])).first()
    return check_certificate(certificate) if certificate else Finding(verdict=Verdict.UNKNOWN)


def _check_json(text: str) -> Finding:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return Finding(verdict=Verdict.UNREADABLE)
    if document.get("type") == "EnvelopedVerifiableCredential":
        return _check_envelope(str(document.get("id", "")))
    proof = document.get("proof")
    if not isinstance(proof, Mapping):
        return Finding(verdict=Verdict.UNREADABLE)
    issuer, _hash, name = str(proof.get("verificationMethod", "")).partition("#")
    key = next((key for key in SigningKey.objects.all() if keys.multikey(key.public_x) == name), None)
    if key is None or issuer != addresses.issuer_address():
        return Finding(verdict=Verdict.UNKNOWN)
    return _found(document) if proofs.proof_holds(document, key.public_x) else Finding(verdict=Verdict.FORGED)


def _check_envelope(address: str) -> Finding:
    match = _ENVELOPE.match(address)
    if match is None:
        return Finding(verdict=Verdict.UNREADABLE)
    try:
        return _check_jwt(base64.b64decode(match[2], validate=True).decode() if match[1] else match[2])
    except (binascii.Error, UnicodeDecodeError):
        return Finding(verdict=Verdict.UNREADABLE)


def _check_jwt(token: str) -> Finding:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        return Finding(verdict=Verdict.UNREADABLE)
    # The key in the header proves only that whoever made it signed it: ours is found by its address.
    key = next((key for key in SigningKey.objects.all() if addresses.key_address(key.kid) == header.get("kid")), None)
    if key is None:
        return Finding(verdict=Verdict.UNKNOWN)
    try:
        claims = proofs.read_jwt(token, key.public_x)
    except jwt.InvalidTokenError:
        return Finding(verdict=Verdict.FORGED)
    return _found(claims)


def _found(credential: Mapping[str, Any]) -> Finding:
    """What stands behind a credential whose signature is ours."""
    numbers = _UUID.findall(str(credential.get("id", "")))
    certificate = Certificate.objects.with_course().filter(pk=UUID(numbers[-1])).first() if numbers else None
    if certificate is None:
        return Finding(verdict=Verdict.UNKNOWN)
    subject = credential["credentialSubject"]
    name = subject["identifier"][0]["identityHash"]
    return Finding(
        verdict=Verdict.VALID if certificate.is_valid else Verdict.REVOKED,
        certificate=certificate,
        learner_name=name,
        course_title=subject["achievement"]["name"],
        is_superseded=bool(certificate.learner_name) and name != certificate.learner_name,
    )
