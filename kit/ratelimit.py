"""Limits on what can be guessed or flooded.

A sliding window over Valkey: of any `seconds` long stretch, at most `count` tries pass. One Lua script looks and
counts in one step, so that parallel requests cannot slip through together; the server's clock is used, so that
web processes need not agree on the time. Refused tries are not counted: whoever waits as told gets in.

When the cache is out of reach the caller's use decides (`when_down`):

* "open" (the default) lets the request through and logs an error: a shop that sells is worth more than a limit
  on, say, uploads;
* "closed" refuses with 503: for secrets that can be guessed (passwords, codes, tokens) an attacker must not gain
  by making the cache fail.
"""

from __future__ import annotations

import functools
import hashlib
import ipaddress
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, ParamSpec, TypeVar, cast

import structlog
from django.core.cache import cache, caches
from django.http import HttpRequest
from redis.exceptions import RedisError

from kit.cache import SharedRedisCache
from kit.errors import RateLimited, Unavailable
from kit.http import client_ip

logger = structlog.get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_PREFIX = "limit:"

By = Literal["ip", "user"]
WhenDown = Literal["open", "closed"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_RATE = re.compile(r"^(?P<count>[1-9]\d*)/(?P<many>\d*)(?P<unit>[smhd])$")

# KEYS[1] the window; ARGV: count, seconds, a name for this try. Answers 0, or milliseconds to wait.
_SCRIPT = """
local now = redis.call('TIME')
local micro = now[1] * 1000000 + now[2]
local window = ARGV[2] * 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', micro - window)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
  return math.max(1, math.ceil((oldest + window - micro) / 1000))
end
redis.call('ZADD', KEYS[1], string.format('%.0f', micro), ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 1000)
return 0
"""


@dataclass(frozen=True)
class Rate:
    count: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Rate:
        """ "10/m" is ten a minute, "3/15m" three in a quarter of an hour. Raises ValueError for anything else."""
        match = _RATE.match(text)
        if match is None:
            raise ValueError(f"not a rate: {text!r}; write 10/m or 3/15m")
        return cls(int(match["count"]), int(match["many"] or 1) * _UNITS[match["unit"]])


def limit(key: str, *, rate: str, request: HttpRequest | None = None, by: By = "ip", when_down: WhenDown = "open") -> None:
    """Count one try of `key` and raise `RateLimited` when there were too many.

    With a `request` the limit is per visitor: `by="ip"` per address (an IPv6 /64 counts as one), `by="user"` per
    account and, for visitors without one, per address. Without a request `key` alone is what is limited, so put
    the thing into it: `limit(f"login:{email}", rate="10/h")`.
    """
    parsed = Rate.parse(rate)
    name = key if request is None else f"{key}:{_who(request, by)}"
    try:
        wait = _try(name, parsed)
    except (RedisError, OSError) as error:
        logger.error("rate_limit_unavailable", limit=key, when_down=when_down, error=type(error).__name__)
        if when_down == "closed":
            raise Unavailable from error
        return
    if wait:
        logger.warning("rate_limited", limit=key, rate=rate)
        raise RateLimited(retry_after=-(-wait // 1000))


def rate_limited(
    key: str, rate: str, *, by: By = "ip", methods: tuple[str, ...] = (), when_down: WhenDown = "open"
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Put `limit` in front of a view. `methods` limits only those, as in `methods=("POST",)`; none named limits all."""
    Rate.parse(rate)

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(view)
        def limited(*args: P.args, **kwargs: P.kwargs) -> R:
            request = cast(HttpRequest, args[0])
            if not methods or request.method in methods:
                limit(key, rate=rate, request=request, by=by, when_down=when_down)
            return view(*args, **kwargs)

        return limited

    return decorate


def forget_all() -> None:
    """Forget every count. For tests, so that one does not use up the tries of another."""
    cast(SharedRedisCache, caches["default"]).delete_prefix(_PREFIX)


def _try(name: str, rate: Rate) -> int:
    # The name is hashed: what people type (mail addresses, say) does not lie about in the cache.
    digest = hashlib.sha256(name.encode()).hexdigest()[:32]
    key = cache.make_key(f"{_PREFIX}{digest}")
    return int(_client().eval(_SCRIPT, 1, key, rate.count, rate.seconds, secrets.token_hex(8)))


def _client() -> Any:
    return cast(Any, cache)._cache.get_client(None, write=True)


def _who(request: HttpRequest, by: By) -> str:
    user = getattr(request, "user", None)
    if by == "user" and user is not None and user.is_authenticated:
        return f"user:{user.pk}"
    return f"ip:{_neighbourhood(client_ip(request))}"


def _neighbourhood(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
