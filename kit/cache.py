"""The cache, which shares its server with the task queue."""

from __future__ import annotations

from typing import Any, cast

from django.core.cache.backends.redis import RedisCache


class SharedRedisCache(RedisCache):
    """Django's Redis cache, whose `clear()` deletes the keys of this site's prefix and nothing else.

    Django's own empties the whole database, and with it the messages of the task queue.
    """

    def clear(self) -> None:
        self.delete_prefix("")

    def delete_prefix(self, prefix: str) -> None:
        """Delete all keys that begin with `prefix` (after the site's own)."""
        client = cast(Any, self)._cache.get_client(None, write=True)
        names = list(client.scan_iter(match=f"{_literal(self.make_key(prefix))}*", count=1000))
        if names:
            client.delete(*names)


def _literal(text: str) -> str:
    return "".join(f"\\{char}" if char in "*?[]^\\" else char for char in text)
