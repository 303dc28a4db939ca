"""Stretches of days in the reader's time zone, today included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

CHOICES = (7, 30, 90)


@dataclass(frozen=True, kw_only=True)
class Period:
    """`days` whole days that end with `last` (inclusive), counted in the active time zone."""

    days: int
    last: date

    @classmethod
    def parse(cls, text: str | None, *, default: int = 30) -> Period:
        """The period asked for by `?days=`; anything but one of CHOICES means the default."""
        days = int(text) if text in {str(choice) for choice in CHOICES} else default
        return cls(days=days, last=timezone.localdate())

    @property
    def first(self) -> date:
        return self.last - timedelta(days=self.days - 1)

    @property
    def dates(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range(self.days)]

    @property
    def starts(self) -> datetime:
        """The first moment of the first day."""
        return timezone.make_aware(datetime.combine(self.first, time.min))

    @property
    def ends(self) -> datetime:
        """The first moment after the last day."""
        return timezone.make_aware(datetime.combine(self.last + timedelta(days=1), time.min))

    @property
    def before(self) -> Period:
        """The stretch of the same length that ended the day before this one began."""
        return Period(days=self.days, last=self.first - timedelta(days=1))
