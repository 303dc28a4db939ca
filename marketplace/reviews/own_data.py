"""A person's reviews, for the archive of her data. When she closes her account they stay, by "a closed account"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accounts.models import User
from marketplace.reviews.models import HelpfulVote, Review


def reviews_of(user: User) -> Iterator[dict[str, Any]]:
    for review in Review.objects.filter(author=user).select_related("product").order_by("created_at").iterator(500):
        yield {
            "title": review.product.title,
            "stars": review.stars,
            "headline": review.title,
            "text": review.text,
            "written_at": review.created_at,
            "changed_at": review.updated_at,
        }


def helpful_votes_of(user: User) -> Iterator[dict[str, Any]]:
    """Which reviews she found helpful."""
    for vote in HelpfulVote.objects.filter(voter=user).select_related("review__product").order_by("pk").iterator(500):
        yield {"title": vote.review.product.title, "headline": vote.review.title}
