"""Taking a course home."""

from __future__ import annotations

import tempfile
import uuid

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import creator_required
from courses.access import get_own_course
from courses.exchange.access import get_own_export, job_of
from courses.exchange.errors import ExportNotFound
from courses.exchange.limits import KEEP_HOURS, most_upload_bytes
from courses.exchange.services.exporting import is_large, measure, start_export, write_package
from courses.learning.selectors_submissions import desk_context
from kit.http import AuthedRequest
from kit.ratelimit import rate_limited
from kit.storage import download_url


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
@rate_limited("course_export", "30/h", by="user", methods=("POST",))
def index(request: AuthedRequest, slug: str) -> HttpResponseBase:
    """/dashboard/courses/<slug>/export/: a small course at once, a large one by a job."""
    course = get_own_course(request.user, slug)
    if request.method != "POST":
        size = measure(course)
        context = {**desk_context(course), "size": size, "keep_hours": KEEP_HOURS, "too_large": size.total_bytes > most_upload_bytes()}
        return render(request, "courses/exchange/export.html", context)
    if is_large(course):
        return redirect("course_export_file", course.slug, start_export(course, by=request.user).pk)
    packed = tempfile.SpooledTemporaryFile(max_size=8 * 1024**2)  # noqa: SIM115 - closed with the response
    write_package(course, packed)
    packed.seek(0)
    headers = {"Content-Type": "application/zip", "Cache-Control": "private, no-store"}
    return FileResponse(packed, as_attachment=True, filename=f"{course.slug}.zip", headers=headers)


@require_http_methods(["GET", "HEAD"])
@creator_required
def show(request: AuthedRequest, slug: str, export_id: uuid.UUID) -> HttpResponse:
    """/dashboard/courses/<slug>/export/<id>/: how far it is, then the way to the file."""
    course = get_own_course(request.user, slug)
    export = get_own_export(course, export_id)
    fragment = "#progress" if request.htmx else ""
    head = {"course": course} if fragment else desk_context(course)
    context = {**head, "export": export, "job": None if export.file else job_of(export), "keep_hours": KEEP_HOURS}
    return render(request, f"courses/exchange/export_under_way.html{fragment}", context)


@require_safe
@creator_required
def download(request: AuthedRequest, slug: str, export_id: uuid.UUID) -> HttpResponse:
    """A link to the file that ends after a minute, made for whoever may have it."""
    course = get_own_course(request.user, slug)
    export = get_own_export(course, export_id)
    if not export.file:
        raise ExportNotFound
    link = download_url(
        str(export.file.name), filename=f"{course.slug}.zip", content_type="application/zip", seconds=settings.DOWNLOAD_LINK_SECONDS
    )
    return redirect(link)
