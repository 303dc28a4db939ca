from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from marketplace.models import Product
from marketplace.orders.models import Entitlement
from marketplace.reviews.models import Review
from marketplace.reviews.services.rating import rate_product
from tests.factories import make_user

pytestmark = pytest.mark.django_db
Give = Callable[..., Entitlement]


def test_a_buyer_writes_changes_and_deletes_her_review(client: Client, work: Product, ben: User, give: Give) -> None:
    give(ben, work)
    client.force_login(ben)
    mine = f"/marketplace/{work.slug}/reviews/mine/"
    assert client.get(mine).status_code == 200
    answer = client.post(mine, {"stars": "4", "title": "Dry", "text": "Eleven firings."}, follow=True)
    assert answer.redirect_chain[0][0] == f"/marketplace/{work.slug}/#reviews"
    page = answer.content.decode()
    assert "Eleven firings." in page
    assert "Verified purchase" in page  # R127
    client.post(mine, {"stars": "2", "title": "", "text": ""})
    assert Review.objects.get().stars == 2
    assert "Delete your review" in client.get(f"{mine}delete/").content.decode()
    client.post(f"{mine}delete/")
    assert not Review.objects.exists()


def test_a_review_without_stars_is_refused_and_keeps_the_words(client: Client, work: Product, ben: User, give: Give) -> None:
    give(ben, work)
    client.force_login(ben)
    answer = client.post(f"/marketplace/{work.slug}/reviews/mine/", {"text": "Eleven firings."})
    assert answer.status_code == 422
    assert "Choose one to five stars." in answer.content.decode()
    assert "Eleven firings." in answer.content.decode()
    assert not Review.objects.exists()


def test_a_stranger_cannot_review(client: Client, work: Product, cleo: User) -> None:
    client.force_login(cleo)
    answer = client.post(f"/marketplace/{work.slug}/reviews/mine/", {"stars": "1"})
    assert answer.status_code == 403
    assert not Review.objects.exists()


def test_a_visitor_is_sent_to_the_login(client: Client, work: Product) -> None:
    answer = client.get(f"/marketplace/{work.slug}/reviews/mine/")
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_reviews_of_a_draft_are_nowhere(client: Client, work: Product, ben: User, give: Give) -> None:
    give(ben, work)
    review = rate_product(work, by=ben, stars=5)
    Product.objects.filter(pk=work.pk).update(state="draft")
    assert client.get(f"/marketplace/{work.slug}/reviews/").status_code == 404
    client.force_login(make_user())
    assert client.post(f"/reviews/{review.pk}/helpful/").status_code == 404


def test_a_helpful_vote_as_page_and_as_fragment(client: Client, work: Product, ben: User, cleo: User, give: Give) -> None:  # R128
    give(ben, work)
    review = rate_product(work, by=ben, stars=5)
    client.force_login(cleo)
    answer = client.post(f"/reviews/{review.pk}/helpful/", {"found": "yes"})
    assert answer["Location"] == f"/marketplace/{work.slug}/#reviews"
    fragment = client.post(f"/reviews/{review.pk}/helpful/", {"found": "no"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "Helpful" in fragment
    review.refresh_from_db()
    assert review.helpful_count == 0
    assert client.get(f"/reviews/{review.pk}/helpful/").status_code == 405


def test_what_people_write_is_text(client: Client, work: Product, give: Give) -> None:
    person = make_user()
    person.profile.display_name = "<b>Eve</b>"
    person.profile.save()
    give(person, work)
    rate_product(work, by=person, stars=5, title="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>")
    for path in (f"/marketplace/{work.slug}/", f"/marketplace/{work.slug}/reviews/"):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>Eve" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_the_list_asks_as_often_for_thirty_reviews_as_for_one(
    client: Client, work: Product, give: Give, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for more in (1, 29):
        for _ in range(more):
            person = make_user()
            give(person, work)
            rate_product(work, by=person, stars=4, text="Good.")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/marketplace/{work.slug}/reviews/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
