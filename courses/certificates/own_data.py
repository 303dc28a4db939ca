"""A person's certificates, for the archive of her data. Closing the account forgets the name (`services.standing.forget_holder`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accounts.models import User
from courses.certificates.addresses import page_address
from courses.certificates.models import Certificate


def certificates_of(user: User) -> Iterator[dict[str, Any]]:
    """With the signed credential: it stays verifiable after the account is gone."""
    for certificate in Certificate.objects.of(user).order_by("issued_at").iterator(500):
        yield {
            "number": certificate.pk,
            "address": page_address(certificate.pk),
            "name_on_it": certificate.learner_name,
            "course": certificate.course_title,
            "taught_by": certificate.creator_name,
            "outcomes": certificate.outcomes,
            "finished_at": certificate.completed_at,
            "issued_at": certificate.issued_at,
            "off_the_web_since": certificate.withdrawn_at,
            "revoked_at": certificate.revoked_at,
            "revoked_because": certificate.revoked_because,
            "credential": certificate.credential,
        }
