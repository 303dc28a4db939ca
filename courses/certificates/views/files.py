"""The certificate to keep: PDF, and pictures of the sheet."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from courses.certificates.access import get_certificate
from courses.certificates.models import Certificate
from courses.certificates.sheets import certificate_pdf, certificate_png, certificate_svg
from kit.ratelimit import rate_limited
from kit.storage import safe_filename


@login_not_required
@require_safe
@rate_limited("certificate-sheet", "120/m")
def pdf(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    return _sheet(request, certificate_id, certificate_pdf, "application/pdf", "pdf")


@login_not_required
@require_safe
@rate_limited("certificate-sheet", "120/m")
def svg(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    response = _sheet(request, certificate_id, certificate_svg, "image/svg+xml", "svg")
    # A drawing opened by itself is a document: it may load and run nothing. The typesetter writes inline styles.
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
    return response


@login_not_required
@require_safe
@rate_limited("certificate-sheet", "120/m")
def png(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """For the preview that networks make of a shared link."""
    return _sheet(request, certificate_id, certificate_png, "image/png", "png")


def _sheet(
    request: HttpRequest, certificate_id: UUID, draw: Callable[[Certificate], bytes], content_type: str, ending: str
) -> HttpResponse:
    certificate = get_certificate(request.user, certificate_id)
    response = HttpResponse(draw(certificate), content_type=content_type)
    filename = safe_filename(f"{certificate.course_title}, {certificate.learner_name}.{ending}")
    response["Content-Disposition"] = content_disposition_header(ending == "pdf", filename) or "inline"
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response
