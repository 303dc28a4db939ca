"""The number beside a filter is the number of works that one sees on choosing it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from kit.events import publish
from kit.events.testing import deliver_all
from marketplace.events import ProductArchived
from marketplace.models import Product, Tag
from marketplace.search.backend import search_products
from marketplace.search.cached import new_edition
from marketplace.search.query import PER_PAGE, PRICES, RATINGS, BrowseQuery
from tests.factories import make_category, make_product, make_user

KINDS = ("prompt", "template", "ebook", "course")
CATEGORIES = ("Writing", "Photography", "Music")
TAGS = ("type", "ink")

works = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.sampled_from(CATEGORIES),
        st.sampled_from([("fixed", 900), ("free", 0), ("pwyw", 0), ("pwyw", 300)]),
        st.sampled_from([None, 3]),
        st.sampled_from([(0, 0), (10, 2), (8, 2), (9, 2), (3, 2)]),
        st.sets(st.sampled_from(TAGS)),
        st.sampled_from(("live", "live", "live", "archived")),
    ),
    max_size=14,
)
questions = st.builds(
    BrowseQuery,
    q=st.sampled_from(("", "", "work")),
    kind=st.sampled_from(("", *KINDS)),
    categories=st.sets(st.sampled_from([name.lower() for name in CATEGORIES])).map(lambda slugs: tuple(sorted(slugs))),
    tags=st.sets(st.sampled_from(TAGS)).map(lambda slugs: tuple(sorted(slugs))),
    price=st.sampled_from(("", *PRICES)),
    rating=st.sampled_from(("", *RATINGS)),
)


def matches(product: Product, query: BrowseQuery) -> bool:
    """The filters in plain words, for comparison."""
    free_lessons = bool(product.details.get("free_lessons"))
    prices = {
        "": True,
        "free": product.pricing == "free",
        "freemium": free_lessons if product.price_minor else product.pricing == "pwyw",  # R217
        "paid": product.price_minor > 0,
    }
    average = product.rating_sum / product.rating_count if product.rating_count else 0
    assert product.category
    return (
        product.state == "live"
        and query.kind in ("", product.kind)
        and (not query.categories or product.category.slug in query.categories)
        and set(query.tags) <= {tag.slug for tag in product.tags.all()}
        and prices[query.price]
        and (not query.rating or average >= float(query.rating))
    )


def count(products: Iterable[Product], query: BrowseQuery) -> int:
    return sum(matches(product, query) for product in products)


class FacetsEqualCounting(TestCase):
    @settings(max_examples=60)
    @given(works, questions)
    def test_every_count_is_what_counting_one_by_one_gives(self, rows, query) -> None:  # type: ignore[no-untyped-def]
        new_edition()
        maker = make_user(creator=True)
        tags = {name: Tag.objects.get_or_create(slug=name, defaults={"name": name})[0] for name in TAGS}
        for kind, category, (pricing, price), free_lessons, (total, number), chosen, state in rows:
            product = make_product(
                maker,
                kind=kind,
                category=make_category(category),
                pricing=pricing,
                price_minor=price,
                details={"lessons": 9, "free_lessons": free_lessons} if kind == "course" else {},
                rating_sum=total,
                rating_count=number,
                state=state,
            )
            product.tags.set([tags[name] for name in chosen])
        for name in CATEGORIES:
            make_category(name)
        products = list(Product.objects.select_related("category").prefetch_related("tags"))
        results = search_products(query)
        facets = results.facets
        assert facets.total == results.total == count(products, query)
        for value, n in facets.kinds:
            assert n == count(products, query.with_(kind=value))
        assert {value for value, _n in facets.kinds} >= {kind for kind in KINDS if count(products, query.with_(kind=kind))}
        counted = dict(facets.categories)
        for category in results.categories:
            assert counted.get(category.pk, 0) == count(products, query.with_(categories=(category.slug,)))
        for value, n in facets.prices:
            assert n == count(products, query.with_(price=value))
        for value, n in facets.ratings:
            assert n == count(products, query.with_(rating=value))
        for slug, _name, n in facets.tags:
            assert n == count(products, query.with_(tags=tuple(sorted({*query.tags, slug}))))
        if query.order != "relevance":
            assert {product.pk for product in results.products} <= {product.pk for product in products if matches(product, query)}
        assert len(results.products) == min(PER_PAGE, results.total)

    @settings(max_examples=100)
    @given(questions, st.integers(1, 500))
    def test_an_address_says_the_same_when_it_is_read_again(self, query, page) -> None:  # type: ignore[no-untyped-def]
        query = query.with_(page=page)
        assert BrowseQuery.parse(QueryDict(query.query_string())) == query

    @settings(max_examples=200)
    @given(
        st.dictionaries(
            st.sampled_from(["q", "kind", "category", "tag", "price", "rating", "sort", "page", "foo"]),
            st.lists(st.text(max_size=30), max_size=3),
        )
    )
    def test_an_address_of_nonsense_is_read_politely(self, pairs) -> None:  # type: ignore[no-untyped-def]
        data = QueryDict(mutable=True)
        for name, values in pairs.items():
            data.setlist(name, values)
        results = search_products(BrowseQuery.parse(data))
        assert results.pages >= 1

    def test_an_archived_work_is_gone_at_once_and_uncounted_after_its_event(self) -> None:
        maker = make_user(creator=True)
        product, _other = make_product(maker), make_product(maker)
        for _ in range(PER_PAGE):
            make_product(maker)
        assert search_products(BrowseQuery()).total == PER_PAGE + 2
        with transaction.atomic():
            product.state = "archived"
            product.save()
            publish(ProductArchived(product_id=product.pk))
        results = search_products(BrowseQuery(sort="price"))
        assert product.pk not in [row.pk for row in results.products]
        deliver_all()
        assert search_products(BrowseQuery()).total == PER_PAGE + 1
