"""For those who read the shop by program."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# Nothing to find there, or different for everybody.
PRIVATE = (
    "/admin/",
    "/api/",
    "/account/",
    "/buy/",
    "/cart/",
    "/checkout/",
    "/courses/",
    "/dashboard/",
    "/download/",
    "/files/",
    "/library/",
    "/moderation/",
    "/settings/",
)


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE)]
    lines += ["Disallow: /*?*q=", "Disallow: /*?*tag=", "Disallow: /*?*sort=", "Disallow: /*?*price=", "Disallow: /*?*rating="]
    lines += ["", f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
