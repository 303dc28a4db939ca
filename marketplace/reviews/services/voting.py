"""Helpful votes (R128)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from marketplace.reviews.errors import NoSuchReview, OwnReview
from marketplace.reviews.models import HelpfulVote, Review

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def mark_helpful(review: Review, *, by: User) -> Review:
    """`by` finds it helpful; saying so twice is once. Raises `OwnReview`, `NoSuchReview` when it has gone."""
    locked = _lock(review)
    if locked.author_id == by.pk:
        raise OwnReview
    _vote, created = HelpfulVote.objects.get_or_create(review=locked, voter=by)
    return _count(locked, int(created))


@transaction.atomic
def unmark_helpful(review: Review, *, by: User) -> Review:
    """Takes it back; nothing happens where nothing was said."""
    locked = _lock(review)
    deleted, _rows = HelpfulVote.objects.filter(review=locked, voter=by).delete()
    return _count(locked, -deleted)


def _lock(review: Review) -> Review:
    locked = Review.objects.select_for_update(no_key=True).filter(pk=review.pk).first()
    if locked is None:
        raise NoSuchReview
    return locked


def _count(review: Review, change: int) -> Review:
    if change:
        Review.objects.filter(pk=review.pk).update(helpful_count=F("helpful_count") + change)
        review.helpful_count += change
    return review
