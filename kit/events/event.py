"""What an event is, and how it is written into a row and read back."""

from __future__ import annotations

import dataclasses
import types
import typing
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, TypeVar
from uuid import UUID

E = TypeVar("E", bound="Event")

SCALARS = (bool, int, str, float, Decimal, UUID, datetime, date)


class Event:
    """Base of all events: a frozen, keyword-only dataclass in the past tense that holds ids and scalars.

    Its name in the outbox is where it lives, `payments.PaymentSucceeded` for a class in payments/events.py. Set
    `event_name` to keep the old name when the class moves: rows written before must still be readable.
    """

    event_name: ClassVar[str] = ""


class NotAnEvent(TypeError):
    """The class breaks a rule for events. The message says which."""


class UnreadableEvent(Exception):
    """A stored payload no longer fits its class."""


def name_of(event_class: type[Event]) -> str:
    return event_class.event_name or f"{event_class.__module__.removesuffix('.events')}.{event_class.__qualname__}"


def fields_of(event_class: type[Event]) -> dict[str, tuple[type, bool]]:
    """Field name → (scalar type, may be None). Raises `NotAnEvent` for a class that is none."""
    if event_class not in _fields:
        _fields[event_class] = _read_fields(event_class)
    return _fields[event_class]


_fields: dict[type[Event], dict[str, tuple[type, bool]]] = {}


def _read_fields(event_class: type[Event]) -> dict[str, tuple[type, bool]]:
    if not dataclasses.is_dataclass(event_class):
        raise NotAnEvent(f"{event_class.__qualname__} must be a dataclass")
    parameters = event_class.__dataclass_params__
    if not parameters.frozen or not all(field.kw_only for field in dataclasses.fields(event_class)):
        raise NotAnEvent(f"{event_class.__qualname__} must be @dataclass(frozen=True, kw_only=True)")
    hints = typing.get_type_hints(event_class)
    return {field.name: _scalar(event_class, field.name, hints[field.name]) for field in dataclasses.fields(event_class)}


def _scalar(event_class: type[Event], name: str, hint: Any) -> tuple[type, bool]:
    options = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    kinds = [option for option in options if option is not type(None)]
    if len(kinds) != 1 or kinds[0] not in SCALARS:
        raise NotAnEvent(f"{event_class.__qualname__}.{name} is {hint}; an event holds ids and scalars only")
    return kinds[0], len(kinds) < len(options)


def encode(event: Event) -> dict[str, Any]:
    """The event as JSON. Raises `NotAnEvent` when a value is not of its field's type."""
    payload: dict[str, Any] = {}
    for name, (kind, optional) in fields_of(type(event)).items():
        value = getattr(event, name)
        if value is None and optional:
            payload[name] = None
            continue
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise NotAnEvent(f"{type(event).__qualname__}.{name} must be {kind.__name__}, not {type(value).__name__}")
        if isinstance(value, (datetime, date)):
            payload[name] = value.isoformat()
        else:
            payload[name] = str(value) if isinstance(value, (Decimal, UUID, str)) else value
    return payload


def decode(event_class: type[E], payload: dict[str, Any]) -> E:
    """The event that `encode` wrote. Fields that the class has no more are left out; new ones take their default.

    Raises `UnreadableEvent` when a field is missing or of another type.
    """
    values: dict[str, Any] = {}
    for name, (kind, optional) in fields_of(event_class).items():
        if name not in payload:
            continue
        value = payload[name]
        try:
            values[name] = None if value is None and optional else _revive(kind, value)
        except (ValueError, TypeError, ArithmeticError) as error:
            raise UnreadableEvent(f"{name}={value!r} is not {kind.__name__}") from error
    try:
        return event_class(**values)
    except TypeError as error:
        raise UnreadableEvent(str(error)) from error


def _revive(kind: type, value: Any) -> Any:
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    if kind in (Decimal, UUID):
        return kind(value)
    if not isinstance(value, (int, float) if kind is float else kind):
        raise TypeError(value)
    return value
