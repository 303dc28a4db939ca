"""The shelf of videos, and one of them."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import creator_required
from courses.video.access import get_own_video
from courses.video.forms import CaptionForm, VideoForm
from courses.video.pages import choice_shown, shelf_shown, video_shown
from courses.video.playback import shows_videos
from courses.video.playing import play_base, video_frame
from courses.video.services.processing import retry_processing
from courses.video.services.shelf import remove_video, rename_video
from kit.http import AuthedRequest
from kit.ratelimit import rate_limited


@require_safe
@creator_required
def index(request: AuthedRequest) -> HttpResponse:
    """/dashboard/videos/: all of one's videos; htmx asks for the rows alone while something moves (R184)."""
    template = "courses/video/shelf.html#rows" if request.htmx and not request.htmx.boosted else "courses/video/shelf.html"
    return render(request, template, shelf_shown(request))


@shows_videos
@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
def video(request: AuthedRequest, video_id: uuid.UUID) -> HttpResponse:
    """/dashboard/videos/<id>/: how it is, its captions, who shows it; a POST renames it."""
    found = get_own_video(request.user, video_id)
    form = VideoForm(request.POST if request.method == "POST" else None, video=found)
    if form.is_bound and form.is_valid():
        rename_video(found, by=request.user, name=form.cleaned_data["name"])
        messages.success(request, _("Saved."))
        return redirect("video", found.pk)
    is_fragment = bool(request.htmx) and not request.htmx.boosted
    frame = video_frame(found.pk, base=play_base(found.pk))
    context = {**video_shown(found), "frame": frame, "form": form, "caption_form": CaptionForm(auto_id="caption_%s")}
    template = "courses/video/video.html#state" if is_fragment else "courses/video/video.html"
    response = render(request, template, context, status=422 if form.is_bound else 200)
    if is_fragment and "waiting" in request.GET and frame and frame.is_playable:
        response["HX-Refresh"] = "true"  # now there is a player to be shown
    return response


@require_safe
@creator_required
def choice(request: AuthedRequest) -> HttpResponse:
    """/dashboard/videos/choice/?video_id=…: what the lesson's pane says about the video that is chosen there."""
    return render(request, "courses/video/_choice.html", choice_shown(request.user, request.GET.get("video_id", "")))


@require_POST
@creator_required
@rate_limited("video_retry", "60/h", by="user")
def attempts(request: AuthedRequest, video_id: uuid.UUID) -> HttpResponse:
    """/dashboard/videos/<id>/attempts/: prepares it once more."""
    found = get_own_video(request.user, video_id)
    retry_processing(found, by=request.user)
    return redirect("video", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
def deletion(request: AuthedRequest, video_id: uuid.UUID) -> HttpResponse:
    """/dashboard/videos/<id>/deletion/: asks first."""
    found = get_own_video(request.user, video_id)
    if request.method == "POST":
        remove_video(found, by=request.user)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": found.name})
        return redirect("videos")
    return render(request, "courses/video/delete.html", video_shown(found))
