"""The product page (R40, R46, R75)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from kit.http import AuthedRequest
from marketplace.insights.services.views import record_view
from marketplace.models import Product
from marketplace.storefront.access import NoLongerSold, get_shown_product
from marketplace.storefront.kept_pages import find_page, is_a_visitor, keep_page, similar_on
from marketplace.storefront.selectors.product_page import page_stamp, product_page, similar_ids, similar_works


@login_not_required
@require_safe
def product(request: AuthedRequest, slug: str) -> HttpResponse:
    response = _for_visitors(request, slug) if is_a_visitor(request) else _rendered(request, slug)
    patch_vary_headers(response, ["Cookie"])
    return response


def _for_visitors(request: AuthedRequest, slug: str) -> HttpResponse:
    similar = similar_on(request, slug)
    stamped = page_stamp(slug, similar)
    if stamped is None:
        return _rendered(request, slug)
    product_id, stamp = stamped
    response = find_page(request, slug, stamp)
    if response is not None:
        record_view(request, Product(pk=product_id))
        return response
    chosen = tuple(similar_ids(Product.objects.only("kind", "category").get(pk=product_id)))
    if chosen != similar:
        stamped = page_stamp(slug, chosen)
    response = _rendered(request, slug)
    if stamped is not None and response.status_code == 200:
        keep_page(request, slug, response, similar=chosen, stamp=stamped[1])
    return response


def _rendered(request: AuthedRequest, slug: str) -> HttpResponse:
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
