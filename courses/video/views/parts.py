"""Where browsers send parts of a file to when the store is a folder on this machine."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from courses.video.access import get_signed_upload
from courses.video.services.uploads import receive_part
from kit.errors import DomainError
from kit.http import problem


@csrf_exempt
@login_not_required
@require_http_methods(["PUT"])
def part(request: HttpRequest, token: str, number: int) -> HttpResponse:
    """PUT /videos/uploads/<token>/<number>/ with the part's bytes. Whoever holds an address that we signed may send to it."""
    try:
        length = int(request.headers.get("Content-Length") or -1)
        receive_part(get_signed_upload(token, number), number, source=request, length=length)
    except UnreadablePostError:
        return problem(400, code="broken_off", detail="The part broke off. Send it again.")
    except DomainError as error:
        # Programs send here, as they do to the store of S3: they hear it as the API says it.
        return problem(error.status_code, code=error.code, detail=str(error))
    return HttpResponse(status=204)
