"""What the marketplace page shows: tabs, filters, chips and ways on, each with its address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from kit.templatetags.atelier import num
from marketplace.models import Kind, Product, Tag
from marketplace.search.backend import Results
from marketplace.search.cached import remembered
from marketplace.search.query import LAST_PAGE, PRICES, RATINGS, SORTS, BrowseQuery

KIND_NAMES = {
    Kind.COURSE: gettext_lazy("Courses"),
    Kind.PROMPT: gettext_lazy("Prompts"),
    Kind.TEMPLATE: gettext_lazy("Templates"),
    Kind.EBOOK: gettext_lazy("Ebooks"),
    Kind.PERSONA: gettext_lazy("Personas"),
}


@dataclass(frozen=True, slots=True)
class Option:
    """A tab, a box to tick or a tag. `count` is how many works it leads to, "" where that is not known."""

    value: str
    label: str
    url: str
    chosen: bool
    count: str = ""


@dataclass(frozen=True)
class BrowsePage:
    results: Results
    base: str
    kinds: list[Option]
    categories: list[Option]
    prices: list[Option]
    ratings: list[Option]
    tags: list[Option]
    sorts: list[Option]
    chips: list[Option]
    heading: str
    previous_url: str
    next_url: str

    @property
    def query(self) -> BrowseQuery:
        return self.results.query

    @property
    def url(self) -> str:
        return self.query.url(self.base)

    @property
    def clear_url(self) -> str:
        return self.query.without_filters().url(self.base)

    @property
    def canonical_url(self) -> str:
        """Where a search engine should look instead of here: the same shelf without search, filters and order."""
        query = self.query
        if query.is_indexable:
            return query.url(self.base)
        return BrowseQuery(kind=query.kind, categories=query.categories if len(query.categories) == 1 else ()).url(self.base)

    @property
    def is_at_the_end(self) -> bool:
        """The last page that can be leafed to, though there are more works."""
        return self.query.page == LAST_PAGE and self.results.pages == LAST_PAGE


def browse_page(results: Results) -> BrowsePage:
    query, facets, base = results.query, results.facets, reverse("marketplace")
    at_start = query.with_()

    def count(number: int) -> str:
        return "" if facets.is_partial else num(number)

    known = {tag.slug: tag.name for tag in _names(query, facets.tags)}
    counted = {slug: number for slug, _name, number in facets.tags}
    categories = {category.slug: category.name for category in results.categories}
    return BrowsePage(
        results=results,
        base=base,
        kinds=[
            Option(kind, str(label), at_start.with_(kind=kind).url(base), kind == query.kind, count(facets.kinds.get(kind, 0)))
            for kind, label in (("", _("Everything")), *KIND_NAMES.items())
            if not kind or kind == query.kind or facets.is_partial or kind in _kinds_on_sale()
        ],
        categories=[
            Option(
                category.slug,
                category.name,
                query.toggled("categories", category.slug).url(base),
                category.slug in query.categories,
                count(facets.categories.get(category.pk, 0)),
            )
            for category in results.categories
        ],
        prices=[
            Option(value, str(label), query.with_(price=value).url(base), value == query.price, count(facets.prices.get(value, 0)))
            for value, label in (("", _("Any price")), *PRICES.items())
        ],
        ratings=[
            Option(value, str(label), query.with_(rating=value).url(base), value == query.rating, count(facets.ratings.get(value, 0)))
            for value, label in (*RATINGS.items(), ("", _("Any")))
        ],
        tags=[
            Option(slug, known[slug], query.toggled("tags", slug).url(base), slug in query.tags, count(counted.get(slug, 0)))
            for slug in (*(slug for slug in query.tags if slug in known), *(slug for slug in counted if slug not in query.tags))
        ],
        sorts=[
            Option(value, str(label), query.with_(sort=value).url(base), value == query.order)
            for value, label in SORTS.items()
            if value != "relevance" or query.q
        ],
        chips=_chips(query, base, categories, known),
        heading=_heading(query, categories),
        previous_url=query.with_(page=query.page - 1).url(base) if query.page > 1 else "",
        next_url=query.with_(page=query.page + 1).url(base) if query.page < results.pages else "",
    )


def catalogue_size() -> tuple[int, int]:
    """How many works are on sale, by how many people. Up to a minute old."""

    def count() -> tuple[int, int]:
        live = Product.objects.live()
        return live.count(), live.values("creator").distinct().count()

    return remembered("size", count=count)


def _kinds_on_sale() -> set[str]:
    return remembered("kinds", count=lambda: set(Product.objects.live().order_by().values_list("kind", flat=True).distinct()))


def _names(query: BrowseQuery, counted: tuple[tuple[str, str, int], ...]) -> list[Any]:
    """The tags that are shown: those counted, and chosen ones that nothing bears with these filters."""
    shown = [Tag(slug=slug, name=name) for slug, name, _number in counted]
    missing = set(query.tags) - {tag.slug for tag in shown}
    return [*shown, *Tag.objects.filter(slug__in=missing)] if missing else shown


def _chips(query: BrowseQuery, base: str, categories: dict[str, str], tags: dict[str, str]) -> list[Option]:
    """What is set, each with the address without it."""
    chips = []
    if query.q:
        chips.append(Option("q", f"“{query.q}”", query.with_(q="", sort="").url(base), True))
    if query.kind:
        chips.append(Option("kind", str(KIND_NAMES[Kind(query.kind)]), query.with_(kind="").url(base), True))
    chips += [Option(slug, categories[slug], query.toggled("categories", slug).url(base), True) for slug in query.categories if slug in categories]
    chips += [Option(slug, tags[slug], query.toggled("tags", slug).url(base), True) for slug in query.tags if slug in tags]
    if query.price:
        chips.append(Option("price", str(PRICES[query.price]), query.with_(price="").url(base), True))
    if query.rating:
        chips.append(Option("rating", str(RATINGS[query.rating]), query.with_(rating="").url(base), True))
    return chips


def _heading(query: BrowseQuery, categories: dict[str, str]) -> str:
    """The page's title: what is on this shelf."""
    if query.q:
        return _("Works for “%(words)s”") % {"words": query.q}
    kind = str(KIND_NAMES[Kind(query.kind)]) if query.kind else ""
    category = categories.get(query.categories[0], "") if len(query.categories) == 1 else ""
    if kind and category:
        return _("%(kind)s in %(category)s") % {"kind": kind, "category": category}
    return kind or category or _("Marketplace")


def creators_with_works(ids: list[int]) -> list[User]:
    people = {user.pk: user for user in User.objects.filter(pk__in=ids, is_active=True).select_related("profile")}
    return [people[pk] for pk in ids if pk in people]
