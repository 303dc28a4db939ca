from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from kit.events import Event, registry, subscribe
from kit.events.models import Delivery


@dataclass(frozen=True, kw_only=True)
class BellRang(Event):
    event_name = "tests.BellRang"

    bell: int
    loudly: bool = False


@pytest.fixture
def listen() -> Iterator[Callable[..., Any]]:
    """Subscribe a function to an event for the length of a test."""
    by_name, by_event = dict(registry._by_name), {event: list(handlers) for event, handlers in registry._by_event.items()}

    def add(function: Callable[[Any], None], *, event: type[Event] = BellRang, name: str = "tests.listener", **options: Any) -> None:
        subscribe(event, name=name, **options)(function)

    yield add
    registry._by_name.clear()
    registry._by_name.update(by_name)
    registry._by_event.clear()
    registry._by_event.update(by_event)


@pytest.fixture
def quick(settings: Any) -> Any:
    """Retries and leases without waiting."""
    settings.EVENTS_BACKOFF_SECONDS = 0
    settings.EVENTS_LEASE_SECONDS = 0
    settings.EVENTS_RESEND_SECONDS = 0
    settings.EVENTS_MAX_ATTEMPTS = 3
    return settings


def only_delivery() -> Delivery:
    return Delivery.objects.get()
