"""Leafing: every work once, the last page reachable, the cost the same for one row and for many."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from marketplace.search.backend import search_products
from marketplace.search.cached import new_edition
from marketplace.search.query import LAST_PAGE, PER_PAGE, SORTS, BrowseQuery
from tests.factories import make_product

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("sort", [name for name in SORTS if name != "relevance"])
def test_leafing_shows_every_work_exactly_once(ada: User, sort: str) -> None:
    made = {make_product(ada, download_count=n % 3, price_minor=100 + n % 2).pk for n in range(2 * PER_PAGE + 3)}
    seen = [product.pk for page in (1, 2, 3) for product in search_products(BrowseQuery(sort=sort, page=page)).products]
    assert len(seen) == len(set(seen))
    assert set(seen) == made


def test_a_page_beyond_the_end_is_the_last_one(ada: User) -> None:
    for _ in range(PER_PAGE + 1):
        make_product(ada)
    results = search_products(BrowseQuery(page=LAST_PAGE))
    assert (results.query.page, results.pages, len(results.products)) == (2, 2, 1)
    assert (results.first, results.last) == (PER_PAGE + 1, PER_PAGE + 1)


@pytest.mark.parametrize("query", [BrowseQuery(), BrowseQuery(kind="ebook", categories=("writing",), price="paid"), BrowseQuery(q="work")])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    ada: User, query: BrowseQuery, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    make_product(ada)
    counts = []
    for more in (0, 30):
        for _ in range(more):
            make_product(ada)
        new_edition()
        with django_assert_max_num_queries(6) as captured:
            results = search_products(query)
            assert len(results.products) == min(PER_PAGE, 1 + more)
        counts.append(len(captured))
    assert counts[0] == counts[1]
