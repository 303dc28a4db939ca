"""The gated download (R38, R122, R246)."""

from __future__ import annotations

import uuid

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from kit.http import AuthedRequest, client_ip
from kit.ratelimit import rate_limited
from marketplace.delivery.access import get_file
from marketplace.delivery.services.downloads import hand_out


@never_cache
@require_GET
@rate_limited("download", "60/m", by="user")
def download(request: AuthedRequest, slug: str, asset: uuid.UUID) -> HttpResponse:
    given = get_file(request.user, slug, asset, reason=request.GET.get("reason", ""))
    url = hand_out(given, to=request.user, ip=client_ip(request), user_agent=request.headers.get("User-Agent", ""))
    return HttpResponseRedirect(url, headers={"Referrer-Policy": "no-referrer"})
