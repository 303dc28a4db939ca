"""What is written to the holder of a certificate."""

from __future__ import annotations

from courses.certificates.addresses import page_address
from courses.certificates.models import Certificate
from kit.mail import send_mail


def send_revocation_notice(certificate: Certificate) -> None:
    """The reason, from those who revoked it. Nothing for an account that has no address any more."""
    holder = certificate.enrolment.user
    if not holder.email:
        return
    send_mail(
        "courses/certificate_revoked",
        to=holder.email,
        context={"certificate": certificate, "name": holder.name, "url": page_address(certificate.pk)},
        idempotency_key=f"certificate-revoked:{certificate.pk}",
    )
