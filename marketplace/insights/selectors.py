"""Views for those who show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Sum

from marketplace.insights.models import ProductDay
from marketplace.models import Product


def views_by_day(products: Iterable[Product] | Iterable[int], since: date) -> dict[date, int]:
    """Views of all these products together, per day (UTC) from `since` on. Days without views are left out.

    Counts of the last minute may still be in the cache.
    """
    rows = ProductDay.objects.filter(product__in=list(products), day__gte=since).values("day").annotate(n=Sum("views")).order_by("day")
    return {row["day"]: row["n"] for row in rows}


def views_by_product(products: Iterable[Product] | Iterable[int], since: date) -> dict[int, int]:
    """Views per product id from `since` on."""
    rows = ProductDay.objects.filter(product__in=list(products), day__gte=since).values("product").annotate(n=Sum("views"))
    return {row["product"]: row["n"] for row in rows}
