"""The ticket that a lesson's page carries: which sitting it is, of whom, in which lesson, and since when.

Signed, so that the server's clock says how long a page has been open, without a row per page view.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.utils import timezone

from courses.learning.limits import SITTING_DAYS
from kit.signing import BadLink, sign, unsign

SALT: Final = "sitting"


@dataclass(frozen=True, kw_only=True)
class Ticket:
    sitting: uuid.UUID
    opened_at: datetime


def issue_ticket(*, user_id: int, lesson_id: str) -> str:
    """A ticket for a page that is given out now; it is good for SITTING_DAYS."""
    payload = {"s": uuid.uuid4().hex, "u": user_id, "l": lesson_id, "t": int(timezone.now().timestamp())}
    return sign(payload, salt=SALT, seconds=SITTING_DAYS * 86400)


def read_ticket(token: str, *, user_id: int, lesson_id: str) -> Ticket:
    """Raises `BadLink` for a ticket of somebody else or of another lesson, `ExpiredLink` for an old one."""
    payload = unsign(token, salt=SALT)
    if payload["u"] != user_id or payload["l"] != lesson_id:
        raise BadLink
    return Ticket(sitting=uuid.UUID(payload["s"]), opened_at=datetime.fromtimestamp(payload["t"], UTC))
