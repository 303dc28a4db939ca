"""Verifying what somebody was handed."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from courses.certificates import keys
from courses.certificates.checking import Verdict, check_text
from courses.certificates.models import Certificate
from courses.certificates.proofs import add_proof, sign_jwt, unwrapped
from courses.certificates.services.issuing import rename_certificate
from courses.certificates.services.standing import revoke_certificate, withdraw_certificate

pytestmark = pytest.mark.django_db


def as_json(certificate: Certificate, **changes: Any) -> str:
    return json.dumps({**unwrapped(certificate.credential), **changes})


def test_number_address_token_json_and_envelope_lead_to_the_same_verdict(certificate: Certificate) -> None:
    envelope = json.dumps({"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{certificate.credential}"})
    for text in (
        str(certificate.pk),
        f"  https://atelier.example/certificates/{certificate.pk}/\n",
        certificate.credential,
        as_json(certificate),
        envelope,
    ):
        finding = check_text(text)
        assert (finding.verdict, finding.learner_name, finding.course_title) == (Verdict.VALID, "Ben", "Letters that hold"), text[:40]


def test_a_changed_credential_is_forged(certificate: Certificate) -> None:
    subject = unwrapped(certificate.credential)["credentialSubject"]
    subject["identifier"][0]["identityHash"] = "Mallory"
    assert check_text(as_json(certificate, credentialSubject=subject)).verdict == Verdict.FORGED
    head, payload, signature = certificate.credential.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"credentialSubject": subject}
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    assert check_text(f"{head}.{forged}.{signature}").verdict == Verdict.FORGED


def test_a_credential_signed_with_a_key_of_ones_own_is_not_ours(certificate: Certificate) -> None:
    credential = {name: value for name, value in unwrapped(certificate.credential).items() if name != "proof"}
    mine = Ed25519PrivateKey.generate()
    proved = add_proof(credential, mine, created=credential["validFrom"])
    assert check_text(sign_jwt(proved, mine)).verdict == Verdict.UNKNOWN
    assert check_text(json.dumps(proved)).verdict == Verdict.UNKNOWN


def test_naming_our_key_without_having_it_is_a_forgery(certificate: Certificate) -> None:
    header = jwt.get_unverified_header(certificate.credential)
    mine = Ed25519PrivateKey.generate()
    headers = {"kid": header["kid"], "jwk": keys.jwk(keys.public_x(mine))}
    assert check_text(jwt.encode(unwrapped(certificate.credential), mine, algorithm="EdDSA", headers=headers)).verdict == Verdict.FORGED


def test_a_token_without_a_signature_is_never_believed(certificate: Certificate) -> None:
    header = jwt.get_unverified_header(certificate.credential)
    unsigned = jwt.encode(unwrapped(certificate.credential), None, algorithm="none", headers={"kid": header["kid"]})  # type: ignore[arg-type]
    assert check_text(unsigned).verdict == Verdict.FORGED


NONSENSE = ("", "hello", "{", "[]", "{}", '{"proof": 1}', "a.b.c", "{" * 5000, "x" * 70_000, '{"proof": {"proofValue": []}}', "\x00")


def test_nonsense_is_called_unreadable_or_unknown_and_breaks_nothing(certificate: Certificate) -> None:
    for text in NONSENSE:
        assert check_text(text).verdict in (Verdict.UNREADABLE, Verdict.UNKNOWN), text[:40]


def test_revoked_and_withdrawn_and_renamed_are_told_apart(certificate: Certificate, ada: User, ben: User) -> None:
    copy = certificate.credential
    ben.profile.display_name = "Benedikt"
    ben.profile.save()
    rename_certificate(certificate, by=ben)
    old = check_text(copy)
    assert (old.verdict, old.learner_name, old.is_superseded) == (Verdict.VALID, "Ben", True)
    withdraw_certificate(certificate, by=ben)
    assert check_text(str(certificate.pk)).verdict == Verdict.UNKNOWN, "its number alone tells a stranger nothing"
    assert check_text(copy).verdict == Verdict.VALID
    revoke_certificate(certificate, by=ada, because="By mistake.")
    assert check_text(copy).verdict == Verdict.REVOKED


def test_the_page_verifies_by_a_link_by_a_form_and_by_a_file(certificate: Certificate) -> None:
    page = "/certificates/verify/"
    assert b"Paste its number" in Client().get(page).content
    assert b"The signature is ours" in Client().get(page, {"credential": str(certificate.pk)}).content
    assert b"The signature is ours" in Client().post(page, {"credential": certificate.credential}).content
    file = SimpleUploadedFile("ben.json", as_json(certificate).encode())
    assert b"The signature is ours" in Client().post(page, {"file": file}).content
    assert b"Not ours" in Client().post(page, {"credential": "00000000-0000-4000-8000-000000000000"}).content
    assert Client().post(page, {}).status_code == 422
    assert Client().post(page, {"file": SimpleUploadedFile("big.json", b"x" * 70_000)}).status_code == 422


def test_what_is_pasted_is_shown_as_text(certificate: Certificate) -> None:
    html = Client().post("/certificates/verify/", {"credential": "<script>alert(1)</script>"}).content
    assert b"<script>alert" not in html
