"""Lists in pages.

`paginate` for lists with page numbers: Django's own Page, whose count stops at a bound, since counting a million
rows costs more than showing twenty-four. `paginate_keyset` for endless lists: the next page begins after the last
row seen, at the same cost on page one thousand as on page one.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

M = TypeVar("M", bound=Model)

MOST_COUNTED = 10_000

__all__ = ["MOST_COUNTED", "CappedPaginator", "KeysetPage", "Page", "paginate", "paginate_keyset"]


class CappedPaginator(Paginator):
    """A paginator that counts no further than `most` rows; what lies behind is reached by narrowing the search."""

    def __init__(self, object_list: Any, per_page: int, *, most: int = MOST_COUNTED, **kwargs: Any) -> None:
        self.most = most
        super().__init__(object_list, per_page, **kwargs)

    @cached_property
    def count(self) -> int:
        if isinstance(self.object_list, QuerySet):
            return self.object_list.order_by()[: self.most].count()
        return min(len(self.object_list), self.most)

    @property
    def is_capped(self) -> bool:
        """There may be more than `count` says: write "10,000+"."""
        return self.count >= self.most


def paginate(queryset: QuerySet[M], request: HttpRequest, per_page: int = 24, *, most: int = MOST_COUNTED) -> Page[M]:
    """The page that `?page=` names; the first for nonsense, the last for a number beyond it.

    `queryset` must have a total order (end it with the primary key), or rows may show twice.
    """
    return CappedPaginator(queryset, per_page, most=most).get_page(request.GET.get("page"))


@dataclass(frozen=True)
class KeysetPage(Generic[M]):
    """`next_cursor` and `previous_cursor` go into the address as `?after=` and `?before=`; "" where there is none."""

    object_list: list[M]
    next_cursor: str
    previous_cursor: str

    def __iter__(self) -> Iterator[M]:
        return iter(self.object_list)

    def __len__(self) -> int:
        return len(self.object_list)


def paginate_keyset(queryset: QuerySet[M], request: HttpRequest, per_page: int = 24, *, by: Sequence[str]) -> KeysetPage[M]:
    """The rows after `?after=` or before `?before=`; the first ones for a cursor that is none of ours.

    `by` is the total order: fields or annotations that are never NULL, "-" for falling, ended by a unique one,
    as in `by=("-published_at", "-pk")`. It replaces the queryset's own order.
    """
    after = _read_cursor(request.GET.get("after", ""), len(by))
    before = None if after else _read_cursor(request.GET.get("before", ""), len(by))
    backwards = before is not None
    order = [_turned(field) for field in by] if backwards else list(by)
    bounded = queryset.order_by(*order)
    seen = after or before
    if seen is not None:
        try:
            rows = list(bounded.filter(_beyond(order, seen))[: per_page + 1])
        except (ValidationError, ValueError, TypeError):
            # A cursor whose values are not of the fields' types: made by hand, or for another list.
            return paginate_keyset(queryset, _without_cursor(request), per_page, by=by)
    else:
        rows = list(bounded[: per_page + 1])
    more, rows = len(rows) > per_page, rows[:per_page]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, more) if backwards else (more, seen is not None)
    return KeysetPage(
        object_list=rows,
        next_cursor=_write_cursor(rows[-1], by) if rows and has_next else "",
        previous_cursor=_write_cursor(rows[0], by) if rows and has_previous else "",
    )


def _turned(field: str) -> str:
    return field[1:] if field.startswith("-") else f"-{field}"


def _beyond(order: Sequence[str], seen: Sequence[Any]) -> Q:
    """(a, b) after (x, y) as `a >= x AND (a > x OR (a = x AND b > y))`: the first part lets an index be used."""
    beyond = Q()
    for depth in range(len(order)):
        step = Q(**{_lookup(order[depth], strict=True): seen[depth]})
        for field, value in zip(order[:depth], seen[:depth], strict=True):
            step &= Q(**{field.removeprefix("-"): value})
        beyond |= step
    return Q(**{_lookup(order[0], strict=False): seen[0]}) & beyond


def _lookup(field: str, *, strict: bool) -> str:
    comparison = "lt" if field.startswith("-") else "gt"
    return f"{field.removeprefix('-')}__{comparison}{'' if strict else 'e'}"


def _write_cursor(row: Model, by: Sequence[str]) -> str:
    values = [_plain(_value(row, field.removeprefix("-"))) for field in by]
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, (date, UUID, Decimal)):
        return str(value)
    return value


def _read_cursor(text: str, length: int) -> list[Any] | None:
    if not text or len(text) > 1000:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(values, list) or len(values) != length:
        return None
    read = [_unplain(value) for value in values]
    return None if any(value is None for value in read) else read


def _unplain(value: Any) -> Any:
    if isinstance(value, dict):
        try:
            return parse_datetime(str(value.get("t")))
        except ValueError:
            return None
    return value if isinstance(value, (str, int, float)) else None


def _without_cursor(request: HttpRequest) -> HttpRequest:
    bare = HttpRequest()
    bare.path = request.path
    return bare
