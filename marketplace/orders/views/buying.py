"""Buying one thing at once, and taking what is free."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kit.http import AuthedRequest
from kit.ratelimit import rate_limited
from marketplace.access import get_visible_product
from marketplace.goods import openings
from marketplace.orders.errors import PriceChanged
from marketplace.orders.forms import BuyForm
from marketplace.orders.selectors import buybox
from marketplace.orders.services.fulfilment import take_free_product
from marketplace.orders.services.ordering import order_product
from marketplace.orders.sessions import show_count
from marketplace.orders.views.cart import ask_again


@require_POST
@rate_limited("order", "30/m", by="user")
def buy_now(request: AuthedRequest, slug: str) -> HttpResponse:
    product = get_visible_product(request.user, slug)
    form = BuyForm(request.POST, product=product)
    if not form.is_valid():
        return ask_again(request, form)
    try:
        order = order_product(
            product,
            by=request.user,
            seen_minor=form.seen_minor,
            seen_currency=form.seen_currency,
            offered_minor=form.offered_minor,
            idempotency_key=form.submission,
        )
    except PriceChanged as change:
        # Not a dead end but a question: agree to the price of now, or leave.
        context = {"buybox": buybox(request.user, product), "product": product, "change": change.changes[0]}
        return render(request, "marketplace/orders/price_changed.html", context, status=409)
    return redirect("checkout_success" if order.is_paid else "checkout", order.number)


@require_POST
@rate_limited("order", "30/m", by="user")
def take_free(request: AuthedRequest, slug: str) -> HttpResponse:
    product = get_visible_product(request.user, slug)
    take_free_product(product, by=request.user)
    show_count(request)
    messages.success(request, _("It’s yours. It stays in your library."))
    return redirect(openings([product], request.user)[product.pk].url)
