"""An order on its way to being paid, and back from the gateway."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kit.http import AuthedRequest
from kit.ratelimit import rate_limited
from marketplace.models import Kind
from marketplace.orders.access import get_own_order, refusals
from marketplace.orders.forms import BillingForm
from marketplace.orders.models import Order
from marketplace.orders.receipts import paid_with
from marketplace.orders.selectors import goods_of, order_lines
from marketplace.orders.services import ordering, paying
from marketplace.orders.sessions import show_count
from payments.models import Payment

ASK_GATEWAY_EVERY = 2
"""Seconds between two questions to the gateway about one attempt to pay, however often its page is looked at."""

HEARD_LATELY = timedelta(seconds=30)


@never_cache
@require_http_methods(["GET", "POST"])
@rate_limited("pay", "20/m", by="user", methods=("POST",))
def checkout(request: AuthedRequest, number: str) -> HttpResponse:
    order = get_own_order(request.user, number)
    if order.is_settled:
        return redirect("checkout_success", order.number)
    if not order.is_open or order.is_over:
        return _closed(request, order)
    attempt = paying.attempt_to_pay(order)
    if attempt is not None and attempt.is_at_the_bank:
        return redirect("checkout_success", order.number)
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
        "attempt": attempt,
        "practice": settings.PAYMENT_GATEWAY == "sandbox",
    }
    return render(request, "marketplace/orders/checkout.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
@rate_limited("checkout_success", "120/m", by="user")
def success(request: AuthedRequest, number: str) -> HttpResponse:
    """Where the gateway sends the buyer back to. It says what is true now: paid, still waiting, or not paid."""
    order, asked = _ask(get_own_order(request.user, number))
    attempt = None if order.is_settled else paying.attempt_to_pay(order)
    waiting = attempt is not None and _is_undecided(attempt, asked=asked)
    if request.htmx and waiting:
        return render(request, "marketplace/orders/success.html#waiting", {"order": order})
    if request.htmx:
        return HttpResponse(headers={"HX-Refresh": "true"})
    if order.is_settled:
        show_count(request)
        return _paid(request, order)
    if waiting:
        context = {"order": order, "waiting": True, "lines": list(order_lines(order)), "paid_with": paid_with(order)}
        return render(request, "marketplace/orders/success.html", context)
    if not order.is_open or order.is_over:
        return _closed(request, order)
    return render(request, "marketplace/orders/unpaid.html", {"order": order, "attempt": attempt})


@never_cache
@require_GET
def cancelled(request: AuthedRequest, number: str) -> HttpResponse:
    """Where the gateway sends a buyer who turned back. She may have paid all the same, in another tab."""
    order, _asked = _ask(get_own_order(request.user, number))
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


def _ask(order: Order) -> tuple[Order, bool]:
    """The order as it is now, and whether the gateway was asked for it just now."""
    if order.is_settled:
        return order, False
    attempt = paying.attempt_to_pay(order)
    ask = attempt is not None and cache.add(f"orders:asked:{attempt.pk}", 1, ASK_GATEWAY_EVERY)
    return paying.settle_order(order, ask=ask), ask


def _is_undecided(attempt: Payment, *, asked: bool) -> bool:
    """The bank has it, or the gateway was not asked just now or did not answer: all are "we do not know yet"."""
    heard = attempt.asked_at is not None and timezone.now() - attempt.asked_at < HEARD_LATELY
    return attempt.is_open and (attempt.is_at_the_bank or not asked or not heard)


def _paid(request: AuthedRequest, order: Order) -> HttpResponse:
    show_count(request)
    lines, goods = list(order_lines(order)), goods_of(order)
    context = {
        "order": order,
        "lines": lines,
        "goods": goods,
        "all_courses": bool(goods) and all(entry.line.product.kind == Kind.COURSE for entry in goods),
        "withheld": [line for line in lines if line.withheld],
        "paid_with": paid_with(order),
    }
    return render(request, "marketplace/orders/success.html", context)


def _closed(request: AuthedRequest, order: Order) -> HttpResponse:
    context = {"order": order, "why": paying.closed_because(order), "lines": list(order_lines(order))}
    return render(request, "marketplace/orders/closed.html", context, status=410)
