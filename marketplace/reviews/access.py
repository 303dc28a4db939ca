"""Who may review what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser

from marketplace.models import Product
from marketplace.orders.access import has_access
from marketplace.reviews.errors import MayNotReview, NoSuchReview
from marketplace.reviews.models import Review

if TYPE_CHECKING:
    from accounts.models import User


def can_review(user: User | AnonymousUser, product: Product) -> bool:
    """Those who have it and did not make it."""
    return user.is_authenticated and product.creator_id != user.pk and has_access(user, product)


def check_may_review(user: User | AnonymousUser, product: Product) -> None:
    """Raises `MayNotReview`."""
    if not can_review(user, product):
        raise MayNotReview


def get_public_review(pk: int) -> Review:
    """A review of a work that everybody sees. Raises `NoSuchReview`."""
    review = Review.objects.select_related("product").filter(pk=pk, product__state="live").first()
    if review is None:
        raise NoSuchReview
    return review


def get_own_review(user: User, product: Product) -> Review:
    """Raises `NoSuchReview`."""
    review = Review.objects.filter(author=user, product=product).first()
    if review is None:
        raise NoSuchReview
    return review
