"""What pages show of reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, QuerySet, Value

from marketplace.models import Product
from marketplace.orders.models import Entitlement
from marketplace.reviews.models import HelpfulVote, Review

if TYPE_CHECKING:
    from accounts.models import User

SORTS = {"helpful": ("-helpful_count", "-created_at", "-pk"), "newest": ("-created_at", "-pk")}


@dataclass(frozen=True)
class Bar:
    """How many gave so many stars; `percent` is a whole number for the bar's length."""

    stars: int
    count: int
    percent: int


def reviews_of(product: Product, viewer: User | AnonymousUser, *, sort: str = "helpful") -> QuerySet[Review]:
    """The reviews with their authors, one query. Each has `is_verified` (R127: the author bought the work and still has it) and
    `is_found_helpful` (by the viewer)."""
    bought = Entitlement.objects.active().filter(
        product_id=OuterRef("product_id"), user_id=OuterRef("author_id"), source=Entitlement.Source.PURCHASE
    )
    found: Any = Value(False)
    if viewer.is_authenticated:
        found = Exists(HelpfulVote.objects.filter(review_id=OuterRef("pk"), voter_id=viewer.pk))
    return (
        Review.objects.filter(product=product)
        .select_related("author__profile")
        .annotate(is_verified=Exists(bought), is_found_helpful=found)
        .order_by(*SORTS.get(sort, SORTS["helpful"]))
    )


def distribution(product: Product) -> list[Bar]:
    """Five bars, five stars first. One query."""
    counts = dict(Review.objects.filter(product=product).order_by().values_list("stars").annotate(n=Count("pk")))
    return bars(counts)


def bars(counts: dict[int, int]) -> list[Bar]:
    total = sum(counts.values())
    return [Bar(stars, counts.get(stars, 0), round(100 * counts.get(stars, 0) / total) if total else 0) for stars in (5, 4, 3, 2, 1)]


def own_review(product: Product, user: User | AnonymousUser) -> Review | None:
    return Review.objects.filter(product=product, author_id=user.pk).first() if user.is_authenticated else None
