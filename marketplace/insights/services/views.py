"""Counting views (R84).

A view is counted in the cache by one script: a visitor's mark for this product, gone after an hour, and the day's count
beside it. The mark is a hash with a salt that is made anew each day and never leaves the cache, so nobody can tell from
it who looked. A task moves the counts to the database in batches; each batch has a name that is committed with it, so
that flushing twice, at once or after a crash, writes it once.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import date, timedelta
from typing import Any, Final, cast

import structlog
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone
from redis.exceptions import RedisError

from marketplace.insights.models import WrittenBatch
from marketplace.insights.visitors import counts_as_view, visitor_of
from marketplace.models import Product

logger = structlog.get_logger(__name__)

ONCE_IN_SECONDS: Final = 3600
KEEP_BATCHES: Final = timedelta(days=30)

# KEYS: the day's salt, the counts. ARGV: a salt should there be none, prefix of marks, visitor, product id, field, seconds.
_COUNT: Final = """
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', 172800)
local mark = ARGV[2] .. redis.sha1hex(redis.call('GET', KEYS[1]) .. '|' .. ARGV[3] .. '|' .. ARGV[4])
if not redis.call('SET', mark, '1', 'NX', 'EX', ARGV[6]) then return 0 end
redis.call('HINCRBY', KEYS[2], ARGV[5], 1)
return 1
"""

# KEYS: the counts, their new name, the list of batches. ARGV: the batch's id.
_TAKE: Final = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('SADD', KEYS[3], ARGV[1])
return 1
"""

_WRITE: Final = """
INSERT INTO insights_productday (product_id, day, views)
SELECT counted.product_id, counted.day, counted.views
FROM unnest(%s::bigint[], %s::date[], %s::int[]) AS counted (product_id, day, views)
JOIN marketplace_product p ON p.id = counted.product_id
ORDER BY counted.product_id, counted.day
ON CONFLICT (product_id, day) DO UPDATE SET views = insights_productday.views + EXCLUDED.views
"""


def record_view(request: HttpRequest, product: Product) -> bool:
    """Count that somebody looks at `product`; says whether it counted.

    Not counted: programs, prefetching, the creator herself, staff, and who looked within the last hour. Never raises: a page
    is worth more than its count.
    """
    user = request.user
    if not counts_as_view(request) or (user.is_authenticated and (user.is_staff or user.pk == product.creator_id)):
        return False
    today = timezone.now().date()
    try:
        return bool(
            _client().eval(
                _COUNT,
                2,
                _key(f"salt:{today}"),
                _key("counts"),
                secrets.token_hex(16),
                _key("seen:"),
                visitor_of(request),
                product.pk,
                f"{today}:{product.pk}",
                ONCE_IN_SECONDS,
            )
        )
    except (RedisError, OSError) as error:
        logger.warning("view_not_counted", product=product.pk, error=type(error).__name__)
        return False


def flush_views() -> int:
    """Move all counts from the cache to the database; returns how many views were written."""
    batch = str(uuid.uuid4())
    _client().eval(_TAKE, 3, _key("counts"), _key(f"batch:{batch}"), _key("batches"), batch)
    written = 0
    # Those that an earlier flush took and did not finish are among them.
    for name in sorted(member.decode() for member in _client().smembers(_key("batches"))):
        written += _write_batch(name)
    WrittenBatch.objects.filter(written_at__lt=timezone.now() - KEEP_BATCHES).delete()
    return written


def _write_batch(name: str) -> int:
    counts = {key.decode(): int(value) for key, value in _client().hgetall(_key(f"batch:{name}")).items()}
    rows = []
    for field, views in counts.items():
        day, _colon, product_id = field.partition(":")
        rows.append((int(product_id), date.fromisoformat(day), views))
    written = 0
    with transaction.atomic():
        # Whoever inserts the name writes the batch; another flush waits here and then finds it written.
        if _claim(name) and rows:
            with connection.cursor() as cursor:
                cursor.execute(_WRITE, [list(column) for column in zip(*rows, strict=True)])
            written = sum(views for _product, _day, views in rows)
    pipeline = _client().pipeline()
    pipeline.delete(_key(f"batch:{name}"))
    pipeline.srem(_key("batches"), name)
    pipeline.execute()
    return written


def _claim(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO insights_writtenbatch (id, written_at) VALUES (%s, now()) ON CONFLICT DO NOTHING", [name])
        return cursor.rowcount == 1


def _client() -> Any:
    return cast(Any, cache)._cache.get_client(None, write=True)


def _key(name: str) -> str:
    return cache.make_key(f"views:{name}")
