"""Product pages for visitors, kept by what they are made of (docs/adr/0009-page-cache.md).

Unlike the one-second cache nothing here is ever old: each request asks the database for the page's stamp, and a page is
answered from memory only while its stamp is the one that it was rendered with.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language

from kit.http import HttpRequest

MOST_PAGES: Final = 500
RENEW_SECONDS: Final = 600
"""So often similar works are chosen anew."""


@dataclass(frozen=True, slots=True)
class _Kept:
    stamp: str
    similar: tuple[int, ...]
    made_at: float
    body: tuple[bytes, ...]
    """Split where the nonce goes."""


_pages: OrderedDict[tuple[str, str, str], _Kept] = OrderedDict()
_lock = threading.Lock()


def is_a_visitor(request: HttpRequest) -> bool:
    """Nobody is signed in, nothing is in a cart, no message waits: the page is the same as for every other visitor."""
    cookies = request.COOKIES
    return settings.SESSION_COOKIE_NAME not in cookies and "messages" not in cookies


def similar_on(request: HttpRequest, slug: str) -> tuple[int, ...]:
    """The similar works that the kept page shows, for its stamp."""
    kept = _pages.get(_key(request, slug))
    return kept.similar if kept is not None and time.monotonic() - kept.made_at < RENEW_SECONDS else ()


def find_page(request: HttpRequest, slug: str, stamp: str) -> HttpResponse | None:
    """The page with this stamp and a nonce of this request, where it is kept."""
    kept = _pages.get(_key(request, slug))
    if kept is None or kept.stamp != stamp:
        return None
    return HttpResponse(str(request.csp_nonce).encode().join(kept.body))


def keep_page(request: HttpRequest, slug: str, response: HttpResponse, *, similar: tuple[int, ...], stamp: str) -> None:
    """Keep what was rendered. `stamp` was asked for before the rows were read: should one have changed in between, the page is newer
    than its stamp and will not be found again."""
    body = tuple(response.content.split(str(request.csp_nonce).encode()))
    with _lock:
        _pages[_key(request, slug)] = _Kept(stamp, similar, time.monotonic(), body)
        _pages.move_to_end(_key(request, slug))
        while len(_pages) > MOST_PAGES:
            _pages.popitem(last=False)


def _key(request: HttpRequest, slug: str) -> tuple[str, str, str]:
    return request.get_host(), get_language() or "", slug
