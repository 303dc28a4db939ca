"""How long to wait before trying again, and what has waited too long."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db.models import DateTimeField, ExpressionWrapper, F, Q
from django.db.models.functions import Now
from django.db.models.lookups import LessThanOrEqual


def spread_back_off(attempt: int, first: float, most: float) -> float:
    """Seconds to wait after try number `attempt` (from 1): `first`, doubling up to `most`.

    Spread at random over the upper half of that, so that what failed together does not come back together.
    """
    longest = min(most, first * 2 ** min(attempt - 1, 30))
    return longest * (0.5 + secrets.randbelow(1000) / 2000)


def overdue(seconds: int) -> Q:
    """Rows (with `due_at`, `sent_at`) whose message was not sent since they became due, or may have been lost.

    The wait for a lost message begins at `seconds` and doubles with each sending, so that a long queue of living
    messages does not grow by copies.
    """
    waited_for = ExpressionWrapper(F("sent_at") + (F("sent_at") - F("due_at")), output_field=DateTimeField())
    return Q(sent_at__lt=F("due_at")) | Q(LessThanOrEqual(waited_for, Now() - timedelta(seconds=seconds)))
