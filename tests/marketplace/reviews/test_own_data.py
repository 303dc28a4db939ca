"""One's archive holds what one wrote, and only that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.data_export import exporters
from accounts.models import User
from marketplace.models import Product
from marketplace.orders.models import Entitlement
from marketplace.reviews.services.rating import rate_product
from marketplace.reviews.services.voting import mark_helpful

pytestmark = pytest.mark.django_db


def test_the_archive_holds_ones_reviews_and_votes(work: Product, ben: User, cleo: User, give: Callable[..., Entitlement]) -> None:
    give(ben, work)
    give(cleo, work)
    review = rate_product(work, by=ben, stars=5, title="Dry", text="Eleven firings.")
    rate_product(work, by=cleo, stars=2)
    mark_helpful(review, by=cleo)

    bens = list(exporters()["reviews"](ben))
    assert [(row["title"], row["stars"], row["headline"], row["text"]) for row in bens] == [(work.title, 5, "Dry", "Eleven firings.")]
    assert list(exporters()["helpful_votes"](ben)) == []
    assert list(exporters()["helpful_votes"](cleo)) == [{"title": work.title, "headline": "Dry"}]
