"""What a card shows (templates/components/work_card.html). Pure reading: no query, given `ProductQuerySet.for_cards()`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from marketplace.kinds import CourseDetails, details_of, fact, kind_label
from marketplace.models import Product
from marketplace.pricing import compare_at_label, price_label

NEW_FOR = timedelta(days=14)


def card(product: Product, *, now: datetime | None = None) -> dict[str, Any]:
    """`now` may be given so that a list asks the clock once."""
    creator = product.creator
    return {
        "url": reverse("product", args=[product.slug]),
        "title": product.title,
        "kind": product.kind,
        "kind_label": kind_label(product.kind),
        "fact": fact(product),
        "maker": creator.name,
        "maker_url": reverse("creator", args=[creator.username]),
        "cover_url": product.cover_url,
        "price": price_label(product),
        "compare_at": compare_at_label(product),
        "flag": _flag(product, now or timezone.now()),
        "rating": product.rating_average if product.rating_count else None,
        "rating_count": product.rating_count,
    }


def cards(products: Any) -> list[dict[str, Any]]:
    now = timezone.now()
    return [card(product, now=now) for product in products]


def _flag(product: Product, now: datetime) -> str:
    if product.price_minor and isinstance(details := details_of(product), CourseDetails) and details.offer:
        return details.offer
    if product.published_at and now - product.published_at < NEW_FOR:
        return _("New")
    return ""
