"""Pages for visitors, kept for a second (docs/adr/0009-page-cache.md).

Whoever comes without a session gets the same page as everybody else, so the shop's busiest pages are rendered once a second
per process at most and answered from memory in between; a browser that has the page already gets 304. One second is also how
long a changed price or a work taken down can still be seen. Signed-in people, visitors with a cart and answers that set a
cookie never pass through here.

Each answer has a content policy nonce of its own: the nonce is cut out of what is kept and a new one put in each time.
"""

from __future__ import annotations

import base64
import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags

GetResponse = Callable[[HttpRequest], HttpResponseBase]

POLICY: Final = "Content-Security-Policy"
LONGEST_ADDRESS: Final = 500
MOST_PAGES: Final = 512
"""Per process. A page is some 30 to 60 KB."""

_PLACEHOLDER: Final = "00nonce00of00this00answer00"
_NOT_KEPT: Final = frozenset({"x-request-id", "content-length", "date"})


@dataclass(frozen=True, slots=True)
class _Page:
    made_at: float
    body: tuple[bytes, ...]
    """Split where the nonce goes."""
    headers: tuple[tuple[str, str], ...]
    etag: str


class PageCacheMiddleware:
    """Stands before the content policy's middleware, whose header it keeps and renews."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._pages: OrderedDict[tuple[str, ...], _Page] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        seconds: float = settings.PAGE_CACHE_SECONDS
        if not seconds or not is_for_everybody(request):
            return self.get_response(request)
        key = _key(request)
        now = time.monotonic()
        page = self._pages.get(key)
        if page is not None and now - page.made_at < seconds:
            return _answer(request, page)
        response = self.get_response(request)
        page = _keep(request, response, now)
        if page is None:
            return response
        with self._lock:
            self._pages[key] = page
            self._pages.move_to_end(key)
            while len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)
        return _answer(request, page)


def is_for_everybody(request: HttpRequest) -> bool:
    """Whether the answer can be the same for all visitors: a shop page, asked for without a session."""
    if request.method != "GET" or len(request.get_full_path()) > LONGEST_ADDRESS:
        return False
    cookies = request.COOKIES
    if settings.SESSION_COOKIE_NAME in cookies or "messages" in cookies or "HTTP_AUTHORIZATION" in request.META:
        return False
    path = request.path_info
    return path in ("/", "/marketplace/") or path.startswith(("/marketplace/tags/", "/@"))


def _key(request: HttpRequest) -> tuple[str, ...]:
    meta = request.META
    return (
        request.scheme or "",
        request.get_host(),
        request.get_full_path(),
        meta.get("HTTP_HX_REQUEST", ""),
        meta.get("HTTP_HX_TARGET", ""),
        meta.get("HTTP_ACCEPT_LANGUAGE", ""),
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
    )


def _keep(request: HttpRequest, response: HttpResponseBase, made_at: float) -> _Page | None:
    if not isinstance(response, HttpResponse) or response.status_code != 200 or response.cookies or response.has_header("Set-Cookie"):
        return None
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    nonce = getattr(request, "_csp_nonce", None) or _PLACEHOLDER
    body = tuple(response.content.split(nonce.encode()))
    headers = tuple((name, value.replace(nonce, _PLACEHOLDER)) for name, value in response.items() if name.lower() not in _NOT_KEPT)
    etag = f'"{hashlib.sha256(_PLACEHOLDER.encode().join(body)).hexdigest()[:24]}"'
    return _Page(made_at, body, headers, etag)


def _answer(request: HttpRequest, page: _Page) -> HttpResponse:
    known = request.META.get("HTTP_IF_NONE_MATCH", "")
    if known and page.etag in parse_etags(known):
        # Without the policy: the browser goes on with the one that came with its copy, whose nonce fits.
        response: HttpResponse = HttpResponseNotModified()
        for name, value in page.headers:
            if name in ("Cache-Control", "Vary"):
                response[name] = value
    else:
        nonce = base64.b64encode(os.urandom(16)).decode()
        response = HttpResponse(nonce.encode().join(page.body))
        for name, value in page.headers:
            response[name] = value.replace(_PLACEHOLDER, nonce) if name == POLICY else value
    response["ETag"] = page.etag
    return response
