"""Receiving uploads: bounded while they arrive, and only whole ones."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.core.files.uploadhandler import FileUploadHandler, MemoryFileUploadHandler, SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.http.response import HttpResponseBase
from django.utils.datastructures import MultiValueDict
from django.views.decorators.csrf import csrf_protect

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
View = Callable[Concatenate[R, P], HttpResponseBase]


def bounded_upload(limit: Callable[[], int]) -> Callable[[View[R, P]], View[R, P]]:
    """Let a view receive files of at most `limit()` bytes in all.

    What goes beyond is read and thrown away, so that the sender hears a sentence instead of a broken connection;
    `files_over_the_limit` names it. A body that ends before its Content-Length is answered 400: Django alone would pass the
    beginning of a file on as if it were whole.

    Put it below the doors that need no body (role, rate limit) and above those that do: the CSRF token is read from the body,
    so it is checked here, once the limits are in place; the outermost decorator of such a view is `csrf_exempt`.
    """

    def decorate(view: View[R, P]) -> View[R, P]:
        protected = csrf_protect(view)

        @functools.wraps(view)
        def receive(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            bound_uploads(request, limit())
            return protected(request, *args, **kwargs)

        return cast("View[R, P]", receive)

    return decorate


def bound_uploads(request: HttpRequest, limit: int) -> None:
    """What `bounded_upload` does, for callers that check the token themselves. Before anybody reads the body."""
    request.upload_handlers = [_WholeBody(request, limit)]


def files_over_the_limit(request: HttpRequest) -> list[str]:
    """Names, as the sender gave them, of files that were thrown away."""
    return list(getattr(request, "_files_over_the_limit", ()))


class _WholeBody(FileUploadHandler):
    """Parses the body through a counter, with the bound in front of Django's own handlers."""

    def __init__(self, request: HttpRequest, limit: int) -> None:
        super().__init__(request)
        self.limit = limit

    def handle_raw_input(
        self, input_data: Any, meta: dict[str, Any], content_length: int, boundary: Any, encoding: str | None = None
    ) -> tuple[Any, MultiValueDict[str, Any]]:
        dropped: list[str] = []
        # A note of ours on the request, read again when the upload is judged; the request's type has no place for it.
        self.request._files_over_the_limit = dropped  # type: ignore[union-attr]
        counted = _Counted(input_data)
        handlers = [_Bound(self.limit, dropped), MemoryFileUploadHandler(self.request), TemporaryFileUploadHandler(self.request)]
        post, files = MultiPartParser(meta, cast(Any, counted), handlers, encoding).parse()
        if counted.size < content_length:
            for _name, uploads in files.lists():
                for upload in uploads:
                    upload.close()
            raise MultiPartParserError("The upload was cut off.")
        return post, files

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class _Counted:
    def __init__(self, source: Any) -> None:
        self.source, self.size = source, 0

    def read(self, size: int = -1) -> bytes:
        data: bytes = self.source.read(size)
        self.size += len(data)
        return data


class _Bound(FileUploadHandler):
    def __init__(self, limit: int, dropped: list[str]) -> None:
        super().__init__()
        self.limit, self.dropped, self.received = limit, dropped, 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        if self.received > self.limit:
            self.dropped.append(self.file_name or "")
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
