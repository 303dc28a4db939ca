"""What the pages ask of a search engine, whichever it is.

`settings.SEARCH_BACKEND` names the class; Postgres does it unless told otherwise. An engine of another kind (vectors,
a cluster of its own) implements `SearchBackend` and listens to the events of the marketplace to keep itself up to date.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from marketplace.models import Category, Product
from marketplace.search.facets import Facets
from marketplace.search.query import PER_PAGE, BrowseQuery

NOT_ON_CARDS = ("description", "sample_output", "search")


class Stamp(NamedTuple):
    """A work at a moment. Two equal stamps have the same card: `version` is that of the work's row, the rest is what a card says
    beside it."""

    pk: int
    version: str
    username: str
    maker: str
    is_new: bool


@dataclass(frozen=True)
class Results:
    """One page of what was asked for.

    `query` is the question that was answered: with an existing page, with words put right. `typed` is what was typed when that
    was put right, else "". `pages` is at least 1.
    """

    query: BrowseQuery
    stamps: list[Stamp]
    facets: Facets
    categories: list[Category]
    total: int
    pages: int
    typed: str = ""
    is_more: bool = False
    """There are more than `total`: counting stopped there."""

    @cached_property
    def products(self) -> list[Product]:
        """The rows with all that a card shows, in order. One query, when first asked for."""
        if not self.stamps:
            return []
        rows = Product.objects.live().filter(pk__in=[stamp.pk for stamp in self.stamps])
        found = {product.pk: product for product in rows.for_cards().defer(*NOT_ON_CARDS)}
        return [found[stamp.pk] for stamp in self.stamps if stamp.pk in found]

    @property
    def first(self) -> int:
        """Number of the first work on the page, from 1; 0 where there is none."""
        return (self.query.page - 1) * PER_PAGE + 1 if self.stamps else 0

    @property
    def last(self) -> int:
        return self.first + len(self.stamps) - 1 if self.stamps else 0


class SearchBackend(Protocol):
    def search(self, query: BrowseQuery) -> Results:
        """Only live works, at most PER_PAGE of them, in the order of `query.order`."""
        ...


@lru_cache(maxsize=1)
def get_backend() -> SearchBackend:
    backend: SearchBackend = import_string(settings.SEARCH_BACKEND)()
    return backend


def search_products(query: BrowseQuery) -> Results:
    """The works that somebody asks for (R39, R45, R52, R53, R70, R71)."""
    return get_backend().search(query)
