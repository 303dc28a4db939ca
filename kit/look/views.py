"""Pictures that are drawn rather than stored, the site's own little files, and the style guide."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from kit.covers import UnknownKind, draw_cover
from kit.look import assets, specimens

COVER_SECONDS = 30 * 24 * 3600
SLUG_LENGTH = 200


@login_not_required
@require_safe
def cover(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """The drawn cover of a work, or the drawn face of a person (`persona` and a username)."""
    if len(slug) > SLUG_LENGTH:
        raise Http404
    try:
        drawing = draw_cover(kind, slug)
    except UnknownKind as unknown:
        raise Http404 from unknown
    etag = assets.fingerprint(drawing)
    unchanged = get_conditional_response(request, etag=etag)
    response = unchanged if isinstance(unchanged, HttpResponseNotModified) else HttpResponse(drawing, content_type="image/svg+xml")
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={COVER_SECONDS}"
    # A drawing opened by itself is a document: it may load and run nothing.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """For those who ask for /favicon.ico without reading the page."""
    response = HttpResponseRedirect(assets.asset("favicon.svg"))
    response["Cache-Control"] = "public, max-age=86400"
    return response


@login_not_required
@require_safe
def webmanifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to put the site on its home screen."""
    response = JsonResponse(
        {
            "name": settings.SITE_NAME,
            "short_name": settings.SITE_NAME,
            "start_url": "/",
            "display": "minimal-ui",
            "background_color": "#fcfcfb",
            "theme_color": "#fcfcfb",
            "icons": [{"src": assets.asset("favicon.svg"), "sizes": "any", "type": "image/svg+xml"}],
        },
        content_type="application/manifest+json",
    )
    response["Cache-Control"] = "public, max-age=86400"
    return response


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for staff."""
    if not getattr(request.user, "is_staff", False):
        raise PermissionDenied
    return render(request, "kit/styleguide.html", specimens.everything())
