"""Signing a credential in the two ways that Open Badges 3.0 knows, and checking both.

* Inside: a Data Integrity proof of the cryptosuite eddsa-jcs-2022 (W3C Data Integrity EdDSA Cryptosuites 1.0), so that the JSON
  verifies by itself. The text that is signed is canonical by RFC 8785; our credentials hold strings, lists and objects with
  ASCII names only, for which sorted JSON without spaces is that form.
* Around: the same credential, proof included, as the claims of a JWT signed with EdDSA (OB 3.0, 8.2; RFC 8037). The header
  carries the public key (`jwk`) for those who verify offline and its address (`kid`) for those who ask whose it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from courses.certificates import keys
from courses.certificates.addresses import key_address, verification_method
from courses.certificates.moments import seconds_of

CLAIMS: Final = ("iss", "jti", "nbf", "sub")
"""What the JWT says besides the credential's own members."""
CRYPTOSUITE: Final = "eddsa-jcs-2022"


def add_proof(credential: Mapping[str, Any], key: Ed25519PrivateKey, *, created: str) -> dict[str, Any]:
    """The credential with a proof inside. `created` is an XML Schema dateTime in UTC."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": created,
        "verificationMethod": verification_method(keys.public_x(key)),
        "proofPurpose": "assertionMethod",
        "@context": credential["@context"],
    }
    return {**credential, "proof": {**options, "proofValue": keys.multibase58(key.sign(_hashed(credential, options)))}}


def proof_holds(secured: Mapping[str, Any], x: str) -> bool:
    """Whether the proof inside was made over exactly this credential with the key whose public part is `x`."""
    proof = secured.get("proof")
    if not isinstance(proof, Mapping) or proof.get("cryptosuite") != CRYPTOSUITE or proof.get("proofPurpose") != "assertionMethod":
        return False
    credential = {name: value for name, value in secured.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if options.get("@context") != credential.get("@context"):
        return False
    try:
        keys.public_of(x).verify(keys.from_multibase58(str(proof.get("proofValue"))), _hashed(credential, options))
    except (InvalidSignature, ValueError):
        return False
    return True


def sign_jwt(secured: Mapping[str, Any], key: Ed25519PrivateKey) -> str:
    """The credential as a compact JWS. Its issuer, id, begin and subject are also the claims iss, jti, nbf and sub."""
    claims = {
        "iss": secured["issuer"]["id"],
        "jti": secured["id"],
        "nbf": seconds_of(secured["validFrom"]),
        "sub": secured["credentialSubject"]["id"],
    }
    x = keys.public_x(key)
    header = {"kid": key_address(keys.thumbprint(x)), "jwk": keys.jwk(x)}
    return jwt.encode({**secured, **claims}, key, algorithm="EdDSA", headers=header)


def read_jwt(token: str, x: str) -> dict[str, Any]:
    """The claims of a JWT signed with the key whose public part is `x`. Raises jwt.InvalidTokenError for any other."""
    claims: dict[str, Any] = jwt.decode(token, keys.public_of(x), algorithms=["EdDSA"], options={"verify_sub": False, "verify_jti": False})
    return claims


def unwrapped(token: str) -> dict[str, Any]:
    """The credential inside a JWT of ours, with its own proof and without the claims. Checks no signature."""
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return {name: value for name, value in claims.items() if name not in CLAIMS}


def _hashed(credential: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(canonical(options)).digest() + hashlib.sha256(canonical(credential)).digest()


def canonical(value: Any) -> bytes:
    """RFC 8785 for objects with ASCII names, lists, strings, whole numbers and booleans."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
