"""Pages about certificates. The page of one is public for whoever has its address, and kept out of search engines."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from courses.certificates.access import get_certificate, get_own_certificate, get_revocable_certificate
from courses.certificates.addresses import page_address
from courses.certificates.checking import check_text
from courses.certificates.forms import CheckForm, ReasonForm
from courses.certificates.models import Certificate
from courses.certificates.selectors import certificates_of, coming_certificate
from courses.certificates.services.issuing import can_rename, rename_certificate
from courses.certificates.services.standing import republish_certificate, revoke_certificate, withdraw_certificate
from courses.certificates.sharing import linkedin_address
from courses.certificates.sheets import describe_length
from kit.http import AuthedRequest, HttpRequest
from kit.pages import paginate
from kit.ratelimit import rate_limited


@require_GET
def own(request: AuthedRequest) -> HttpResponse:
    """`?course=<address>` leads straight to the certificate of that course; while it is being made, the page says so."""
    mine, course = certificates_of(request.user), request.GET.get("course", "").replace("\x00", "")
    if wanted := mine.filter(enrolment__course__slug=course).first():
        return redirect(wanted)
    context = {"page": paginate(mine, request, 24), "coming": coming_certificate(request.user, course) if course else None}
    return render(request, "courses/certificates/list.html", context)


@login_not_required
@require_safe
def certificate(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    shown = get_certificate(request.user, certificate_id)
    is_holder = shown.enrolment.user_id == request.user.pk
    context = {
        "certificate": shown,
        "course": shown.enrolment.course,
        "creator": shown.enrolment.course.creator,
        "length": describe_length(shown.lessons, shown.minutes),
        "address": page_address(shown.pk),
        "linkedin": linkedin_address(shown),
        "is_holder": is_holder,
        "can_rename": is_holder and can_rename(shown),
        "can_revoke": shown.is_valid and _may_revoke(request, shown),
        "sees_reason": is_holder or _may_revoke(request, shown),
    }
    response = render(request, "courses/certificates/certificate.html", context)
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response


def _may_revoke(request: HttpRequest, shown: Certificate) -> bool:
    return getattr(request.user, "is_staff", False) or shown.enrolment.course.creator_id == request.user.pk


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limited("certificate-verify", "60/m")
def verify(request: HttpRequest) -> HttpResponse:
    """`?credential=<number>` checks at once: the button on a certificate's page is such a link."""
    given = request.POST if request.method == "POST" else request.GET
    form = CheckForm(given, request.FILES) if request.method == "POST" or "credential" in given else CheckForm()
    finding = check_text(form.cleaned_data["credential"]) if form.is_bound and form.is_valid() else None
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "courses/certificates/verify.html", {"form": form, "finding": finding}, status=status)


@require_POST
def name(request: AuthedRequest, certificate_id: UUID) -> HttpResponse:
    renamed = rename_certificate(get_own_certificate(request.user, certificate_id), by=request.user)
    messages.success(request, _("It carries the name %(name)s now.") % {"name": renamed.learner_name})
    return redirect(renamed)


@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal(request: AuthedRequest, certificate_id: UUID) -> HttpResponse:
    """Take it off the web, or show it again (`shown=yes`)."""
    mine = get_own_certificate(request.user, certificate_id)
    if request.method == "POST":
        if request.POST.get("shown") == "yes":
            republish_certificate(mine, by=request.user)
            messages.success(request, _("Whoever has the address sees your certificate again."))
        else:
            withdraw_certificate(mine, by=request.user)
            messages.success(request, _("Only you see your certificate now."))
        return redirect(mine)
    return render(request, "courses/certificates/withdraw.html", {"certificate": mine})


@require_http_methods(["GET", "HEAD", "POST"])
def revocation(request: AuthedRequest, certificate_id: UUID) -> HttpResponse:
    shown = get_revocable_certificate(request.user, certificate_id)
    back = shown.get_absolute_url() if shown.is_public else "/"
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        revoke_certificate(shown, by=request.user, because=form.cleaned_data["because"])
        messages.success(request, _("The certificate is revoked, and its holder is told why."))
        return redirect(back)
    context = {"certificate": shown, "form": form, "back": back}
    return render(request, "courses/certificates/revoke.html", context, status=422 if form.is_bound else 200)
