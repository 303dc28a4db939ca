"""The library: what one has, its files, and what was paid for it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from kit.errors import NotFound
from kit.http import AuthedRequest
from kit.pages import paginate
from kit.ratelimit import rate_limited
from marketplace.courseware.selectors import course_view
from marketplace.kinds import fact, kind_label
from marketplace.library.access import get_own_work
from marketplace.library.selectors import (
    Counts,
    counts_of,
    files_of,
    other_courses_of,
    shelf_cards,
    versions_of,
    works_of,
)
from marketplace.models import Product
from marketplace.orders.access import get_own_order
from marketplace.orders.receipts import paid_with, receipt_name, receipt_pdf
from marketplace.orders.selectors import goods_of, order_lines, purchases_of, refunds_under_way, waiting_orders

SEARCH_FROM = 9
"""Works, files or purchases from which on a field to search in them is shown."""


@require_GET
def show(request: AuthedRequest) -> HttpResponse:
    words, counts = _words(request), counts_of(request.user)
    page = paginate(works_of(request.user, words=words), request, 24)
    others = other_courses_of(request.user) if page.number == 1 and not words else []
    context = {"page": page, "cards": shelf_cards(list(page.object_list)), "others": others, "waiting": _waiting(request)}
    return _render(request, "library", counts, words, counts.works, context)


@require_GET
def files(request: AuthedRequest) -> HttpResponse:
    words, counts = _words(request), counts_of(request.user)
    page = paginate(files_of(request.user, words=words), request, 50)
    return _render(request, "files", counts, words, counts.files, {"page": page})


@require_GET
def purchases(request: AuthedRequest) -> HttpResponse:
    counts = counts_of(request.user)
    page = paginate(purchases_of(request.user), request, 24)
    return _render(request, "purchases", counts, "", 0, {"page": page, "waiting": _waiting(request)})


@require_GET
def work(request: AuthedRequest, slug: str) -> HttpResponse:
    held = get_own_work(request.user, slug)
    versions = list(versions_of(held.product))
    course = course_view(held.product, request.user)
    context = {
        "course": course,
        "held": held,
        "product": held.product,
        "kind_label": kind_label(held.product.kind),
        "fact": fact(held.product),
        "newest": versions[0] if versions else None,
        "older": versions[1:],
    }
    return render(request, "marketplace/library/work.html", context)


@never_cache
@require_GET
def purchase(request: AuthedRequest, number: str) -> HttpResponse:
    order = get_own_order(request.user, number)
    lines = list(order_lines(order))
    goods = {entry.line.pk for entry in goods_of(order)}
    context = {
        "order": order,
        "lines": [(line, line.pk in goods) for line in lines],
        "refunded_minor": sum(line.refunded_minor for line in lines),
        "on_its_way_minor": refunds_under_way(order),
        "paid_with": paid_with(order),
    }
    return render(request, "marketplace/library/purchase.html", context)


@require_GET
@rate_limited("receipt", "20/m", by="user")
def receipt(request: AuthedRequest, number: str) -> HttpResponse:
    order = get_own_order(request.user, number)
    if not order.is_settled:
        raise NotFound
    headers = {"Content-Disposition": content_disposition_header(True, receipt_name(order)) or "", "Cache-Control": "private, no-store"}
    return HttpResponse(receipt_pdf(order), content_type="application/pdf", headers=headers)


def _words(request: AuthedRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:100]


def _waiting(request: AuthedRequest) -> list[Any]:
    return list(waiting_orders(request.user, now=timezone.now())[:3])


def _render(request: AuthedRequest, tab: str, counts: Counts, words: str, many: int, extra: dict[str, Any]) -> HttpResponse:
    context = {"tab": tab, "counts": counts, "words": words, "searchable": many >= SEARCH_FROM or bool(words), **extra}
    if tab == "library" and counts.works == 0 and not extra.get("others"):
        context["free_works"] = Product.objects.live().filter(price_minor=0).count()
    return render(request, f"marketplace/library/{tab}.html", context)
