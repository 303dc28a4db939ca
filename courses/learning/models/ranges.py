"""A column for ranges of seconds: Postgres' int4multirange, which unites and counts them itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.types.multirange import Multirange

from courses.learning.watching import Ranges, as_multirange

if TYPE_CHECKING:
    _Field = models.Field[Ranges, Ranges]
else:
    _Field = models.Field


class RangesField(_Field):
    """Holds `courses.learning.watching.Ranges`, sorted and united."""

    description = "ranges of whole numbers"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "int4multirange"

    def from_db_value(self, value: Multirange[int] | None, expression: object, connection: BaseDatabaseWrapper) -> Ranges | None:
        return None if value is None else tuple((part.lower or 0, part.upper or 0) for part in value)

    def get_prep_value(self, value: Ranges | None) -> str | None:
        return None if value is None else as_multirange(value)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> str | None:
        return value if prepared else self.get_prep_value(value)
