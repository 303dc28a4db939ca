"""Issuing certificates, once per enrolment."""

from __future__ import annotations

import secrets
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.certificates.credentials import LIST_BITS, write_credential
from courses.certificates.errors import CannotRename, NothingToCertify
from courses.certificates.events import CertificateIssued
from courses.certificates.models import Certificate
from courses.certificates.services.signing import sign_credential
from courses.learning.models import Enrolment
from kit.events import publish

_FILL: Final = LIST_BITS // 2
"""A list takes no more certificates than half its bits, so that a free bit is found by chance at once."""


@transaction.atomic
def issue_certificate(enrolment: Enrolment) -> Certificate:
    """The certificate of a finished course (R252). Safe to call twice: the second call gives the first one's.

    Raises `NothingToCertify` when the course is not finished, or gives none; when it was taken back before the certificate was made;
    and for a closed account, whose name is forgotten.
    """
    # The learner's row too: an account that is being closed is waited for. First, as there: its closing then meets the sittings,
    # and a report of time goes from its sitting to the enrolment.
    locked = Enrolment.objects.select_for_update(of=("user", "self"), no_key=True).select_related(
        "user__profile", "course__creator__profile", "course__current_version"
    )
    enrolment = locked.get(pk=enrolment.pk)
    if known := Certificate.objects.filter(enrolment=enrolment).first():
        return known
    course, version = enrolment.course, enrolment.course.current_version
    if enrolment.completed_at is None or not course.gives_certificate or version is None:
        raise NothingToCertify
    if not enrolment.is_full or enrolment.user.is_closed:
        raise NothingToCertify
    certificate = Certificate(
        enrolment=enrolment,
        learner_name=enrolment.user.name,
        course_title=course.title,
        creator_name=course.creator.name,
        outcomes=course.outcomes,
        lessons=version.lesson_count,
        minutes=version.minutes,
        completed_at=enrolment.completed_at,
        issued_at=timezone.now().replace(microsecond=0),
        status_index=_free_index(),
    )
    certificate.credential = sign_credential(write_credential(certificate))
    certificate.save(force_insert=True)
    publish(CertificateIssued(certificate_id=certificate.pk))
    return certificate


@transaction.atomic
def rename_certificate(certificate: Certificate, *, by: User) -> Certificate:
    """Issue it anew under the name that its holder has now: the same number, a new credential. Possible once.

    Raises `CannotRename` when it was done before, the name is the same, or the certificate is revoked or withdrawn.
    """
    certificate = lock_certificate(certificate)
    holder = certificate.enrolment.user
    if not can_rename(certificate) or holder.pk != by.pk:
        raise CannotRename
    certificate.learner_name = holder.name
    certificate.issued_at = certificate.renamed_at = timezone.now().replace(microsecond=0)
    certificate.credential = sign_credential(write_credential(certificate))
    certificate.save(update_fields=["learner_name", "issued_at", "renamed_at", "credential"])
    return certificate


def can_rename(certificate: Certificate) -> bool:
    """Whether its holder goes by another name now and has not used this before."""
    unused = certificate.renamed_at is None and certificate.is_valid and certificate.is_public
    return unused and certificate.enrolment.user.name != certificate.learner_name


def lock_certificate(certificate: Certificate) -> Certificate:
    """The certificate, read anew under lock, with its course and its holder."""
    return Certificate.objects.select_for_update(of=("self",)).with_course().get(pk=certificate.pk)


def _free_index() -> int:
    """A bit that no certificate has: drawn by chance (it must not tell who was first) from the list that is being filled."""
    first = Certificate.objects.count() // _FILL * LIST_BITS
    while True:
        index = first + secrets.randbelow(LIST_BITS)
        if not Certificate.objects.filter(status_index=index).exists():
            return index
