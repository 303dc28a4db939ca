"""Messages of Amazon SNS, believed only when SNS signed them for a topic of ours.

After https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html: the signature covers named fields of the
message, by the key of a certificate whose address the message names. That address has to be SNS's own in the topic's region, since
whoever may name the certificate could sign anything.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from kit.errors import DomainError, Forbidden, Unavailable

NOTIFICATION: Final = "Notification"
SUBSCRIPTION: Final = "SubscriptionConfirmation"
UNSUBSCRIPTION: Final = "UnsubscribeConfirmation"
MOST_BYTES: Final = 1024 * 1024
"""SNS sends up to 256 KiB, which JSON within JSON makes longer."""
MOST_CERTIFICATE: Final = 64 * 1024
OLDEST: Final = timedelta(hours=1)
NEWEST: Final = timedelta(minutes=5)
"""By how much our clock may be behind."""
KEEP_SECONDS: Final = 24 * 3600
PATIENCE_SECONDS: Final = 5

_TOPIC = re.compile(r"^arn:aws(?P<china>-cn)?[a-z-]*:sns:(?P<region>[a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_-]{1,256}$")
_CERTIFICATE = re.compile(r"^/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem$")
_TOKEN = re.compile(r"^[A-Za-z0-9]{1,1024}$")
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    UNSUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HASHES = {"1": SHA1, "2": SHA256}


class BadMessage(DomainError):
    """Not a message of SNS."""

    status_code = 400
    code = "bad_message"
    message = _("This is no message that we understand.")


class Untrusted(Forbidden):
    """Not signed by SNS, not for us, or of another time."""

    code = "untrusted_message"
    message = _("This message is not signed as it should be.")


class CertificateAway(Unavailable):
    """SNS's certificate could not be fetched: the message may be sent again."""

    code = "certificate_away"
    message = _("The signature could not be checked just now.")


@dataclass(frozen=True)
class Message:
    """A message that SNS surely sent. `token` confirms a subscription."""

    kind: str
    topic: str
    text: str
    token: str = ""


def read_message(body: bytes, *, topics: list[str]) -> Message:
    """The message of a request's body. Raises `BadMessage`, `Untrusted` and `CertificateAway`."""
    fields = _fields(body)
    kind, topic = fields["Type"], fields["TopicArn"]
    if topic not in topics:
        raise Untrusted
    names = _SIGNED[kind]
    if any(name not in fields for name in names if name != "Subject"):
        raise BadMessage
    _check_time(fields["Timestamp"])
    # The version is not signed: a stranger may choose the older hash, which is as good while nobody finds second pre-images.
    hashed = _HASHES.get(fields.get("SignatureVersion", ""))
    if hashed is None:
        raise Untrusted
    said = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
    try:
        signature = base64.b64decode(fields.get("Signature", ""), validate=True)
        _key_at(fields.get("SigningCertURL", ""), topic).verify(signature, said.encode(), PKCS1v15(), hashed())
    except (InvalidSignature, binascii.Error) as error:
        raise Untrusted from error
    return Message(kind, topic, fields["Message"], fields.get("Token", "") if kind != NOTIFICATION else "")


def confirm_subscription(topic: str, token: str) -> None:
    """Tell SNS that we want a topic's messages. Asks SNS itself, never an address that a message names. Raises `CertificateAway`."""
    if not _TOKEN.match(token):
        raise BadMessage
    query = urlencode({"Action": "ConfirmSubscription", "Version": "2010-03-31", "TopicArn": topic, "Token": token})
    _fetch(f"https://{_host(topic)}/?{query}")


def _fields(body: bytes) -> dict[str, str]:
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadMessage from error
    if not isinstance(found, dict):
        raise BadMessage
    fields = {name: value for name, value in found.items() if isinstance(value, str)}
    if fields.get("Type") not in _SIGNED or "TopicArn" not in fields:
        raise BadMessage
    return fields


def _check_time(stamp: str) -> None:
    try:
        sent = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadMessage from error
    now = datetime.now(UTC)
    if not now - OLDEST <= sent <= now + NEWEST:
        raise Untrusted


def _host(topic: str) -> str:
    found = _TOPIC.match(topic)
    if found is None:
        raise Untrusted
    return f"sns.{found['region']}.amazonaws.com{'.cn' if found['china'] else ''}"


def _key_at(address: str, topic: str) -> RSAPublicKey:
    """The key of the certificate at `address`, which has to be SNS's in the topic's region."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise Untrusted from error
    if (parts.scheme, parts.netloc, port, parts.query, parts.fragment) != ("https", _host(topic), None, "", "") or not _CERTIFICATE.match(
        parts.path
    ):
        raise Untrusted
    kept = f"sns-certificate:{address}"
    content = cache.get(kept) or _fetch(address)
    try:
        certificate = x509.load_pem_x509_certificate(content)
        key = certificate.public_key()
    except ValueError as error:
        raise Untrusted from error
    now = datetime.now(UTC)
    if not isinstance(key, RSAPublicKey) or not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Untrusted
    cache.set(kept, content, KEEP_SECONDS)
    return key


def _fetch(address: str) -> bytes:
    try:
        with (
            httpx.Client(follow_redirects=False, trust_env=False, timeout=PATIENCE_SECONDS) as client,
            client.stream("GET", address) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise CertificateAway
            content = b""
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > MOST_CERTIFICATE:
                    raise CertificateAway
            return content
    except httpx.HTTPError as error:
        raise CertificateAway from error
