"""Rating and reviewing (R51). The product's sum and count are changed in the same transaction, with its row locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from kit.events import publish
from marketplace.models import Product
from marketplace.reviews.access import check_may_review
from marketplace.reviews.errors import BadRating
from marketplace.reviews.events import ProductReviewed, ReviewDeleted
from marketplace.reviews.models import Review

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def rate_product(product: Product, *, by: User, stars: int, title: str = "", text: str = "") -> Review:
    """Say what `by` thinks of `product`, or change what she said before.

    Raises `BadRating` for other than one to five stars and `MayNotReview` for who does not have it or made it.
    """
    if stars not in (1, 2, 3, 4, 5):
        raise BadRating(field="stars")
    lock_product(product)
    check_may_review(by, product)
    before = Review.objects.filter(product=product, author=by).first()
    review, _created = Review.objects.update_or_create(
        product=product, author=by, defaults={"stars": stars, "title": title.strip()[:120], "text": text.strip()[:5000]}
    )
    _count(product, stars - (before.stars if before else 0), 0 if before else 1)
    publish(ProductReviewed(review_id=review.pk, product_id=product.pk, author_id=by.pk, stars=stars))
    return review


@transaction.atomic
def delete_review(product: Product, *, by: User) -> bool:
    """Take back what `by` said; says whether there was anything."""
    lock_product(product)
    review = Review.objects.filter(product=product, author=by).first()
    if review is None:
        return False
    review.delete()
    _count(product, -review.stars, -1)
    publish(ReviewDeleted(product_id=product.pk, author_id=by.pk))
    return True


def lock_product(product: Product) -> None:
    """All ratings of one product wait for one another."""
    Product.objects.select_for_update(no_key=True).only("pk").get(pk=product.pk)


def _count(product: Product, stars: int, reviews: int) -> None:
    if stars or reviews:
        Product.objects.filter(pk=product.pk).update(rating_sum=F("rating_sum") + stars, rating_count=F("rating_count") + reviews)
