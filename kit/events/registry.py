"""Who listens to what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from kit.events.event import Event, fields_of, name_of

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Subscription:
    """One handler of one event."""

    name: str
    event_class: type[Event]
    function: Callable[[Any], None]
    atomic: bool

    @property
    def event_name(self) -> str:
        return name_of(self.event_class)


class DoubleSubscription(Exception):
    """Two handlers claim one name."""


_by_name: dict[str, Subscription] = {}
_by_event: dict[type[Event], list[Subscription]] = {}


def subscribe(
    event_class: type[E], *, name: str = "", aliases: Sequence[str] = (), atomic: bool = True
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Let a function in an app's handlers.py hear of each `event_class` that is published.

    The handler's name, written into each delivery row, is where it lives: `marketplace.orders.fulfil_paid_order`.
    When it moves, give the old name in `aliases` so that deliveries under way still find it.

    A handler runs in a transaction that also marks the delivery: its work in the database happens once. It may be
    called again when something fails, so what it does elsewhere carries an idempotency key. With `atomic=False`
    it runs outside a transaction (for slow calls to the outside), brings its own, and must be safe to run twice.
    """
    fields_of(event_class)

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        own = name or f"{function.__module__.removesuffix('.handlers')}.{function.__qualname__}"
        subscription = Subscription(own, event_class, function, atomic)
        for known in (own, *aliases):
            earlier = _by_name.get(known)
            if earlier is not None and earlier.function.__code__.co_filename != function.__code__.co_filename:
                raise DoubleSubscription(f"{known} is the name of two handlers")
            _by_name[known] = subscription
        listeners = _by_event.setdefault(event_class, [])
        listeners[:] = [other for other in listeners if other.name != own] + [subscription]
        return function

    return register


def handlers_of(event_class: type[Event]) -> list[Subscription]:
    return list(_by_event.get(event_class, ()))


def find_handler(name: str) -> Subscription | None:
    return _by_name.get(name)


def subscriptions() -> list[Subscription]:
    """All of them, by event and then by handler."""
    every = {subscription.name: subscription for subscription in _by_name.values()}
    return sorted(every.values(), key=lambda one: (one.event_name, one.name))


def event_classes() -> list[type[Event]]:
    """Every event there is, by name."""
    found: set[type[Event]] = set()
    waiting: list[type[Event]] = [Event]
    while waiting:
        below = waiting.pop().__subclasses__()
        found.update(below)
        waiting.extend(below)
    return sorted(found, key=name_of)
