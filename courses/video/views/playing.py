"""What players fetch: by pass, and for its owner beside the shelf."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.access import creator_required
from courses.video.access import get_own_video
from courses.video.playback import read_pass
from courses.video.playing import answer_held, answer_player, answer_segment, play_base
from kit.http import AuthedRequest


@login_not_required
@require_safe
def held(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """/videos/play/<pass>/<quality>.m3u8 and …/<quality>/<file>: for the browser that the pass was given to."""
    opened = read_pass(token, request)
    if name.endswith(".m3u8"):
        return answer_held(opened, name.removesuffix(".m3u8"))
    return answer_segment(opened, name, request)


@require_safe
@creator_required
def own(request: AuthedRequest, video_id: uuid.UUID, name: str) -> HttpResponseBase:
    """/dashboard/videos/<id>/play/<name>: one's own video, from the shelf."""
    video = get_own_video(request.user, video_id)
    return answer_player(request, video.pk, name, base=play_base(video.pk))
