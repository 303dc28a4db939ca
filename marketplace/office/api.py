"""A creator's figures by the API (R124)."""

from __future__ import annotations

from datetime import date, datetime
from enum import IntEnum
from typing import Any, cast

from django.http import HttpRequest
from ninja import Query, Router, Schema

from accounts.access import check_creator
from accounts.api_auth import user_auth
from accounts.models import User
from marketplace.models import Product
from marketplace.office.periods import Period
from marketplace.office.selectors import list_balances, main_currency, read_activity, read_product_rows

office_router = Router(tags=["creator"])


class Days(IntEnum):
    """How far back."""

    WEEK = 7
    MONTH = 30
    QUARTER = 90


class RowOut(Schema):
    views: int
    downloads: int
    sold: int
    earned_minor: int


class DayOut(RowOut):
    day: date


class ProductRowOut(RowOut):
    product: str
    title: str


class BalanceOut(Schema):
    currency: str
    total_minor: int
    available_minor: int
    on_hold_minor: int
    next_release_at: datetime | None


class StatisticsOut(Schema):
    """`earned_minor` is the creator's share after refunds, in `currency`."""

    currency: str
    first_day: date
    last_day: date
    total: RowOut
    days: list[DayOut]
    products: list[ProductRowOut]
    balances: list[BalanceOut]


@office_router.get("/statistics", response={200: StatisticsOut}, auth=user_auth, summary="Views, downloads, sales and earnings")
def statistics(request: HttpRequest, days: Days = Days.MONTH, currency: str = Query("", pattern=r"^([A-Z]{3})?$")) -> dict[str, Any]:
    """By day and by product; in the currency asked for if the creator ever sold in it, else in her main one."""
    user = cast(User, request.user)
    check_creator(user)
    period = Period.parse(str(days.value))
    balances = list_balances(user)
    shown = main_currency(balances, currency)
    activity = read_activity(user, period, shown)
    products = list(Product.objects.of(user).only("pk", "slug", "title").order_by("title", "pk"))
    rows = read_product_rows(user, products, period, shown)
    return {
        "currency": shown,
        "first_day": period.first,
        "last_day": period.last,
        "total": vars(activity.total),
        "days": [{"day": day, **vars(row)} for day, row in activity.days.items()],
        "products": [{"product": product.slug, "title": product.title, **vars(rows[product.pk])} for product in products],
        "balances": [vars(balance) for balance in balances],
    }
