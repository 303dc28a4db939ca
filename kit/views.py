"""Files of the local stores. On S3 the store itself answers, and these addresses find nothing."""

from __future__ import annotations

import hashlib
import mimetypes
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage, Storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from kit.byte_ranges import serve
from kit.signing import BadLink, unsign
from kit.storage import LINK_SALT, private, public

# What browsers draw and cannot run.
PUBLIC_TYPES = {"image/webp", "image/jpeg", "image/png", "image/gif", "image/avif"}


@csrf_exempt
@login_not_required
@require_safe
def signed_file(request: HttpRequest, token: str, filename: str) -> HttpResponseBase:
    """A private file, for whoever holds a link that we signed and that has not ended (R123)."""
    link = unsign(token, salt=LINK_SALT)
    if link["f"] != filename:
        raise BadLink
    headers = {
        "Content-Type": link["t"],
        "Content-Disposition": content_disposition_header(True, link["f"]) or "attachment",
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
    }
    return _answer(request, private(), link["n"], headers)


def private_file(request: HttpRequest, name: str, *, content_type: str, cache_seconds: int) -> HttpResponseBase:
    """The private file `name` to be shown in a page of ours, for a caller that has checked that the reader may have it.

    Sent by the front server where it can, on S3 by a redirect to a presigned address of one minute.
    """
    store = private()
    if not isinstance(store, FileSystemStorage):
        response = HttpResponseRedirect(cast(Any, store).url(name, parameters={"ResponseContentType": content_type}, expire=60))
        response["Cache-Control"] = "private, no-store"
        return response
    headers = {
        "Content-Type": content_type,
        "Cache-Control": f"private, max-age={cache_seconds}",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }
    return _answer(request, store, name, headers)


@login_not_required
@require_safe
def public_media(request: HttpRequest, name: str) -> HttpResponseBase:
    """A public picture. Names are never used again, so browsers and caches may keep it for a year."""
    content_type = mimetypes.guess_type(name)[0]
    if content_type not in PUBLIC_TYPES:
        raise Http404
    headers = {
        "Content-Type": content_type,
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return _answer(request, public(), name, headers)


def _answer(request: HttpRequest, store: Storage, name: str, headers: dict[str, str]) -> HttpResponseBase:
    if not isinstance(store, FileSystemStorage):
        raise Http404
    try:
        size, modified = store.size(name), store.get_modified_time(name)
        if settings.X_ACCEL_PREFIX:
            return _handed_over(store, name, headers)
        file = store.open(name)
    except (OSError, SuspiciousFileOperation, ValueError) as error:
        raise Http404 from error
    return serve(request, file, size=size, etag=_etag(name, size, modified), modified=modified, headers=headers)


def _handed_over(store: FileSystemStorage, name: str, headers: dict[str, str]) -> HttpResponse:
    """The front server sends the file (nginx's X-Accel-Redirect): ranges and conditions are then its work."""
    folder = "private" if store is private() else "media"
    response = HttpResponse(headers=headers)
    response["X-Accel-Redirect"] = quote(f"{settings.X_ACCEL_PREFIX.rstrip('/')}/{folder}/{name}")
    del response["Content-Length"]
    return response


def _etag(name: str, size: int, modified: datetime) -> str:
    """Strong: a stored file is never written twice under one name."""
    return f'"{hashlib.sha256(f"{name}:{size}:{modified.timestamp()}".encode()).hexdigest()[:32]}"'
