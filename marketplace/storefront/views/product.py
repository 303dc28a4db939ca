"""The product page (R40, R46, R75)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kit.http import AuthedRequest
from marketplace.insights.services.views import record_view
from marketplace.storefront.access import NoLongerSold, get_shown_product
from marketplace.storefront.selectors.product_page import product_page, similar_works


@login_not_required
@require_safe
def product(request: AuthedRequest, slug: str) -> HttpResponse:
    try:
        shown = get_shown_product(request.user, slug)
    except NoLongerSold as gone:
        context = {"product": gone.product, "similar": similar_works(gone.product)}
        return render(request, "marketplace/storefront/gone.html", context, status=gone.status_code)
    page = product_page(shown, request.user)
    response = render(request, "marketplace/storefront/product.html", {"page": page, "product": shown, "buybox": page.buybox})
    if shown.is_live:
        record_view(request, shown)
    return response
