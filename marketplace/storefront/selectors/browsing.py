"""What the marketplace page shows: tabs, filters, chips and ways on, each with its address."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

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
    """The page's parts, each made when it is asked for: what the template keeps from an earlier request is not made again."""

    results: Results
    base: str
    kinds_on_sale: frozenset[str]

    @property
    def query(self) -> BrowseQuery:
        return self.results.query

    @property
    def key(self) -> tuple[object, ...]:
        """What tabs and filters depend on: the question but for its page, the counts, and the names of the shelves."""
        shelves = tuple((category.slug, category.name) for category in self.results.categories)
        return self.query.with_(), self.results.total, self.results.facets, shelves, self.kinds_on_sale

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
    def previous_url(self) -> str:
        return self.query.with_(page=self.query.page - 1).url(self.base) if self.query.page > 1 else ""

    @property
    def next_url(self) -> str:
        return self.query.with_(page=self.query.page + 1).url(self.base) if self.query.page < self.results.pages else ""

    @property
    def is_at_the_end(self) -> bool:
        """The last page that can be leafed to, though there are more works."""
        return self.query.page == LAST_PAGE and self.results.pages == LAST_PAGE

    @property
    def heading(self) -> str:
        """The page's title: what is on this shelf."""
        query = self.query
        if query.q:
            return _("Works for “%(words)s”") % {"words": query.q}
        kind = str(KIND_NAMES[Kind(query.kind)]) if query.kind else ""
        category = self._category_names.get(query.categories[0], "") if len(query.categories) == 1 else ""
        if kind and category:
            return _("%(kind)s in %(category)s") % {"kind": kind, "category": category}
        return kind or category or _("Marketplace")

    @property
    def kinds(self) -> list[Option]:
        query, counts = self.query, dict(self.results.facets.kinds)
        return [
            Option(kind, str(label), query.with_(kind=kind).url(self.base), kind == query.kind, self._count(counts.get(kind, 0)))
            for kind, label in (("", _("Everything")), *KIND_NAMES.items())
            if not kind or kind == query.kind or kind in self.kinds_on_sale
        ]

    @property
    def categories(self) -> list[Option]:
        counts = dict(self.results.facets.categories)
        return [
            Option(category.slug, category.name, "", category.slug in self.query.categories, self._count(counts.get(category.pk, 0)))
            for category in self.results.categories
        ]

    @property
    def prices(self) -> list[Option]:
        counts = dict(self.results.facets.prices)
        return [
            Option(value, str(label), "", value == self.query.price, self._count(counts.get(value, 0)))
            for value, label in (("", _("Any price")), *PRICES.items())
        ]

    @property
    def ratings(self) -> list[Option]:
        counts = dict(self.results.facets.ratings)
        return [
            Option(value, str(label), "", value == self.query.rating, self._count(counts.get(value, 0)))
            for value, label in (*RATINGS.items(), ("", _("Any")))
        ]

    @cached_property
    def tags(self) -> list[Option]:
        """The chosen ones first, then the most common with these filters."""
        query, names = self.query, self._tag_names
        counted = {slug: number for slug, _name, number in self.results.facets.tags}
        chosen = [slug for slug in query.tags if slug in names]
        return [
            Option(slug, names[slug], query.toggled("tags", slug).url(self.base), slug in query.tags, self._count(counted.get(slug, 0)))
            for slug in (*chosen, *(slug for slug in counted if slug not in query.tags))
        ]

    @property
    def sorts(self) -> list[Option]:
        return [
            Option(value, str(label), "", value == self.query.order)
            for value, label in SORTS.items()
            if value != "relevance" or self.query.q
        ]

    @property
    def chips(self) -> list[Option]:
        """What is set, each with the address without it."""
        query, base = self.query, self.base
        chips = []
        if query.q:
            chips.append(Option("q", f"“{query.q}”", query.with_(q="", sort="").url(base), True))
        if query.kind:
            chips.append(Option("kind", str(KIND_NAMES[Kind(query.kind)]), query.with_(kind="").url(base), True))
        for group, names in (("categories", self._category_names), ("tags", self._tag_names)):
            slugs = [slug for slug in getattr(query, group) if slug in names]
            chips += [Option(slug, names[slug], query.toggled(group, slug).url(base), True) for slug in slugs]
        if query.price:
            chips.append(Option("price", str(PRICES[query.price]), query.with_(price="").url(base), True))
        if query.rating:
            chips.append(Option("rating", str(RATINGS[query.rating]), query.with_(rating="").url(base), True))
        return chips

    @property
    def _category_names(self) -> dict[str, str]:
        return {category.slug: category.name for category in self.results.categories}

    @cached_property
    def _tag_names(self) -> dict[str, str]:
        """Of the tags that are counted, and of chosen ones that nothing bears with these filters."""
        names = {slug: name for slug, name, _number in self.results.facets.tags}
        if missing := set(self.query.tags) - set(names):
            names |= dict(Tag.objects.filter(slug__in=missing).values_list("slug", "name"))
        return names

    def _count(self, number: int) -> str:
        return "" if self.results.facets.is_partial else num(number)


def browse_page(results: Results) -> BrowsePage:
    return BrowsePage(results=results, base=reverse("marketplace"), kinds_on_sale=kinds_on_sale())


def kinds_on_sale() -> frozenset[str]:
    return remembered("kinds", count=lambda: frozenset(Product.objects.live().order_by().values_list("kind", flat=True).distinct()))


def catalogue_size() -> tuple[int, int]:
    """How many works are on sale, by how many people. Up to a minute old."""

    def count() -> tuple[int, int]:
        live = Product.objects.live()
        return live.count(), live.values("creator").distinct().count()

    return remembered("size", count=count)


def creators_with_works(ids: list[int]) -> list[User]:
    people = {user.pk: user for user in User.objects.filter(pk__in=ids, is_active=True).select_related("profile")}
    return [people[pk] for pk in ids if pk in people]
