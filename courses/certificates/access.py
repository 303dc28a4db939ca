"""The doors to certificates."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from courses.certificates.errors import CertificateNotFound, CertificateWithdrawn
from courses.certificates.models import Certificate


def get_certificate(viewer: User | AnonymousUser, certificate_id: UUID) -> Certificate:
    """For its page, PDF and credential: public, so that whoever has the address can verify it.

    Raises `CertificateNotFound`, and `CertificateWithdrawn` for others than its holder once she took it off the web.
    """
    certificate = Certificate.objects.with_course().filter(pk=certificate_id).first()
    if certificate is None:
        raise CertificateNotFound
    if not certificate.is_public and (certificate.enrolment.user_id != viewer.pk or not certificate.learner_name):
        raise CertificateWithdrawn
    return certificate


def get_own_certificate(user: User, certificate_id: UUID) -> Certificate:
    """The user's own. Raises `CertificateNotFound` for anybody else's."""
    certificate = Certificate.objects.of(user).with_course().filter(pk=certificate_id).first()
    if certificate is None:
        raise CertificateNotFound
    return certificate


def get_revocable_certificate(user: User, certificate_id: UUID) -> Certificate:
    """For the creator of the course, and for staff. Raises `CertificateNotFound` for anybody else."""
    found = Certificate.objects.with_course().filter(pk=certificate_id)
    certificate = (found if user.is_staff else found.filter(enrolment__course__creator=user)).first()
    if certificate is None:
        raise CertificateNotFound
    return certificate
