"""Moments as credentials write them: XML Schema dateTime in UTC, to the second."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """As in 2026-11-21T14:49:05Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(stamped: str) -> int:
    """A JWT's NumericDate of what `stamp` wrote."""
    return int(datetime.strptime(stamped, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
