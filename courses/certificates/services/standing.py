"""Taking a certificate back, and taking it off the web."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.certificates.errors import AlreadyRevoked, NoReason
from courses.certificates.events import CertificateRevoked
from courses.certificates.models import Certificate
from courses.certificates.services.issuing import lock_certificate
from kit.events import publish


@transaction.atomic
def revoke_certificate(certificate: Certificate, *, by: User, because: str) -> Certificate:
    """Take it back for good: page, PDF and status list say so at once, its holder learns the reason by mail.

    `by` has passed the door (`get_revocable_certificate`) or works at the support desk. Raises `NoReason` and `AlreadyRevoked`.
    """
    reason = " ".join(because.split())
    if not reason or len(reason) > 200:
        raise NoReason(field="because")
    certificate = lock_certificate(certificate)
    if certificate.revoked_at is not None:
        raise AlreadyRevoked
    certificate.revoked_at, certificate.revoked_because = timezone.now(), reason
    certificate.save(update_fields=["revoked_at", "revoked_because"])
    publish(CertificateRevoked(certificate_id=certificate.pk))
    return certificate


@transaction.atomic
def withdraw_certificate(certificate: Certificate, *, by: User) -> Certificate:
    """Take the page, the PDF and the credential off the web. It stays valid: copies can be verified. Safe to call twice."""
    certificate = lock_certificate(certificate)
    if certificate.withdrawn_at is None:
        certificate.withdrawn_at = timezone.now()
        certificate.save(update_fields=["withdrawn_at"])
    return certificate


@transaction.atomic
def republish_certificate(certificate: Certificate, *, by: User) -> Certificate:
    """Show it again. Safe to call twice."""
    certificate = lock_certificate(certificate)
    if certificate.withdrawn_at is not None and certificate.learner_name:
        certificate.withdrawn_at = None
        certificate.save(update_fields=["withdrawn_at"])
    return certificate


def forget_holder(user: User) -> None:
    """What closing an account does: the name leaves us. Copies that the person kept stay verifiable, since keys and status do.

    Runs in the transaction of the closing.
    """
    now = timezone.now()
    mine = Certificate.objects.of(user)
    mine.filter(withdrawn_at__isnull=True).update(withdrawn_at=now)
    mine.update(learner_name="", credential="")
