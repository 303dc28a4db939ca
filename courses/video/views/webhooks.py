"""What encoders elsewhere tell us."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from courses.video.errors import VideoNotFound
from courses.video.services.hearing import hear_message
from courses.video.sns import MOST_BYTES, read_message
from kit.errors import DomainError
from kit.http import problem
from kit.ratelimit import rate_limited


@csrf_exempt
@login_not_required
@require_POST
@rate_limited("mediaconvert", "600/m", by="ip")
def mediaconvert(request: HttpRequest) -> HttpResponse:
    """POST /webhooks/mediaconvert/sns/: events of MediaConvert jobs, by EventBridge and SNS. Believed by their signature alone."""
    if not settings.MEDIACONVERT_TOPICS:
        raise VideoNotFound
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return problem(413, code="too_large", detail="A message may have up to 1 MiB.")
    try:
        hear_message(read_message(body, topics=settings.MEDIACONVERT_TOPICS))
    except DomainError as error:
        return problem(error.status_code, code=error.code, detail=str(error))
    return HttpResponse("ok", content_type="text/plain")
