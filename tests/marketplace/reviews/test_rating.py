"""Stars and words of those who have the work (R51, R127, R128)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.db.models import Avg, Count, Sum
from django.utils import timezone

from accounts.models import User
from kit.events import publish
from kit.events.testing import deliver_all
from marketplace.models import Product
from marketplace.orders.events import ProductRevoked
from marketplace.orders.models import Entitlement
from marketplace.reviews.errors import BadRating, MayNotReview, OwnReview
from marketplace.reviews.models import Review
from marketplace.reviews.selectors import distribution, reviews_of
from marketplace.reviews.services.rating import delete_review, rate_product
from marketplace.reviews.services.voting import mark_helpful, unmark_helpful

pytestmark = pytest.mark.django_db
Give = Callable[..., Entitlement]


def counters(product: Product) -> tuple[int, int]:
    product.refresh_from_db()
    return product.rating_sum, product.rating_count


def test_a_buyer_rates_and_the_average_follows(work: Product, ben: User, cleo: User, give: Give) -> None:  # R51
    give(ben, work)
    give(cleo, work)
    rate_product(work, by=ben, stars=5, title="Dry", text="Eleven firings.")
    rate_product(work, by=cleo, stars=2)
    assert counters(work) == (7, 2)
    assert work.rating_average == 3.5
    assert [(bar.stars, bar.count, bar.percent) for bar in distribution(work)] == [(5, 1, 50), (4, 0, 0), (3, 0, 0), (2, 1, 50), (1, 0, 0)]


def test_rating_again_changes_and_does_not_add(work: Product, ben: User, give: Give) -> None:
    give(ben, work)
    rate_product(work, by=ben, stars=5)
    rate_product(work, by=ben, stars=1, text="It burnt.")
    assert counters(work) == (1, 1)
    assert Review.objects.get().text == "It burnt."


def test_deleting_takes_the_stars_back(work: Product, ben: User, give: Give) -> None:
    give(ben, work)
    rate_product(work, by=ben, stars=4)
    assert delete_review(work, by=ben)
    assert counters(work) == (0, 0)
    assert not delete_review(work, by=ben)
    assert counters(work) == (0, 0)


def test_who_does_not_have_it_cannot_review(work: Product, cleo: User) -> None:
    with pytest.raises(MayNotReview):
        rate_product(work, by=cleo, stars=5)
    assert counters(work) == (0, 0)
    assert not Review.objects.exists()


def test_who_made_it_cannot_review_even_with_a_copy(work: Product, ada: User, give: Give) -> None:
    give(ada, work)
    with pytest.raises(MayNotReview):
        rate_product(work, by=ada, stars=5)


def test_who_gave_it_back_cannot_review(work: Product, ben: User, give: Give) -> None:
    entitlement = give(ben, work)
    entitlement.revoked_at = timezone.now()
    entitlement.save()
    with pytest.raises(MayNotReview):
        rate_product(work, by=ben, stars=5)


@pytest.mark.parametrize("stars", [0, 6, -1, 100])
def test_other_than_one_to_five_stars_are_refused(work: Product, ben: User, give: Give, stars: int) -> None:
    give(ben, work)
    with pytest.raises(BadRating):
        rate_product(work, by=ben, stars=stars)
    assert not Review.objects.exists()


def revoke(entitlement: Entitlement) -> None:
    with transaction.atomic():
        entitlement.revoked_at = timezone.now()
        entitlement.save()
        publish(ProductRevoked(entitlement_id=entitlement.pk, user_id=entitlement.user_id, product_id=entitlement.product_id))


def test_a_refund_takes_the_rating(work: Product, ben: User, give: Give) -> None:
    entitlement = give(ben, work)
    rate_product(work, by=ben, stars=1)
    revoke(entitlement)
    deliver_all()
    assert counters(work) == (0, 0)
    assert not Review.objects.exists()


def test_who_has_it_again_by_then_keeps_her_rating(work: Product, ben: User, give: Give) -> None:
    entitlement = give(ben, work)
    rate_product(work, by=ben, stars=3)
    revoke(entitlement)
    give(ben, work)
    deliver_all()
    assert counters(work) == (3, 1)


def test_the_badge_is_for_bought_works_only(work: Product, ben: User, cleo: User, give: Give) -> None:  # R127
    give(ben, work)
    give(cleo, work, "free")
    rate_product(work, by=ben, stars=5)
    rate_product(work, by=cleo, stars=5)
    assert {review.author.username: review.is_verified for review in reviews_of(work, ben)} == {"ben": True, "cleo": False}


def test_helpful_votes_count_once_and_order_the_list(work: Product, ada: User, ben: User, cleo: User, give: Give) -> None:  # R128
    give(ben, work)
    give(cleo, work)
    first = rate_product(work, by=ben, stars=5)
    rate_product(work, by=cleo, stars=4)
    mark_helpful(first, by=cleo)
    mark_helpful(first, by=cleo)
    mark_helpful(first, by=ada)
    first.refresh_from_db()
    assert first.helpful_count == 2
    assert [review.author.username for review in reviews_of(work, ada)] == ["ben", "cleo"]
    assert [review.is_found_helpful for review in reviews_of(work, ada)] == [True, False]
    unmark_helpful(first, by=ada)
    unmark_helpful(first, by=ada)
    first.refresh_from_db()
    assert first.helpful_count == 1


def test_nobody_votes_for_her_own_review(work: Product, ben: User, give: Give) -> None:
    give(ben, work)
    review = rate_product(work, by=ben, stars=5)
    with pytest.raises(OwnReview):
        mark_helpful(review, by=ben)
    review.refresh_from_db()
    assert review.helpful_count == 0


def test_the_counters_are_what_the_rows_say(work: Product, ben: User, cleo: User, mo: User, give: Give) -> None:
    for user, stars in ((ben, 5), (cleo, 2), (mo, 4)):
        give(user, work)
        rate_product(work, by=user, stars=stars)
    rate_product(work, by=mo, stars=1)
    delete_review(work, by=cleo)
    said = Review.objects.aggregate(sum=Sum("stars"), n=Count("pk"), mean=Avg("stars"))
    assert counters(work) == (said["sum"], said["n"])
    assert work.rating_average == said["mean"]
