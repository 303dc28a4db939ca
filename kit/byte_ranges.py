"""Serving a stored file over HTTP: whole, in part (RFC 9110 section 14), or only its headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date, parse_http_date_safe

BLOCK = 64 * 1024

_SINGLE = re.compile(r"^bytes[ \t]*=[ \t]*(?P<first>\d*)-(?P<last>\d*)[ \t]*$", re.ASCII | re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range asked for lies wholly outside the file."""


def requested_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a Range header, both included; None when the whole file is to be sent.

    A header that is malformed, of another unit, or asks for several ranges is ignored, as RFC 9110 14.2 allows.
    Raises `Unsatisfiable` for a range beyond the end.
    """
    match = _SINGLE.match(header)
    # More digits than any file has bytes: not worth the arithmetic.
    if match is None or max(len(match["first"]), len(match["last"])) > 18:
        return None
    first, last = match["first"], match["last"]
    if not first:
        if not last:
            return None
        length = int(last)
        if not length or not size:
            raise Unsatisfiable
        return max(0, size - length), size - 1
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return start, end


def serve(request: HttpRequest, file: IO[bytes], *, size: int, etag: str, modified: datetime, headers: dict[str, str]) -> HttpResponseBase:
    """Answer a GET or HEAD with `file`, which is closed when the answer is.

    `etag` is a strong one, in quotes. `headers` stand on every answer but 416 and 304 keep only those that fit.
    """
    if request.method not in ("GET", "HEAD"):
        file.close()
        return HttpResponseNotAllowed(["GET", "HEAD"])
    validators = {"ETag": etag, "Last-Modified": http_date(modified.timestamp()), "Accept-Ranges": "bytes"}
    bare = {name: value for name, value in headers.items() if name not in ("Content-Type", "Content-Disposition")}
    if _is_unchanged(request, etag, modified):
        file.close()
        return _with(HttpResponse(status=304), {**bare, **validators}, without_type=True)
    part = None
    # RFC 9110 14.2: Range is defined for GET only.
    if request.method == "GET" and "Range" in request.headers and _is_same_file(request, etag, modified):
        try:
            part = requested_range(request.headers["Range"], size)
        except Unsatisfiable:
            file.close()
            refused = {**bare, **validators, "Content-Range": f"bytes */{size}", "Content-Length": "0"}
            return _with(HttpResponse(status=416), refused, without_type=True)
    first, last = part or (0, size - 1)
    length = last - first + 1
    sent = {**headers, **validators, "Content-Length": str(length)}
    if part:
        sent["Content-Range"] = f"bytes {first}-{last}/{size}"
    if request.method == "HEAD":
        file.close()
        return _with(HttpResponse(), sent)
    response: Any = StreamingHttpResponse(_blocks(file, first, length), status=206 if part else 200)
    # Django closes this with the response, also when the reader goes away before the first block.
    response._resource_closers.append(file.close)
    return _with(response, sent)


def _with(response: Any, headers: dict[str, str], *, without_type: bool = False) -> Any:
    if without_type:
        del response["Content-Type"]
    for name, value in headers.items():
        response[name] = value
    return response


def _blocks(file: IO[bytes], first: int, length: int) -> Iterator[bytes]:
    file.seek(first)
    left = length
    while left > 0 and (block := file.read(min(BLOCK, left))):
        left -= len(block)
        yield block


def _is_unchanged(request: HttpRequest, etag: str, modified: datetime) -> bool:
    if "If-None-Match" in request.headers:
        known = [tag.strip().removeprefix("W/") for tag in request.headers["If-None-Match"].split(",")]
        return "*" in known or etag in known
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and _seconds(modified) <= since


def _is_same_file(request: HttpRequest, etag: str, modified: datetime) -> bool:
    """If-Range: the part is only of use to the reader if the rest, got earlier, is of the same file."""
    condition = request.headers.get("If-Range", "").strip()
    if not condition:
        return True
    if condition.startswith('"'):
        return condition == etag
    if condition.startswith("W/"):
        return False
    # A date is a strong validator only when it is exactly ours and not of this very moment (RFC 9110 8.8.2.2).
    return parse_http_date_safe(condition) == _seconds(modified) and (datetime.now(UTC) - modified).total_seconds() >= 60


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
