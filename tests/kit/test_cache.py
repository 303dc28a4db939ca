from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches


@pytest.fixture
def neighbour() -> Iterator[str]:
    """A key beside the cache's own, as the task queue has them."""
    client = caches["default"]._cache.get_client(None, write=True)
    name = f"queue-{secrets.token_hex(4)}"
    client.set(name, "a message", ex=60)
    yield name
    client.delete(name)


def test_clearing_the_cache_leaves_the_task_queue_alone(neighbour: str) -> None:
    cache: Any = caches["default"]
    cache.set("a", 1)
    cache.clear()
    assert cache.get("a") is None
    assert cache._cache.get_client(None).get(neighbour) == b"a message"


def test_a_part_of_the_cache_can_be_deleted() -> None:
    cache: Any = caches["default"]
    for name in ("limit:a", "limit:b", "limits", "li*it:c"):
        cache.set(name, 1, 60)
    cache.delete_prefix("limit:")
    assert cache.get_many(["limit:a", "limit:b", "limits", "li*it:c"]) == {"limits": 1, "li*it:c": 1}
    cache.delete_prefix("li*it:")
    assert cache.get_many(["limits", "li*it:c"]) == {"limits": 1}
