"""What happens to certificates."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kit.events import Event


@dataclass(frozen=True, kw_only=True)
class CertificateIssued(Event):
    """Somebody who finished a course has a certificate of it."""

    certificate_id: UUID


@dataclass(frozen=True, kw_only=True)
class CertificateRevoked(Event):
    """The creator of the course or the staff took its word back. The reason stands on the certificate."""

    certificate_id: UUID
