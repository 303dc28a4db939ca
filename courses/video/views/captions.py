"""Subtitles of a video: added, read, taken away."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import creator_required
from courses.video.access import get_own_caption, get_own_video
from courses.video.errors import BadCaptions, NobodyWrites
from courses.video.forms import CaptionForm, CaptionOrderForm, VideoForm
from courses.video.pages import captions_shown, video_shown
from courses.video.services.captions import remove_captions, save_captions
from courses.video.services.transcribing import order_captions
from courses.video.transcribers import get_transcriber
from courses.video.webvtt import MOST_BYTES
from kit.files.uploads import bounded_upload, files_over_the_limit
from kit.http import AuthedRequest
from kit.ratelimit import rate_limited
from kit.storage import safe_filename


@csrf_exempt  # bounded_upload checks the token once the bounds are in place
@require_POST
@creator_required
@rate_limited("captions", "60/m", by="user")
@bounded_upload(lambda: MOST_BYTES)
def index(request: AuthedRequest, video_id: uuid.UUID) -> HttpResponse:
    """/dashboard/videos/<id>/captions/: keeps the subtitles of one language."""
    video = get_own_video(request.user, video_id)
    form = CaptionForm(request.POST, request.FILES, auto_id="caption_%s")
    if files_over_the_limit(request):
        form.add_error("file", _("Subtitles may have up to 2 MB."))
    elif form.is_valid():
        try:
            save_captions(video, by=request.user, language=form.cleaned_data["language"].strip(), raw=form.raw())
        except BadCaptions as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("The subtitles are kept."))
            return redirect("video", video.pk)
    context = {**video_shown(video), "form": VideoForm(video=video), "caption_form": form}
    return render(request, "courses/video/video.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
@rate_limited("captions_written", "20/h", by="user", methods=("POST",))
def written(request: AuthedRequest, video_id: uuid.UUID) -> HttpResponse:
    """/dashboard/videos/<id>/captions/written/: asks the program for subtitles; htmx asks it how far they are."""
    video = get_own_video(request.user, video_id)
    if get_transcriber() is None:
        raise NobodyWrites
    form = CaptionOrderForm(request.POST, auto_id="written_%s") if request.method == "POST" else None
    if form is not None and form.is_valid():
        try:
            order_captions(video, by=request.user, language=form.cleaned_data["language"].strip())
        except BadCaptions as error:
            form.add_error("language", str(error))
        else:
            return redirect(f"{reverse('video', args=[video.pk])}#captions")
    if form is None and not request.htmx:
        return redirect("video", video.pk)
    if form is None:
        return render(request, "courses/video/video.html#captions", captions_shown(video))
    context = {**video_shown(video), **captions_shown(video, form), "form": VideoForm(video=video)}
    return render(request, "courses/video/video.html", {**context, "caption_form": CaptionForm(auto_id="caption_%s")}, status=422)


@require_safe
@creator_required
def caption(request: AuthedRequest, video_id: uuid.UUID, caption_id: uuid.UUID) -> HttpResponse:
    """/dashboard/videos/<id>/captions/<id>/: the file, as it was cleaned."""
    video = get_own_video(request.user, video_id)
    found = get_own_caption(video, caption_id)
    response = HttpResponse(found.webvtt, content_type="text/vtt; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, safe_filename(f"{video.name}.{found.language}.vtt")) or "attachment"
    return response


@require_POST
@creator_required
def deletion(request: AuthedRequest, video_id: uuid.UUID, caption_id: uuid.UUID) -> HttpResponse:
    video = get_own_video(request.user, video_id)
    remove_captions(get_own_caption(video, caption_id), by=request.user)
    messages.success(request, _("The subtitles are deleted."))
    return redirect("video", video.pk)
