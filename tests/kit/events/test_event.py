from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.events import Event
from kit.events.event import NotAnEvent, UnreadableEvent, decode, encode, fields_of, name_of


@dataclass(frozen=True, kw_only=True)
class Everything(Event):
    number: int
    text: str
    yes: bool
    ratio: float
    price: Decimal
    key: UUID
    moment: datetime
    day: date
    maybe: int | None = None


@given(
    st.builds(
        Everything,
        number=st.integers(),
        text=st.text(),
        yes=st.booleans(),
        ratio=st.floats(allow_nan=False, allow_infinity=False),
        price=st.decimals(allow_nan=False, allow_infinity=False),
        key=st.uuids(),
        moment=st.datetimes(timezones=st.just(UTC)),
        day=st.dates(),
        maybe=st.none() | st.integers(),
    )
)
def test_an_event_is_read_back_as_it_was_written(event: Everything) -> None:
    assert decode(Everything, encode(event)) == event


def test_an_event_is_named_after_where_it_lives_unless_it_has_moved() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Moved(Event):
        event_name = "payments.PaymentSucceeded"

    Everything.__module__ = "payments.refunds.events"
    try:
        assert name_of(Everything) == "payments.refunds.Everything"
    finally:
        Everything.__module__ = __name__
    assert name_of(Moved) == "payments.PaymentSucceeded"


def test_an_event_must_be_frozen_keyword_only_and_hold_scalars() -> None:
    class Plain(Event):
        pass

    @dataclass(kw_only=True)
    class Thawed(Event):
        a: int

    @dataclass(frozen=True)
    class Positional(Event):
        a: int

    @dataclass(frozen=True, kw_only=True)
    class Listed(Event):
        a: list[int]

    @dataclass(frozen=True, kw_only=True)
    class Mixed(Event):
        a: int | str

    for bad in (Plain, Thawed, Positional, Listed, Mixed):
        with pytest.raises(NotAnEvent):
            fields_of(bad)


class Kind(enum.StrEnum):
    EBOOK = "ebook"


@dataclass(frozen=True, kw_only=True)
class Small(Event):
    a: int
    b: str = "default"


@pytest.mark.parametrize("bad", [{"a": "1"}, {"a": None}, {"a": True}, {"a": 1.5}, {"a": 1, "b": None}])
def test_a_value_of_another_type_is_refused_before_it_is_written(bad: dict[str, Any]) -> None:
    with pytest.raises(NotAnEvent):
        encode(Small(**bad))


def test_a_choice_is_written_as_its_text() -> None:
    assert encode(Small(a=1, b=Kind.EBOOK)) == {"a": 1, "b": "ebook"}


def test_rows_of_an_older_version_are_read_where_that_is_possible() -> None:
    assert decode(Small, {"a": 1}) == Small(a=1)
    assert decode(Small, {"a": 1, "b": "x", "gone": 5}) == Small(a=1, b="x")


@pytest.mark.parametrize("payload", [{}, {"a": "x"}, {"a": None}, {"a": [1]}])
def test_a_row_that_no_longer_fits_is_called_unreadable(payload: dict[str, Any]) -> None:
    with pytest.raises(UnreadableEvent):
        decode(Small, payload)


@pytest.mark.parametrize(("field", "value"), [("key", "no uuid"), ("moment", "yesterday"), ("price", "dear"), ("day", 5)])
def test_a_damaged_value_is_called_unreadable(field: str, value: Any) -> None:
    event = Everything(
        number=1, text="", yes=True, ratio=1.0, price=Decimal(1), key=UUID(int=1), moment=datetime.now(UTC), day=date(2026, 1, 1)
    )
    with pytest.raises(UnreadableEvent, match=field):
        decode(Everything, {**encode(event), field: value})
