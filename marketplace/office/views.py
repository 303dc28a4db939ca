"""The creator's pages: what happened, what it earned, what waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.access import creator_required
from accounts.models import User
from kit.csv_export import csv_response
from kit.http import AuthedRequest
from kit.money import format_money, to_major
from marketplace.access import get_own_product
from marketplace.goods import GOODS
from marketplace.models import Product, State
from marketplace.office.charts import Chart, draw_bars
from marketplace.office.periods import CHOICES, Period
from marketplace.office.selectors import (
    METRICS,
    Activity,
    Row,
    count_by_state,
    entries_of,
    latest_money,
    lines_by_reference,
    list_balances,
    main_currency,
    read_activity_and_before,
    read_product_rows,
)
from marketplace.office.statements import list_statements
from marketplace.office.todos import describe_sales, list_todos, with_latest_note
from marketplace.orders.models import OrderLine
from payments.ledger.selectors import holds

METRIC_LABELS = {
    "earned_minor": gettext_lazy("You earned"),
    "sold": gettext_lazy("Sold"),
    "views": gettext_lazy("Views"),
    "downloads": gettext_lazy("Downloads"),
}


def chart_of(activity: Activity, before: Activity, metric: str, currency: str) -> Chart:
    """The chart of one metric, with the stretch before as its line."""

    def show(value: int) -> str:
        return format_money(value, currency) if metric == "earned_minor" else number_format(value, use_l10n=True, force_grouping=True)

    return draw_bars(
        activity.period.dates,
        activity.values(metric),
        before.values(metric),
        what=str(METRIC_LABELS[metric]),
        show=show,
        today=timezone.localdate(),
    )


def activity_context(request: AuthedRequest, currency: str, product: Product | None = None) -> dict[str, Any]:
    """Period, metric and chart as the address asks for them."""
    period = Period.parse(request.GET.get("days"))
    asked = request.GET.get("metric")
    metric = asked if asked in METRICS else "earned_minor"
    activity, before = read_activity_and_before(request.user, period, currency, product=product)
    return {
        "period": period,
        "activity": activity,
        "before": before,
        "metric": metric,
        "metric_label": METRIC_LABELS[metric],
        "metrics": [(key, METRIC_LABELS[key]) for key in METRICS],
        "chart": chart_of(activity, before, metric, currency),
        "day_choices": CHOICES,
        "change": _change(activity.total.earned_minor, before.total.earned_minor),
        "currency": currency,
    }


def _change(now: int, before: int) -> int | None:
    """Per cent up or down; None when there is nothing to compare with."""
    return round((now - before) * 100 / before) if before > 0 else None


@require_GET
@creator_required
def overview(request: AuthedRequest) -> HttpResponse:
    """/dashboard/ (R59, R69, R236)."""
    balances = list_balances(request.user)
    currency = main_currency(balances, request.GET.get("currency"))
    context = activity_context(request, currency)
    today = context["activity"].days[timezone.localdate()]
    mine = Product.objects.of(request.user).exclude(state=State.ARCHIVED).order_by("-sales_count", "-updated_at")
    products = list(with_latest_note(mine))
    rows = read_product_rows(request.user, products, context["period"], currency)
    ranked = sorted(products, key=lambda p: (-rows[p.pk].earned_minor, -rows[p.pk].sold, -rows[p.pk].views))[:6]
    context |= {
        "balance": next((b for b in balances if b.currency == currency), balances[0]),
        "balances": balances,
        "today": today,
        "sales_today": describe_sales(today.sold),
        "greeting": _greeting(),
        "rows": [(product, rows[product.pk]) for product in ranked],
        "product_count": len(products),
        "todos": list_todos(request.user, products),
        "statements": list_statements(request.user, list(latest_money(request.user)[:6])),
    }
    template = "marketplace/office/overview.html"
    return render(request, template + "#activity" if request.htmx and not request.htmx.boosted else template, context)


def _greeting() -> str:
    hour = timezone.localtime().hour
    if 5 <= hour < 12:
        return _("Good morning")
    return _("Good afternoon") if 12 <= hour < 18 else _("Good evening")


@require_GET
@creator_required
def product_list(request: AuthedRequest) -> HttpResponse:
    """/dashboard/products/ (R60, R118)."""
    period = Period.parse(request.GET.get("days"))
    currency = main_currency(list_balances(request.user), request.GET.get("currency"))
    counts = count_by_state(request.user)
    state = request.GET.get("state", "")
    products = Product.objects.of(request.user).select_related("category", "course_listing__course").order_by("-updated_at", "-pk")
    if state in State.values:
        products = products.filter(state=state)
    page = Paginator(products, 25).get_page(request.GET.get("page"))
    rows = read_product_rows(request.user, page.object_list, period, currency)
    total = Row()
    for product in page.object_list:
        total.add(rows[product.pk])
    context = {
        "page": page,
        "rows": [(product, rows[product.pk]) for product in page.object_list],
        "total": total,
        "period": period,
        "currency": currency,
        "state": state if state in State.values else "",
        "states": [(value, label, counts[value]) for value, label in State.choices if counts[value]],
        "everything": sum(counts.values()),
    }
    return render(request, "marketplace/office/products.html", context)


@require_GET
@creator_required
def product_analytics(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/products/<slug>/analytics/ (R85, R86, R124)."""
    product = get_own_product(request.user, slug)
    context = activity_context(request, product.currency, product)
    goods = GOODS.get(product.kind)
    context |= {
        "product": product,
        "workshop_url": goods.workshop_url(product) if goods else "",
        "recent": OrderLine.objects.filter(product=product, sold_at__isnull=False)
        .select_related("order__buyer__profile")
        .order_by("-sold_at")[:10],
    }
    template = "marketplace/office/analytics.html"
    return render(request, template + "#activity" if request.htmx and not request.htmx.boosted else template, context)


