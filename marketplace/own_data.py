"""What a creator's account takes along and leaves behind: her listings in the export, and what closing does to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accounts.models import User
from marketplace.models import Product, State
from marketplace.services.products import delete_product


def products_of(user: User) -> Iterator[dict[str, Any]]:
    """Every listing with its words, price and versions; the files themselves are under "Products"."""
    products = Product.objects.of(user).select_related("category").prefetch_related("tags", "versions__assets").order_by("pk")
    for product in products:
        yield {
            "title": product.title,
            "address": product.slug,
            "kind": product.kind,
            "state": product.state,
            "summary": product.summary,
            "description": product.description,
            "sample_output": product.sample_output,
            "details": product.details,
            "language": product.language,
            "category": product.category.name if product.category else None,
            "tags": [tag.name for tag in product.tags.all()],
            "pricing": product.pricing,
            "currency": product.currency,
            "price_minor": product.price_minor,
            "created_at": product.created_at,
            "published_at": product.published_at,
            "versions": [
                {
                    "label": version.label,
                    "changelog": version.changelog,
                    "published_at": version.published_at,
                    "files": [{"name": asset.name, "bytes": asset.size_bytes, "sha256": asset.sha256} for asset in version.assets.all()],
                }
                for version in product.versions.all()
            ],
        }


def close_shop(user: User) -> None:
    """Nothing of a closed account is on sale: what nobody has is deleted, the rest archived for its buyers."""
    for product in Product.objects.of(user).exclude(state__in=[State.ARCHIVED, State.REMOVED]).order_by("pk"):
        delete_product(product, by=user)
