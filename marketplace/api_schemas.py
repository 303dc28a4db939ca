"""Shapes of the API that several rooms share. Amounts are whole minor units with their currency."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from ninja import Schema
from pydantic import StringConstraints

from marketplace.kinds import CourseDetails, details_of, fact
from marketplace.models import Asset, Product
from marketplace.pricing import price_label

Slug = Annotated[str, StringConstraints(max_length=140, pattern=r"^[-a-zA-Z0-9_]+$")]
"""A product's address."""


class CreatorOut(Schema):
    username: str
    name: str
    url: str


class ProductCard(Schema):
    """A work as lists show it. `price_minor` is the minimum for pay-what-you-want. `user_has_access`: whoever asks made it or has it;
    false for visitors."""

    slug: str
    url: str
    kind: str
    title: str
    summary: str
    creator: CreatorOut
    category: str | None
    pricing: str
    price_minor: int
    suggested_minor: int | None
    compare_at_minor: int | None
    currency: str
    price_label: str
    fact: str
    has_free_preview: bool
    free_preview_lesson_count: int
    user_has_access: bool
    cover_url: str
    rating_average: float | None
    rating_count: int
    download_count: int
    published_at: datetime | None


class FileOut(Schema):
    id: UUID
    name: str
    size_bytes: int
    sha256: str
    content_type: str
    pages: int | None


class VersionOut(Schema):
    label: str
    number: int
    changelog: str
    state: str
    published_at: datetime | None


def absolute(url: str) -> str:
    """An address with the site's own in front, unless it has one."""
    return f"{settings.SITE_URL}{url}" if url.startswith("/") else url


def card_of(product: Product, *, has_access: bool = False) -> dict[str, Any]:
    """`ProductCard` of a product read by `ProductQuerySet.for_cards()`: no query."""
    creator = product.creator
    details = details_of(product)
    return {
        "slug": product.slug,
        "url": absolute(product.get_absolute_url()),
        "kind": product.kind,
        "title": product.title,
        "summary": product.summary,
        "creator": {"username": creator.username, "name": creator.name, "url": absolute(creator.get_absolute_url())},
        "category": product.category.slug if product.category else None,
        "pricing": product.pricing,
        "price_minor": product.price_minor,
        "suggested_minor": product.suggested_minor,
        "compare_at_minor": product.compare_at_minor,
        "currency": product.currency,
        "price_label": price_label(product),
        "fact": fact(product),
        "has_free_preview": product.has_free_preview,
        "free_preview_lesson_count": details.free_lessons or 0 if isinstance(details, CourseDetails) else 0,
        "user_has_access": has_access,
        "cover_url": absolute(product.cover_url),
        "rating_average": product.rating_average if product.rating_count else None,
        "rating_count": product.rating_count,
        "download_count": product.download_count,
        "published_at": product.published_at,
    }


def details_as_stored(product: Product) -> dict[str, Any]:
    return details_of(product).as_stored()


def file_of(asset: Asset) -> dict[str, Any]:
    return {name: getattr(asset, name) for name in FileOut.model_fields}
