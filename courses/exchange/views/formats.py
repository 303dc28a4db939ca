"""What our format looks like, for programs that write it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

_SCHEMA = Path(__file__).parents[1] / "formats" / "course.schema.json"


@login_not_required
@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """/course-format.schema.json: the JSON Schema that every export agrees with."""
    headers = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}
    return HttpResponse(_read(), content_type="application/schema+json", headers=headers)


@lru_cache(maxsize=1)
def _read() -> bytes:
    return _SCHEMA.read_bytes()
