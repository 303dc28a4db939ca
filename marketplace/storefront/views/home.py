from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.storefront.selectors.home import home_page, sale_sum


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "marketplace/storefront/home.html", {"home": home_page(), "sale": sale_sum()})
