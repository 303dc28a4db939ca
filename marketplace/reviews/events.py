"""What happens to reviews."""

from __future__ import annotations

from dataclasses import dataclass

from kit.events import Event


@dataclass(frozen=True, kw_only=True)
class ProductReviewed(Event):
    """Somebody rated a product for the first time or changed what she said."""

    review_id: int
    product_id: int
    author_id: int
    stars: int


@dataclass(frozen=True, kw_only=True)
class ReviewDeleted(Event):
    """By its author, or because she gave the work back."""

    product_id: int
    author_id: int
