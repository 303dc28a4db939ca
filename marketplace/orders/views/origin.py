"""The buy box stands on pages that are cached for visitors, so a visitor's form carries no token."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.views.decorators.csrf import csrf_exempt

from kit.errors import Forbidden

View = Callable[..., HttpResponse]


def same_origin_or_token(view: View) -> View:
    """Forgery protection for a form that visitors send without a token.

    Somebody signed in is held to Django's token check. A visitor's browser says where the form stood: `Sec-Fetch-Site`,
    else `Origin`; all that a forged request could do is put something into a visitor's cart.
    """

    @csrf_exempt
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            refused = CsrfViewMiddleware(lambda _request: HttpResponse()).process_view(request, _guarded_view, (), {})
            if refused is not None:
                return refused
        elif not _comes_from_here(request):
            raise Forbidden
        return view(request, *args, **kwargs)

    return guarded


def _guarded_view(_request: HttpRequest) -> HttpResponse:  # what the middleware looks at for exemptions: none
    return HttpResponse()


def _comes_from_here(request: HttpRequest) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()
