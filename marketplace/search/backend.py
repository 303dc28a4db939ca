"""What the pages ask of a search engine, whichever it is.

`settings.SEARCH_BACKEND` names the class; Postgres does it unless told otherwise. An engine of another kind (vectors,
a cluster of its own) implements `SearchBackend` and listens to the events of the marketplace to keep itself up to date.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from marketplace.models import Category, Product
from marketplace.search.facets import Facets
from marketplace.search.query import PER_PAGE, BrowseQuery


@dataclass(frozen=True)
class Results:
    """One page of what was asked for.

    `query` is the question that was answered: with an existing page, with words put right. `typed` is what was typed when that
    was put right, else "". `products` have all that a card shows; `pages` is at least 1.
    """

    query: BrowseQuery
    products: list[Product]
    facets: Facets
    categories: list[Category]
    total: int
    pages: int
    typed: str = ""

    @property
    def first(self) -> int:
        """Number of the first work on the page, from 1; 0 where there is none."""
        return (self.query.page - 1) * PER_PAGE + 1 if self.products else 0

    @property
    def last(self) -> int:
        return self.first + len(self.products) - 1 if self.products else 0


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