@require_GET
@creator_required
def earnings(request: AuthedRequest) -> HttpResponse:
    """/dashboard/earnings/ (R64, R102, R105, R106)."""
    balances = list_balances(request.user)
    currency = main_currency(balances, request.GET.get("currency"))
    page = Paginator(latest_money(request.user, currency), 50).get_page(request.GET.get("page"))
    context = {
        "balances": balances,
        "balance": next(b for b in balances if b.currency == currency),
        "currency": currency,
        "holds": [hold for hold in holds(request.user) if hold.currency == currency],
        "page": page,
        "statements": list_statements(request.user, list(page.object_list)),
        "csv_query": urlencode({"currency": currency}),
    }
    return render(request, "marketplace/office/earnings.html", context)


@require_GET
@creator_required
def earnings_csv(request: AuthedRequest) -> HttpResponseBase:
    """The whole history as a file; amounts in major units, one row per ledger entry."""
    currency = request.GET.get("currency", "")
    entries = entries_of(request.user, currency or None).select_related("transaction", "account").order_by("transaction__occurred_at", "id")
    header = ["date", "kind", "what", "order", "buyer_paid", "site_share", "yours", "currency", "available_from"]
    return csv_response("earnings.csv", header, _csv_rows(request.user, entries.iterator(chunk_size=500)))


def _csv_rows(creator: User, entries: Iterator[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == 500:
            yield from _csv_batch(creator, batch)
            batch = []
    yield from _csv_batch(creator, batch)


def _csv_batch(creator: User, batch: list[Any]) -> Iterator[list[Any]]:
    lines = lines_by_reference(batch, creator)
    show: Callable[[int | None, str], str] = lambda minor, currency: "" if minor is None else str(to_major(minor, currency))  # noqa: E731
    for entry, statement in zip(batch, list_statements(creator, batch, lines), strict=True):
        currency = entry.account.currency
        yield [
            entry.transaction.occurred_at.isoformat(),
            entry.transaction.kind,
            statement.what,
            statement.order_number,
            show(statement.paid_minor, currency),
            show(statement.site_minor, currency),
            show(entry.amount_minor, currency),
            currency,
            entry.available_at.isoformat(),
        ]
