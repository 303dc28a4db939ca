"""What a certificate says to machines: an Open Badges 3.0 AchievementCredential (1EdTech, final of June 2024), the profile of its
issuer, and the list that tells which are revoked (W3C Bitstring Status List 1.0)."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from courses.certificates import addresses, keys
from courses.certificates.models import Certificate, SigningKey
from courses.certificates.moments import stamp
from courses.models import Completion, Course

CONTEXT: Final = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
STATUS_CONTEXT: Final = ["https://www.w3.org/ns/credentials/v2"]
ISSUER_CONTEXT: Final = ["https://www.w3.org/ns/cid/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
LIST_BITS: Final = 131_072
"""The least that the standard allows: 16 kB, so that nobody is told apart by a short list."""
STATUS_SECONDS: Final = 300
"""How long a status list may be kept by those who read it."""


def write_credential(certificate: Certificate) -> dict[str, Any]:
    """The credential without proof. `certificate.enrolment.course.creator` is read."""
    course = certificate.enrolment.course
    place, bit = divmod(certificate.status_index, LIST_BITS)
    status_list = addresses.status_address(place)
    return {
        "@context": CONTEXT,
        "id": addresses.credential_address(certificate.pk),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": certificate.course_title,
        "issuer": {"id": addresses.issuer_address(), "type": ["Profile"], "name": settings.SITE_NAME, "url": settings.SITE_URL},
        "validFrom": stamp(certificate.issued_at),
        "credentialSubject": {
            "id": subject_of(certificate.pk),
            "type": ["AchievementSubject"],
            "identifier": [
                {"type": "IdentityObject", "hashed": False, "identityType": "name", "identityHash": certificate.learner_name},
            ],
            "activityEndDate": stamp(certificate.completed_at),
            "achievement": {
                "id": addresses.absolute(course.get_absolute_url()),
                "type": ["Achievement"],
                "achievementType": "CertificateOfCompletion",
                "name": certificate.course_title,
                "description": _description(certificate),
                "criteria": {"narrative": _criteria(course, certificate)},
                "image": {"id": addresses.absolute(reverse("cover", args=["course", course.slug])), "type": "Image"},
                "creator": {
                    "id": addresses.absolute(course.creator.get_absolute_url()),
                    "type": ["Profile"],
                    "name": certificate.creator_name,
                },
            },
        },
        "credentialStatus": {
            "id": f"{status_list}#{bit}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(bit),
            "statusListCredential": status_list,
        },
    }


def subject_of(certificate_id: uuid.UUID) -> str:
    """A name for the learner within this one credential: two certificates of one person cannot be told to be hers by it."""
    return f"urn:uuid:{uuid.uuid5(certificate_id, 'learner')}"


def write_issuer(signing_keys: Iterable[SigningKey]) -> dict[str, Any]:
    """The issuer's profile, which is also the document that its keys are found in."""
    issuer = addresses.issuer_address()
    methods = [
        {
            "id": addresses.verification_method(key.public_x),
            "type": "Multikey",
            "controller": issuer,
            "publicKeyMultibase": keys.multikey(key.public_x),
        }
        for key in signing_keys
    ]
    return {
        "@context": ISSUER_CONTEXT,
        "id": issuer,
        "type": ["Profile"],
        "name": settings.SITE_NAME,
        "url": settings.SITE_URL,
        "email": settings.SUPPORT_EMAIL,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def write_status_list(number: int, revoked: Iterable[int], *, at: datetime) -> dict[str, Any]:
    """The list `number` without proof; `revoked` are status indices counted through all lists."""
    address = addresses.status_address(number)
    return {
        "@context": STATUS_CONTEXT,
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": addresses.issuer_address(),
        "validFrom": stamp(at),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode_bits(index - number * LIST_BITS for index in revoked),
            "ttl": STATUS_SECONDS * 1000,
        },
    }


def encode_bits(indices: Iterable[int]) -> str:
    """A list with these bits set: the first bit is the highest of the first byte; gzip, base64url, multibase "u"."""
    bits = bytearray(LIST_BITS // 8)
    for index in indices:
        bits[index // 8] |= 0x80 >> index % 8
    return "u" + keys.base64url(gzip.compress(bytes(bits), mtime=0))


def _description(certificate: Certificate) -> str:
    if certificate.outcomes:
        return gettext("What one learns: %(outcomes)s") % {"outcomes": "; ".join(certificate.outcomes)}
    return gettext("The course “%(title)s” by %(creator)s.") % {"title": certificate.course_title, "creator": certificate.creator_name}


def _criteria(course: Course, certificate: Certificate) -> str:
    version = course.current_version
    rule = version.completion if version else course.completion
    told = {
        Completion.LESSONS: gettext("Finished every lesson of the course, %(lessons)d in all."),
        Completion.QUIZZES: gettext("Passed every required quiz of the course, which has %(lessons)d lessons."),
        Completion.BOTH: gettext("Finished every lesson of the course, %(lessons)d in all, and passed every required quiz."),
    }
    return told[Completion(rule)] % {"lessons": certificate.lessons}
