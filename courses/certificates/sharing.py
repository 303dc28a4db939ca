"""Where a certificate is shown off."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from django.conf import settings

from courses.certificates.addresses import page_address
from courses.certificates.models import Certificate

_ADD_TO_PROFILE: Final = "https://www.linkedin.com/profile/add"


def linkedin_address(certificate: Certificate) -> str:
    """LinkedIn's "add to profile" form, filled in: name, who issued it and when, its number and its page.

    A completion does not expire, so the parameters for an end are left out.
    """
    return f"{_ADD_TO_PROFILE}?" + urlencode(
        {
            "startTask": "CERTIFICATION_NAME",
            "name": certificate.course_title,
            "organizationName": settings.SITE_NAME,
            "issueYear": certificate.issued_at.year,
            "issueMonth": certificate.issued_at.month,
            "certUrl": page_address(certificate.pk),
            "certId": str(certificate.pk),
        }
    )
