"""An order on its way to being paid, and back from the gateway."""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kit.http import AuthedRequest
from kit.ratelimit import rate_limited
from marketplace.orders.access import get_own_order, refusals
from marketplace.orders.forms import BillingForm
from marketplace.orders.models import Order
from marketplace.orders.selectors import goods_of, order_lines
from marketplace.orders.services import ordering, paying
from marketplace.orders.sessions import show_count
from payments.models import Payment

ASK_GATEWAY_EVERY = 2
"""Seconds between two questions to the gateway about one order, however often its page is looked at."""


@never_cache
@require_http_methods(["GET", "POST"])
@rate_limited("pay", "20/m", by="user", methods=("POST",))
def checkout(request: AuthedRequest, number: str) -> HttpResponse:
    order = get_own_order(request.user, number)
    if order.is_settled:
        return redirect("checkout_success", order.number)
    if not order.is_open or order.is_over:
        return _closed(request, order)
    form = BillingForm(request.POST or None, instance=order)
    if request.method == "POST" and form.is_valid():
        payment = paying.pay_order(get_own_order(request.user, number), by=request.user, **form.cleaned_data)
        return HttpResponseRedirect(payment.checkout_url)
    lines = list(order_lines(order).select_related("product__creator"))
    context = {
        "order": order,
        "form": form,
        "lines": lines,
        "refused": refusals(request.user, [line.product for line in lines]),
        "practice": settings.PAYMENT_GATEWAY == "sandbox",
    }
    return render(request, "marketplace/orders/checkout.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
@rate_limited("checkout_success", "120/m", by="user")
def success(request: AuthedRequest, number: str) -> HttpResponse:
    """Where the gateway sends the buyer back to. It says what is true now: paid, still waiting, or not paid."""
    order = _ask(get_own_order(request.user, number))
    attempt = None if order.is_settled else paying.attempt_to_pay(order)
    waiting = attempt is not None and attempt.is_open
    if request.htmx and waiting:
        return render(request, "marketplace/orders/success.html#waiting", {"order": order})
    if request.htmx:
        return HttpResponse(headers={"HX-Refresh": "true"})
    if order.is_settled:
        show_count(request)
        return render(request, "marketplace/orders/success.html", {"order": order, "goods": goods_of(order), "lines": list(order_lines(order))})
    if waiting:
        return render(request, "marketplace/orders/success.html", {"order": order, "waiting": True, "lines": list(order_lines(order))})
    if not order.is_open or order.is_over:
        return _closed(request, order)
    return render(request, "marketplace/orders/unpaid.html", {"order": order, "failure": attempt.failure if attempt else "", "failed": attempt is not None and attempt.state == Payment.State.FAILED})


@never_cache
@require_GET
def cancelled(request: AuthedRequest, number: str) -> HttpResponse:
    """Where the gateway sends a buyer who turned back. She may have paid all the same, in another tab."""
    order = _ask(get_own_order(request.user, number))
    if order.is_settled:
        return redirect("checkout_success", order.number)
    if not order.is_open or order.is_over:
        return _closed(request, order)
    return render(request, "marketplace/orders/unpaid.html", {"order": order})


@require_POST
@rate_limited("order", "30/m", by="user")
def again(request: AuthedRequest, number: str) -> HttpResponse:
    """A new order of what this one held, at today's prices."""
    order = get_own_order(request.user, number)
    fresh = ordering.order_again(order, by=request.user, idempotency_key=f"again:{order.number}:{request.POST.get('key', '')}"[:100])
    return redirect("checkout_success" if fresh.is_paid else "checkout", fresh.number)


@require_POST
def cancel(request: AuthedRequest, number: str) -> HttpResponse:
    """Drop an order: nothing will be charged for it."""
    order = ordering.cancel_order(get_own_order(request.user, number))
    if order.is_settled:
        return redirect("checkout_success", order.number)
    return redirect("cart")


def _ask(order: Order) -> Order:
    if order.is_settled or not cache.add(f"orders:asked:{order.pk}", 1, ASK_GATEWAY_EVERY):
        return order
    return paying.settle_order(order)


def _closed(request: AuthedRequest, order: Order) -> HttpResponse:
    context = {"order": order, "why": paying.closed_because(order), "lines": list(order_lines(order))}
    return render(request, "marketplace/orders/closed.html", context, status=410)
