"""Amazon SNS as it reaches a site: signed messages, and the certificate that they name."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

REGION = "eu-central-1"
TOPIC = f"arn:aws:sns:{REGION}:111122223333:atelier-videos"
HOST = f"sns.{REGION}.amazonaws.com"
ADDRESS = "/webhooks/mediaconvert/sns/"
_ORDER = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


class Sns:
    """Signs with a key whose certificate lies where SNS's lies. What the site asks of the network is in `asked`."""

    def __init__(self, *, valid_days: int = 30, is_stranger: bool = False) -> None:
        self.key = _make_key("stranger" if is_stranger else "SNS")
        self.certificate = _certificate(self.key, valid_days=valid_days)
        self.certificate_url = f"https://{HOST}/SimpleNotificationService-{secrets.token_hex(16)}.pem"
        """Another for each: sites keep certificates for a day."""
        self.answers: dict[str, httpx.Response] = {self.certificate_url: httpx.Response(200, content=self.certificate)}
        self.asked: list[str] = []

    def connect(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def handle(_transport: Any, request: httpx.Request) -> httpx.Response:
            self.asked.append(str(request.url))
            return self.answers.get(str(request.url).partition("?")[0], httpx.Response(404))

        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)

    def notification(self, event: Any, **changed: str) -> bytes:
        return self.message(Type="Notification", Message=json.dumps(event), **changed)

    def subscription(self, **changed: str) -> bytes:
        fields = {
            "Type": "SubscriptionConfirmation",
            "Message": f"You have chosen to subscribe to the topic {TOPIC}.",
            "Token": "2336412f37fb687f5d51e6e2425c464de257eb",
            "SubscribeURL": f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37fb687f5d51e6e2425c464de257eb",
        }
        return self.message(**(fields | changed))

    def message(self, *, version: str = "2", sent: datetime | None = None, unsigned: dict[str, str] | None = None, **fields: str) -> bytes:
        """`unsigned` is written into the message after it was signed."""
        stamp = (sent or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        fields = {"MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": TOPIC, "Timestamp": stamp} | fields
        said = "".join(f"{name}\n{fields[name]}\n" for name in _ORDER if name in fields)
        signature = self.key.sign(said.encode(), PKCS1v15(), SHA1() if version == "1" else SHA256())
        signed = fields | {
            "SignatureVersion": version,
            "Signature": base64.b64encode(signature).decode(),
            "SigningCertURL": self.certificate_url,
        }
        return json.dumps(signed | (unsigned or {})).encode()


@cache
def _make_key(_whose: str) -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def _certificate(key: RSAPrivateKey, *, valid_days: int) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=valid_days))
    )
    return built.sign(key, SHA256()).public_bytes(Encoding.PEM)
