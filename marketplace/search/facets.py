"""How many works each filter would leave.

A group counts as if nothing were chosen in it: next to "Ebook" stands how many there would be on clicking it. All groups
but the tags come from one table of counts per (kind, category, price, rating), the *cube*: a few hundred numbers that
answer every combination of those four filters, so most pages ask no database for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from marketplace.search.query import BrowseQuery

# As search_price_class() and search_rating_class() in the database number them.
PRICE_CLASSES: Final[dict[str, frozenset[int]]] = {"free": frozenset({0}), "freemium": frozenset({1, 3}), "paid": frozenset({2, 3})}
"""What costs nothing at all; what one may begin with for nothing; what costs something. 1 is "pay what you want, from nothing", 3 is
paid with a part that is free: the latter is both paid and free to start (R217)."""
RATING_CLASSES: Final = {"4": 1, "4.5": 2}

T = TypeVar("T")

Cell = tuple[str, int | None, int, int, int]
"""Kind, category, price class, rating class, how many works."""


Counts = tuple[tuple[T, int], ...]


@dataclass(frozen=True)
class Facets:
    """`total` is what the whole question leaves; the groups are keyed by what the address says ("" for any). `is_partial` when
    only the first matches of a very common word were counted: numbers would lie, so pages show none. Pairs rather than dicts, so
    that equal facets are equal keys."""

    total: int
    kinds: Counts[str]
    categories: Counts[int]
    prices: Counts[str]
    ratings: Counts[str]
    tags: tuple[tuple[str, str, int], ...] = ()
    is_partial: bool = False


def count_facets(
    cells: Iterable[Cell],
    query: BrowseQuery,
    category_ids: frozenset[int],
    *,
    tags: tuple[tuple[str, str, int], ...] = (),
    is_partial: bool = False,
) -> Facets:
    """The groups of a question, out of the cube. `category_ids` are those that `query.categories` names; a question that names
    only unknown ones names none."""
    price_classes = PRICE_CLASSES.get(query.price)
    rating = RATING_CLASSES.get(query.rating, 0)
    total = 0
    kinds: Counter[str] = Counter()
    categories: Counter[int] = Counter()
    prices: Counter[int] = Counter()
    ratings: Counter[int] = Counter()
    for kind, category, price_class, rating_class, n in cells:
        wanted_kind = not query.kind or kind == query.kind
        wanted_category = not category_ids or category in category_ids
        wanted_price = price_classes is None or price_class in price_classes
        wanted_rating = rating_class >= rating
        misses = (not wanted_kind) + (not wanted_category) + (not wanted_price) + (not wanted_rating)
        if misses > 1:
            continue
        if not misses:
            total += n
        # With one miss the cell counts only in the group that it missed.
        if not misses or not wanted_kind:
            kinds[kind] += n
        if category is not None and (not misses or not wanted_category):
            categories[category] += n
        if not misses or not wanted_price:
            prices[price_class] += n
        if not misses or not wanted_rating:
            ratings[rating_class] += n
    return Facets(
        total=total,
        kinds=(("", sum(kinds.values())), *sorted(kinds.items())),
        categories=tuple(sorted(categories.items())),
        prices=(
            ("", sum(prices.values())),
            *((name, sum(prices[number] for number in classes)) for name, classes in PRICE_CLASSES.items()),
        ),
        ratings=(
            ("", sum(ratings.values())),
            *((name, sum(n for found, n in ratings.items() if found >= number)) for name, number in RATING_CLASSES.items()),
        ),
        tags=tags,
        is_partial=is_partial,
    )
