"""The ticket that a lesson's page carries: which sitting it is, of whom, in which lesson, and since when.

Signed, so that the server's clock says how long a page has been open, without a row per page view.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.utils import timezone

from courses.learning.limits import SITTING_DAYS
from courses.learning.watching import Film
from courses.outline import LessonEntry
from kit.signing import BadLink, sign, unsign

SALT: Final = "sitting"


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """`enrolment_id` is None where the page was given out before there was one: a first free lesson. `film` is the lesson's own
    video, None where it shows none.
    """

    sitting: uuid.UUID
    opened_at: datetime
    enrolment_id: int | None
    lesson_id: str
    is_free: bool
    film: Film | None = None


def issue_ticket(*, user_id: int, lesson: LessonEntry, enrolment_id: int | None, film: Film | None = None) -> str:
    """A ticket for a page that is given out now; it is good for SITTING_DAYS."""
    payload: dict[str, Any] = {
        "s": uuid.uuid4().hex,
        "t": int(timezone.now().timestamp()),
        "u": user_id,
        "e": enrolment_id,
        "n": lesson.slug,
        "l": lesson.id,
        "f": lesson.is_free,
    }
    if film is not None:
        payload |= {"v": film.video_id.hex, "d": film.seconds}
    return sign(payload, salt=SALT, seconds=SITTING_DAYS * 86400)


def read_ticket(token: str, *, user_id: int, slug: str) -> Ticket:
    """Raises `BadLink` for a ticket of somebody else or of another lesson, `ExpiredLink` for an old one."""
    payload = unsign(token, salt=SALT)
    if payload["u"] != user_id or payload["n"] != slug:
        raise BadLink
    return Ticket(
        sitting=uuid.UUID(payload["s"]),
        opened_at=datetime.fromtimestamp(payload["t"], UTC),
        enrolment_id=payload["e"],
        lesson_id=payload["l"],
        is_free=payload["f"],
        film=Film(video_id=uuid.UUID(payload["v"]), seconds=payload["d"]) if "v" in payload else None,
    )
