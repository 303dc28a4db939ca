"""Rating by the API (R43, R51)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.responses import Status
from pydantic import StringConstraints

from accounts.api_auth import user_auth
from accounts.models import User
from kit.ratelimit import limit as limit_rate
from marketplace.access import get_visible_product
from marketplace.api_schemas import Slug
from marketplace.reviews.models import Review
from marketplace.reviews.selectors import reviews_of
from marketplace.reviews.services.rating import delete_review, rate_product

reviews_router = Router(tags=["reviews"])


class RatingIn(Schema):
    stars: int = Field(ge=1, le=5)
    title: Annotated[str, StringConstraints(max_length=120)] = ""
    text: Annotated[str, StringConstraints(max_length=5000)] = ""


class ReviewOut(Schema):
    """`verified`: the author bought the work and still has it (R127)."""

    author: str
    author_name: str
    stars: int
    title: str
    text: str
    verified: bool
    helpful_count: int
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def resolve_author(review: Review) -> str:
        return review.author.username

    @staticmethod
    def resolve_author_name(review: Review) -> str:
        return review.author.name

    @staticmethod
    def resolve_verified(review: Any) -> bool:
        return bool(review.is_verified)


class ReviewsPage(Schema):
    count: int
    items: list[ReviewOut]


@reviews_router.get("/products/{slug}/reviews", response={200: ReviewsPage}, auth=None, summary="Reviews of a product")
def list_reviews(
    request: HttpRequest, slug: Slug, limit: int = Query(50, ge=1, le=100), offset: int = Query(0, ge=0, le=100_000)
) -> dict[str, Any]:
    """The most helpful first."""
    reviews = reviews_of(get_visible_product(request.user, slug), request.user)
    return {"count": reviews.count(), "items": list(reviews[offset : offset + limit])}


@reviews_router.put("/products/{slug}/rating", response={200: ReviewOut}, auth=user_auth, summary="Rate a product")
def rate(request: HttpRequest, slug: Slug, payload: RatingIn) -> Review:
    """One review per person; a second one replaces the first. Only for what one has."""
    user = cast(User, request.user)
    limit_rate("api-rate", rate="30/h", request=request, by="user")
    product = get_visible_product(user, slug)
    review = rate_product(product, by=user, stars=payload.stars, title=payload.title, text=payload.text)
    return reviews_of(product, user).get(pk=review.pk)


@reviews_router.delete("/products/{slug}/rating", response={204: None}, auth=user_auth, summary="Take a rating back")
def unrate(request: HttpRequest, slug: Slug) -> Status:
    """Harmless when there is none."""
    user = cast(User, request.user)
    delete_review(get_visible_product(user, slug), by=user)
    return Status(204, None)
