"""The cart: looking at it, putting in, taking out, and going on to pay."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from kit.errors import NotFound
from kit.http import AuthedRequest, HttpRequest
from kit.ratelimit import rate_limited
from marketplace.access import get_visible_product
from marketplace.orders.errors import NothingToOrder, PriceChanged
from marketplace.orders.forms import BuyForm, CartCheckoutForm
from marketplace.orders.selectors import buybox, cart_groups
from marketplace.orders.services.carts import add_to_cart, remember_prices, remove_from_cart
from marketplace.orders.services.ordering import order_cart
from marketplace.orders.sessions import cart_for, owner_of_cart, show_count
from marketplace.orders.views.origin import same_origin_or_token


@login_not_required
@never_cache
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    show_count(request)
    return render(request, "marketplace/orders/cart.html", {"groups": cart_groups(cart_for(request), request.user)})


@login_not_required
@require_POST
@same_origin_or_token
@rate_limited("cart", "60/m")
def add(request: HttpRequest, slug: str) -> HttpResponse:
    product = get_visible_product(request.user, slug)
    form = BuyForm(request.POST, product=product)
    if not form.is_valid():
        return ask_again(request, form)
    add_to_cart(product, **owner_of_cart(request), offered_minor=form.offered_minor)
    show_count(request)
    if request.htmx:
        box = buybox(request.user, product, in_cart=True, amount=request.POST.get("amount"))
        return render(request, "marketplace/orders/added.html", {"buybox": box, "place": request.POST.get("place", "")})
    if request.POST.get("then") != "pay":
        messages.success(request, _("“%(title)s” is in your cart.") % {"title": product.title})
    return redirect("cart")


@login_not_required
@require_POST
@rate_limited("cart", "60/m")
def remove(request: HttpRequest, slug: str) -> HttpResponse:
    cart = cart_for(request)
    if cart is None:
        raise NotFound
    remove_from_cart(cart, slug)
    show_count(request)
    return redirect("cart")


@require_POST
@rate_limited("order", "30/m", by="user")
def checkout(request: AuthedRequest) -> HttpResponse:
    """Turn one currency's part of the cart into an order."""
    form = CartCheckoutForm(request.POST)
    cart = cart_for(request)
    if cart is None or not form.is_valid():
        raise NothingToOrder
    fields = form.cleaned_data
    try:
        order = order_cart(cart, by=request.user, currency=fields["currency"], seen=fields["seen"], idempotency_key=str(fields["key"]))
    except PriceChanged as change:
        # Not a dead end but a question: the same page, with the prices of now to agree to.
        groups = cart_groups(cart, request.user)
        remember_prices(cart)
        return render(request, "marketplace/orders/cart.html", {"groups": groups, "changes": change.changes}, status=409)
    show_count(request)
    return redirect("checkout_success" if order.is_paid else "checkout", order.number)


def ask_again(request: HttpRequest, form: BuyForm) -> HttpResponse:
    """The buy box on a page of its own, with what was typed and what is wrong with it."""
    wrong = form.errors.get("amount") or form.errors.get("seen") or [""]
    box = buybox(request.user, form.product, amount=request.POST.get("amount"), error=str(wrong[0]))
    context = {"buybox": box, "place": request.POST.get("place", ""), "product": form.product}
    template = "marketplace/orders/_buybox.html" if request.htmx else "marketplace/orders/offer.html"
    return render(request, template, context, status=422)
