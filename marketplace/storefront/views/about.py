"""What the shop says about itself: true to what it does, from the settings and lists that it does it by."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kit.http import AuthedRequest
from kit.money import format_money
from kit.ratelimit import rate_limited
from marketplace.approvals.rules import RULES
from marketplace.pricing import SMALLEST_CHARGE, share_kept_percent
from marketplace.storefront.forms import ContactForm
from marketplace.storefront.selectors.home import sale_sum
from marketplace.storefront.services.contact import send_contact_message


@login_not_required
@require_safe
def fees(request: HttpRequest) -> HttpResponse:
    context = {
        "sale": sale_sum(),
        "kept_percent": share_kept_percent(),
        "hold_days": settings.EARNINGS_HOLD.days,
        "smallest": [format_money(SMALLEST_CHARGE[code], code) for code in settings.CURRENCIES if code in SMALLEST_CHARGE],
        "currencies": settings.CURRENCIES,
    }
    return render(request, "marketplace/storefront/about/fees.html", context)


@login_not_required
@require_safe
def refunds(request: HttpRequest) -> HttpResponse:
    return render(request, "marketplace/storefront/about/refunds.html")


@login_not_required
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    return render(request, "marketplace/storefront/about/rules.html", {"rules": RULES})


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "marketplace/storefront/about/privacy.html", {"refresh_days": settings.SESSION_COOKIE_AGE // 86400})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limited("contact", "5/h", methods=("POST",))
def contact(request: AuthedRequest) -> HttpResponse:
    user = request.user
    known = {"name": user.name, "email": user.email} if user.is_authenticated else {}
    form = ContactForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        if not form.is_from_a_program:
            given = {field: form.cleaned_data[field] for field in ("name", "email", "topic", "message")}
            send_contact_message(**given, username=user.username if user.is_authenticated else "")
        messages.success(request, _("Your message is on its way. We answer by mail."))
        return redirect("about_contact")
    return render(request, "marketplace/storefront/about/contact.html", {"form": form}, status=422 if form.is_bound else 200)
