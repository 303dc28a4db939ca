"""What somebody asks the marketplace for, as it stands in the address.

`BrowseQuery.parse` reads an address politely: what it does not know it leaves out, so a mistyped or outdated link shows
works rather than an error. `BrowseQuery.url` writes it back in one order, so that equal questions have equal addresses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from marketplace.models import Kind

PER_PAGE: Final = 24
LAST_PAGE: Final = 500
"""Nobody leafs further; who wants more narrows the search."""

LONGEST_QUERY: Final = 200
MOST_CATEGORIES: Final = 20
MOST_TAGS: Final = 5

PRICES: Final = {"paid": _("Paid"), "freemium": _("Free to start"), "free": _("Free")}  # R217
RATINGS: Final = {"4.5": _("4.5 and up"), "4": _("4 and up")}
SORTS: Final = {  # R53
    "relevance": _("Best match"),
    "downloads": _("Most downloaded"),
    "rating": _("Best rated"),
    "newest": _("Newest"),
    "price": _("Price, low to high"),
    "-price": _("Price, high to low"),
}
DEFAULT_SORT: Final = "downloads"

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_SLUG: Final = re.compile(r"^[-\w]{1,60}\Z")


def clean_words(text: str) -> str:
    """A search as typed, without what no database can hold, blanks made single, no longer than `LONGEST_QUERY`."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:LONGEST_QUERY].strip()


@dataclass(frozen=True, kw_only=True)
class BrowseQuery:
    """A selection, an order and a page. `categories` and `tags` are slugs in alphabetical order; several categories mean any of
    them (R71), several tags mean all of them."""

    q: str = ""
    kind: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    price: str = ""
    rating: str = ""
    sort: str = ""
    page: int = 1

    @classmethod
    def parse(cls, data: QueryDict) -> BrowseQuery:
        q = clean_words(data.get("q") or "")
        kind = data.get("kind") or ""
        price = data.get("price") or ""
        rating = data.get("rating") or ""
        sort = data.get("sort") or ""
        number = data.get("page") or ""
        default = "relevance" if q else DEFAULT_SORT
        return cls(
            q=q,
            kind=kind if kind in Kind.values else "",
            categories=_slugs(data.getlist("category"), MOST_CATEGORIES),
            tags=_slugs(data.getlist("tag"), MOST_TAGS),
            price=price if price in PRICES else "",
            rating=rating if rating in RATINGS else "",
            sort=sort if sort in SORTS and sort != default and (q or sort != "relevance") else "",
            page=min(LAST_PAGE, max(1, int(number))) if re.fullmatch(r"[0-9]{1,6}", number) else 1,
        )

    @property
    def order(self) -> str:
        """The order that applies: the one asked for, else best match for a search and most downloaded for the rest."""
        return self.sort or ("relevance" if self.q else DEFAULT_SORT)

    @property
    def filters(self) -> int:
        """How many filters are set: what the button on a phone shows."""
        return len(self.categories) + len(self.tags) + bool(self.price) + bool(self.rating)

    @property
    def is_indexable(self) -> bool:
        """Whether a search engine should list this page: everything, one kind or one category, in our own order."""
        return not (self.q or self.tags or self.price or self.rating or self.sort or len(self.categories) > 1)

    def with_(self, **changes: Any) -> BrowseQuery:
        """The same question, changed; on its first page."""
        return replace(self, **{"page": 1, **changes})

    def without_filters(self) -> BrowseQuery:
        return BrowseQuery(q=self.q, kind=self.kind, sort=self.sort)

    def toggled(self, name: str, slug: str) -> BrowseQuery:
        """With a tag or category put in, or taken out where it was in."""
        values = set(getattr(self, name)) ^ {slug}
        return self.with_(**{name: tuple(sorted(values))})

    def query_string(self) -> str:
        pairs: list[tuple[str, str]] = []
        if self.q:
            pairs.append(("q", self.q))
        if self.kind:
            pairs.append(("kind", self.kind))
        pairs += [("category", slug) for slug in self.categories]
        pairs += [("tag", slug) for slug in self.tags]
        pairs += [(name, value) for name in ("price", "rating", "sort") if (value := getattr(self, name))]
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        return urlencode(pairs)

    def url(self, base: str) -> str:
        query = self.query_string()
        return f"{base}?{query}" if query else base


def _slugs(values: list[str], most: int) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if _SLUG.match(value)})[:most])
