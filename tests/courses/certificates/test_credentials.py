"""The credential as a stranger verifies it: from published bytes, with PyJWT and cryptography, without a line of ours (R252)."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import joserfc.jwt
import jwt
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import call_command
from django.test import Client
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from accounts.models import User
from courses.certificates.models import Certificate
from courses.certificates.services.standing import revoke_certificate
from courses.models import Course
from tests.courses.certificates.finishing import certify

pytestmark = pytest.mark.django_db

VC2 = "https://www.w3.org/ns/credentials/v2"
OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"


def path_of(address: str) -> str:
    return address.partition("#")[0].removeprefix("http://127.0.0.1:8000").removeprefix("http://testserver")


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.SITE_URL = "http://testserver"


@pytest.fixture
def stranger() -> Client:
    return Client()


def read_jwt(stranger: Client, certificate: Certificate) -> str:
    response = stranger.get(f"/certificates/{certificate.pk}.jwt")
    assert response["Content-Type"] == "application/vc+jwt"
    return response.content.decode()


def read_json(stranger: Client, certificate: Certificate) -> dict[str, Any]:
    response = stranger.get(f"/certificates/{certificate.pk}.json")
    assert response["Content-Type"] == "application/json"
    assert response["Access-Control-Allow-Origin"] == "*"
    return json.loads(response.content)


def test_the_token_verifies_with_the_published_key_set(stranger: Client, certificate: Certificate) -> None:
    token = read_jwt(stranger, certificate)
    keys = jwt.PyJWKSet.from_json(stranger.get("/certificates/keys.json").content.decode())
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, keys[header["kid"]].key, algorithms=["EdDSA"], issuer="http://testserver/certificates/issuer.json")
    assert set(header) == {"alg", "kid", "jwk", "typ"}, "OB 3.0 allows no other header"
    assert (header["alg"], header["typ"]) == ("EdDSA", "JWT")
    assert "d" not in header["jwk"]
    # OB 3.0, 8.2.6.1: what the claims must equal.
    assert claims["iss"] == claims["issuer"]["id"]
    assert claims["jti"] == claims["id"] == f"http://testserver/certificates/{certificate.pk}.json"
    assert claims["sub"] == claims["credentialSubject"]["id"]
    assert datetime.fromtimestamp(claims["nbf"], UTC) == datetime.fromisoformat(claims["validFrom"])


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # for Ed25519, which verifiers of Open Badges do not know yet
def test_the_token_verifies_by_code_that_did_not_sign_it(stranger: Client, certificate: Certificate) -> None:
    keys = KeySet.import_key_set(stranger.get("/certificates/keys.json").json())
    token = read_jwt(stranger, certificate)
    claims = joserfc.jwt.decode(token, keys, algorithms=["EdDSA"]).claims
    assert claims["credentialSubject"]["identifier"][0]["identityHash"] == certificate.learner_name
    with pytest.raises(BadSignatureError):
        joserfc.jwt.decode(f"{token.rpartition('.')[0]}.{'A' * 86}", keys, algorithms=["EdDSA"])


def test_the_key_in_the_header_is_the_one_at_its_address(stranger: Client, certificate: Certificate) -> None:
    header = jwt.get_unverified_header(read_jwt(stranger, certificate))
    published = stranger.get(path_of(header["kid"])).json()
    assert {name: published[name] for name in ("kty", "crv", "x")} == header["jwk"]
    jwt.decode(read_jwt(stranger, certificate), jwt.PyJWK(header["jwk"] | {"alg": "EdDSA"}).key, algorithms=["EdDSA"])
    canonical = json.dumps(header["jwk"], sort_keys=True, separators=(",", ":")).encode()
    assert base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode() in header["kid"]  # RFC 7638


def test_a_changed_token_does_not_verify(stranger: Client, certificate: Certificate) -> None:
    token = read_jwt(stranger, certificate)
    key = jwt.PyJWKSet.from_json(stranger.get("/certificates/keys.json").content.decode()).keys[0].key
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["credentialSubject"]["identifier"][0]["identityHash"] = "Mallory"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{head}.{forged}.{signature}", key, algorithms=["EdDSA"])


def test_the_credential_has_what_open_badges_require(stranger: Client, certificate: Certificate) -> None:
    credential = read_json(stranger, certificate)
    assert credential["@context"][:2] == [VC2, OB3]
    assert credential["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert credential["issuer"]["type"] == ["Profile"]
    assert credential["issuer"]["name"] == "Atelier"
    assert credential["name"] == "Letters that hold"
    assert credential["validFrom"].endswith("Z")
    subject = credential["credentialSubject"]
    assert subject["type"] == ["AchievementSubject"]
    assert subject["id"].startswith("urn:uuid:")
    [identity] = subject["identifier"]
    assert identity == {"type": "IdentityObject", "hashed": False, "identityType": "name", "identityHash": "Ben"}
    achievement = subject["achievement"]
    assert achievement["type"] == ["Achievement"]
    assert achievement["achievementType"] == "CertificateOfCompletion"
    assert achievement["id"]
    assert achievement["name"]
    assert achievement["description"]
    assert achievement["criteria"]["narrative"]
    assert achievement["creator"]["name"] == "Ada"
    assert not {"iss", "jti", "nbf", "sub"} & set(credential)


def test_the_proof_inside_verifies_by_the_issuers_profile_alone(stranger: Client, certificate: Certificate) -> None:
    """Data Integrity EdDSA Cryptosuites 1.0, eddsa-jcs-2022, written out once more here."""
    credential = read_json(stranger, certificate)
    verify_proof(stranger, credential)
    credential["credentialSubject"]["identifier"][0]["identityHash"] = "Mallory"
    with pytest.raises(InvalidSignature):
        verify_proof(stranger, credential)


def verify_proof(stranger: Client, secured: dict[str, Any]) -> None:
    proof = dict(secured["proof"])
    assert (proof["type"], proof["cryptosuite"], proof["proofPurpose"]) == ("DataIntegrityProof", "eddsa-jcs-2022", "assertionMethod")
    issuer = secured["issuer"] if isinstance(secured["issuer"], str) else secured["issuer"]["id"]
    profile = stranger.get(path_of(issuer)).json()
    assert profile["id"] == issuer
    assert profile["type"] == ["Profile"]
    assert proof["verificationMethod"] in profile["assertionMethod"]
    [method] = [entry for entry in profile["verificationMethod"] if entry["id"] == proof["verificationMethod"]]
    assert method["type"] == "Multikey"
    assert method["controller"] == issuer
    raw = base58(method["publicKeyMultibase"])
    assert raw[:2] == b"\xed\x01"
    signature = base58(proof.pop("proofValue"))
    body = {name: value for name, value in secured.items() if name != "proof"}
    digest = b"".join(
        hashlib.sha256(json.dumps(part, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).digest()
        for part in (proof, body)
    )
    Ed25519PublicKey.from_public_bytes(raw[2:]).verify(signature, digest)


def base58(text: str) -> bytes:
    assert text[0] == "z"
    number = 0
    for digit in text[1:]:
        number = number * 58 + "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".index(digit)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def revoked_bit(stranger: Client, certificate: Certificate) -> bool:
    """W3C Bitstring Status List 1.0, validation algorithm."""
    entry = read_json(stranger, certificate)["credentialStatus"]
    assert entry["type"] == "BitstringStatusListEntry"
    assert entry["statusPurpose"] == "revocation"
    status = stranger.get(path_of(entry["statusListCredential"])).json()
    assert status["@context"] == [VC2]
    assert status["id"] == entry["statusListCredential"]
    assert status["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    verify_proof(stranger, status)
    subject = status["credentialSubject"]
    assert subject["type"] == "BitstringStatusList"
    assert subject["statusPurpose"] == "revocation"
    assert subject["encodedList"][0] == "u"
    bits = gzip.decompress(base64.urlsafe_b64decode(subject["encodedList"][1:] + "==="))
    assert len(bits) >= 16 * 1024
    index = int(entry["statusListIndex"])
    return bool(bits[index // 8] >> (7 - index % 8) & 1)


def test_the_status_list_tells_revoked_from_valid(
    stranger: Client, certificate: Certificate, cleo: User, ada: User, course: Course
) -> None:
    other = certify(cleo, course)
    assert not revoked_bit(stranger, certificate)
    revoke_certificate(certificate, by=ada, because="By mistake.")
    assert revoked_bit(stranger, certificate)
    assert not revoked_bit(stranger, other)
    assert stranger.get("/certificates/status/1.json").status_code == 404


def test_what_an_old_key_signed_verifies_after_its_retirement(stranger: Client, certificate: Certificate) -> None:
    call_command("rotate_certificate_key")
    test_the_token_verifies_with_the_published_key_set(stranger, certificate)
    verify_proof(stranger, read_json(stranger, certificate))
    assert not revoked_bit(stranger, certificate)
    assert len(stranger.get("/certificates/keys.json").json()["keys"]) == 2


def test_no_private_part_is_ever_published(stranger: Client, certificate: Certificate) -> None:
    [key] = stranger.get("/certificates/keys.json").json()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "alg", "use"}
    assert stranger.get("/certificates/keys/unknown.json").status_code == 404
