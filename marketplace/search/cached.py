"""Numbers that may be a little old: kept in the cache for a minute, dropped when a listing changes.

Every entry carries the *edition* of the catalogue it was counted in; `new_edition`, called when a listing appears,
changes or goes, makes all of them old at once. A cache that is out of reach costs time, never the page.

In front of the cache each process keeps what it read for a second, so that a busy page asks once a second.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import structlog
from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

T = TypeVar("T")

SECONDS: Final = 60
EDITION: Final = "browse:edition"

MOST_HELD: Final = 2_000

logger = structlog.get_logger(__name__)

_held: dict[tuple[object, ...], tuple[float, Any]] = {}


def remembered(name: str, *parts: object, count: Callable[[], T]) -> T:
    """What `count()` gave lately for these parts, in this edition; else counted now and remembered. Parts are hashable and have a
    repr that tells them apart. The value may be shared: never change it."""
    now = time.monotonic()
    held = _held.get((name, *parts))
    if held is not None and now - held[0] < settings.COUNTS_HELD_SECONDS:
        known: T = held[1]
        return known
    value = _remembered(name, *parts, count=count)
    if len(_held) >= MOST_HELD:
        _held.clear()
    _held[(name, *parts)] = (now, value)
    return value


def _remembered(name: str, *parts: object, count: Callable[[], T]) -> T:
    key = "browse:" + hashlib.sha256(repr((name, *parts)).encode()).hexdigest()[:32]
    try:
        found = cache.get_many([EDITION, key])
    except (RedisError, OSError) as error:
        logger.warning("facets_not_cached", error=type(error).__name__)
        return count()
    edition = found.get(EDITION, 0)
    if key in found and found[key][0] == edition:
        value: T = found[key][1]
        return value
    value = count()
    try:
        cache.set(key, (edition, value), SECONDS)
    except (RedisError, OSError) as error:
        logger.warning("facets_not_cached", error=type(error).__name__)
    return value


def new_edition() -> None:
    """The catalogue changed: count anew. Raises what the cache raises, so that a handler is tried again."""
    _held.clear()
    cache.add(EDITION, 0, timeout=None)
    cache.incr(EDITION)
