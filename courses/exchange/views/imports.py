"""Bringing a course along: send it, read what would be made of it, confirm."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import creator_required
from courses.access import get_own_course
from courses.exchange.access import get_own_import, job_of
from courses.exchange.errors import BadLinks, VideoServiceAway
from courses.exchange.forms import FileForm, VideosForm
from courses.exchange.limits import KEEP_HOURS, most_upload_bytes
from courses.exchange.models import CourseImport
from courses.exchange.report import told_once
from courses.exchange.services.importing import check_import, confirm_import, discard_import
from courses.exchange.services.video_lists import check_videos
from courses.learning.selectors_submissions import desk_context
from courses.models import Course
from kit.files import RefusedFile
from kit.files.uploads import bounded_upload, files_over_the_limit
from kit.http import AuthedRequest
from kit.ratelimit import rate_limited


@csrf_exempt  # bounded_upload checks the token once the bounds are in place
@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
@rate_limited("course_import", "30/h", by="user", methods=("POST",))
@bounded_upload(most_upload_bytes)
def new(request: AuthedRequest) -> HttpResponse:
    """/dashboard/courses/import/: a new course from a file."""
    return _receive(request, into=None)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
@rate_limited("course_import", "30/h", by="user", methods=("POST",))
@bounded_upload(most_upload_bytes)
def into(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/courses/<slug>/import/: modules for a course that is there."""
    return _receive(request, into=get_own_course(request.user, slug))


@require_POST
@creator_required
@rate_limited("course_import", "30/h", by="user")
def videos(request: AuthedRequest) -> HttpResponse:
    """/dashboard/courses/import/videos/: a new course from a playlist or a list of links."""
    return _receive_videos(request, into=None)


@require_POST
@creator_required
@rate_limited("course_import", "30/h", by="user")
def videos_into(request: AuthedRequest, slug: str) -> HttpResponse:
    return _receive_videos(request, into=get_own_course(request.user, slug))


def _receive(request: AuthedRequest, *, into: Course | None) -> HttpResponse:
    if request.method != "POST":
        return _page(request, into=into)
    form = FileForm(request.POST, request.FILES)
    if files_over_the_limit(request):
        form.errors.clear()
        form.add_error("file", _("This file is too large. Files may be up to %(limit)s.") % {"limit": filesizeformat(most_upload_bytes())})
    elif form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            checked = check_import(upload, by=request.user, name=upload.name, into=into)
        except RefusedFile as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("course_import_report", checked.pk)
    return _page(request, into=into, form=form, status=422)


def _receive_videos(request: AuthedRequest, *, into: Course | None) -> HttpResponse:
    form = VideosForm(request.POST)
    if form.is_valid():
        try:
            checked = check_videos(form.cleaned_data["links"], by=request.user, title=form.cleaned_data["title"], into=into)
        except (BadLinks, VideoServiceAway) as refusal:
            form.add_error("links", str(refusal))
        else:
            return redirect("course_import_report", checked.pk)
    return _page(request, into=into, videos_form=form, status=422)


def _page(request: AuthedRequest, *, into: Course | None, status: int = 200, **forms: Any) -> HttpResponse:
    context = {
        **(desk_context(into) if into else {}),
        "form": FileForm(),
        "videos_form": VideosForm(),
        "most_bytes": most_upload_bytes(),
        "reads_playlists": bool(settings.YOUTUBE_API_KEY),
        **forms,
    }
    return render(request, "courses/exchange/import_into.html" if into else "courses/exchange/import.html", context, status=status)


@require_http_methods(["GET", "HEAD"])
@creator_required
def report(request: AuthedRequest, import_id: uuid.UUID) -> HttpResponse:
    """/dashboard/courses/import/<id>/: the dry run's report; then, for a large import, how far it is."""
    found = get_own_import(request.user, import_id)
    if found.state == CourseImport.State.DONE and found.course is not None:
        builder = reverse("course_builder", args=[found.course.slug])
        return HttpResponse(headers={"HX-Redirect": builder}) if request.htmx else redirect(builder)
    if found.state == CourseImport.State.UNDER_WAY:
        fragment = "#progress" if request.htmx else ""
        return render(request, f"courses/exchange/under_way.html{fragment}", {"found": found, "job": job_of(found)})
    told = {"problems": told_once(found.report["problems"]), "warnings": told_once(found.report["warnings"])}
    return render(request, "courses/exchange/report.html", {"found": found, "report": found.report, "told": told, "keep_hours": KEEP_HOURS})


@require_POST
@creator_required
def confirm(request: AuthedRequest, import_id: uuid.UUID) -> HttpResponse:
    found = confirm_import(get_own_import(request.user, import_id), by=request.user)
    if found.state != CourseImport.State.DONE or found.course is None:
        return redirect("course_import_report", found.pk)
    messages.success(request, _("“%(name)s” is imported. Look it through, then publish it.") % {"name": found.course.title})
    return redirect("course_builder", found.course.slug)


@require_POST
@creator_required
def discard(request: AuthedRequest, import_id: uuid.UUID) -> HttpResponse:
    found = get_own_import(request.user, import_id)
    back = redirect("course_import") if found.makes_course or found.course is None else redirect("course_import_into", found.course.slug)
    discard_import(found, by=request.user)
    messages.success(request, _("Nothing was imported, and the file is gone."))
    return back
