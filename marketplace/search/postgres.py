"""Searching and browsing in Postgres: full text, facets, pages (docs/adr/0008-search.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db import connection

from marketplace.cards import NEW_FOR
from marketplace.models import Category, Tag
from marketplace.search.backend import Results, Stamp
from marketplace.search.cached import remembered
from marketplace.search.facets import Cell, Facets, count_facets
from marketplace.search.query import LAST_PAGE, PER_PAGE, BrowseQuery
from marketplace.search.spelling import correct
from marketplace.search.text import text_query

MOST_RANKED: Final = 2_000
"""So many matches are compared by relevance; the newest, and of the most downloaded works those that match."""
ALWAYS_RANKED: Final = 1_000
MOST_COUNTED: Final = 5_000
"""So many matches of a search are counted; beyond, pages say "more than"."""
MOST_COUNTED_FOR_TAGS: Final = 100_000
TAGS_SHOWN: Final = 24

_ORDERS: Final = {
    "newest": "p.published_at DESC, p.id DESC",
    "downloads": "p.download_count DESC, p.id DESC",
    "rating": "p.rating_average DESC, p.rating_count DESC, p.id DESC",
    "price": "search_price(p.price_minor, p.currency), p.id",
    "-price": "search_price(p.price_minor, p.currency) DESC, p.id DESC",
}
_PRICES: Final = {
    "free": "p.pricing = 'free'",
    "freemium": "(p.has_free_preview AND p.price_minor > 0 OR p.pricing = 'pwyw' AND p.price_minor = 0)",
    "paid": "p.price_minor > 0",
}


@dataclass(frozen=True)
class _Where:
    """Conditions on `marketplace_product p` and their parameters."""

    sql: str
    params: tuple[Any, ...]


class PostgresSearch:
    def search(self, query: BrowseQuery) -> Results:
        categories = _categories()
        results = self._answer(query, categories)
        if results.total or not query.q:
            return results
        meant = correct(query.q)
        if meant:
            again = self._answer(replace(query, q=meant), categories)
            if again.total:
                return replace(again, typed=query.q)
        return self._resembling(query, categories) or results

    def _answer(self, query: BrowseQuery, categories: list[Category]) -> Results:
        category_ids = _ids_of(query, categories)
        tag_ids = _tag_ids(query.tags)
        facets = self._facets(query, category_ids, tag_ids)
        # By relevance no further than what was ranked.
        most = MOST_RANKED // PER_PAGE if query.order == "relevance" else LAST_PAGE
        pages = min(most, max(1, -(-facets.total // PER_PAGE)))
        page = min(query.page, pages)
        where = _where(query, category_ids, tag_ids)
        stamps = _page(query, where, (page - 1) * PER_PAGE)
        if not stamps and page > 1:
            # Counted when there was more than there is now.
            page, stamps = 1, _page(query, where, 0)
        total = facets.total
        if page == 1 and len(stamps) < PER_PAGE:
            total, pages = len(stamps), 1
        return Results(
            query=replace(query, page=page),
            stamps=stamps,
            facets=facets,
            categories=categories,
            total=max(total, (page - 1) * PER_PAGE + len(stamps)),
            pages=max(pages, page),
            is_more=facets.is_partial,
        )

    def _facets(self, query: BrowseQuery, category_ids: frozenset[int], tag_ids: tuple[int, ...]) -> Facets:
        def count() -> Facets:
            cells, is_partial = self._cube(query.q, tag_ids)
            tags = () if is_partial else self._tags(query, category_ids, tag_ids)
            return count_facets(cells, query, category_ids, tags=tags, is_partial=is_partial)

        return remembered("facets", query.q, query.kind, category_ids_key(category_ids), tag_ids, query.price, query.rating, count=count)

    def _cube(self, words: str, tag_ids: tuple[int, ...]) -> tuple[list[Cell], bool]:
        def count() -> tuple[list[Cell], bool]:
            where = _where(BrowseQuery(q=words), frozenset(), tag_ids)
            limit = f"LIMIT {MOST_COUNTED}" if words else ""
            cells: list[Cell] = _rows(
                f"""
                SELECT kind, category_id, search_price_class(pricing, price_minor, has_free_preview),
                       search_rating_class(rating_average), count(*)
                FROM (SELECT p.kind, p.category_id, p.pricing, p.price_minor, p.has_free_preview, p.rating_average
                      FROM marketplace_product p WHERE {where.sql} {limit}) AS found
                GROUP BY 1, 2, 3, 4
                """,  # noqa: S608
                where.params,
            )
            return cells, bool(words) and sum(cell[-1] for cell in cells) == MOST_COUNTED

        return remembered("cube", words, tag_ids, count=count)

    def _tags(self, query: BrowseQuery, category_ids: frozenset[int], tag_ids: tuple[int, ...]) -> tuple[tuple[str, str, int], ...]:
        where = _where(query, category_ids, tag_ids)
        rows = _rows(
            f"""
            SELECT t.slug, t.name, counted.n
            FROM (
              SELECT pt.tag_id, count(*) AS n
              FROM (SELECT p.id FROM marketplace_product p WHERE {where.sql} LIMIT {MOST_COUNTED_FOR_TAGS}) AS found
              JOIN marketplace_product_tags pt ON pt.product_id = found.id
              GROUP BY pt.tag_id ORDER BY n DESC, pt.tag_id LIMIT {TAGS_SHOWN}
            ) AS counted JOIN marketplace_tag t ON t.id = counted.tag_id
            ORDER BY counted.n DESC, t.name
            """,  # noqa: S608
            where.params,
        )
        return tuple((str(slug), str(name), int(n)) for slug, name, n in rows)

    def _resembling(self, query: BrowseQuery, categories: list[Category]) -> Results | None:
        """Works whose title looks like what was typed; the last try before an empty page. One page, no facets."""
        category_ids = _ids_of(query, categories)
        where = _where(replace(query, q=""), category_ids, _tag_ids(query.tags))
        stamps = _stamps(
            f"""
            SELECT p.id FROM marketplace_product p
            WHERE {where.sql} AND UPPER(p.title) %%> UPPER(%s)
            ORDER BY word_similarity(UPPER(%s), UPPER(p.title)) DESC, p.download_count DESC, p.id DESC LIMIT {PER_PAGE}
            """,  # noqa: S608
            (*where.params, query.q, query.q),
        )
        if not stamps:
            return None
        empty = count_facets((), query, category_ids, is_partial=True)
        return Results(
            query=replace(query, page=1), stamps=stamps, facets=empty, categories=categories, total=len(stamps), pages=1,
            typed=query.q,
        )  # fmt: skip


def category_ids_key(ids: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(ids))


def _categories() -> list[Category]:
    return remembered("categories", count=lambda: list(Category.objects.all()))


def _ids_of(query: BrowseQuery, categories: list[Category]) -> frozenset[int]:
    return frozenset(category.pk for category in categories if category.slug in query.categories)


def _tag_ids(slugs: Sequence[str]) -> tuple[int, ...]:
    """Ids of the tags; -1 for one that does not exist, since nothing bears it."""
    if not slugs:
        return ()
    known = dict(Tag.objects.filter(slug__in=slugs).values_list("slug", "pk"))
    return tuple(sorted(known.get(slug, -1) for slug in slugs))


def _where(query: BrowseQuery, category_ids: frozenset[int], tag_ids: tuple[int, ...]) -> _Where:
    conditions = ["p.state = 'live'"]
    params: list[Any] = []
    if query.kind:
        conditions.append("p.kind = %s")
        params.append(query.kind)
    if len(category_ids) == 1:
        conditions.append("p.category_id = %s")
        params.extend(category_ids)
    elif category_ids:
        conditions.append("p.category_id = ANY (%s)")
        params.append(sorted(category_ids))
    if query.price:
        conditions.append(_PRICES[query.price])
    if query.rating:
        conditions.append("p.rating_average >= %s")
        params.append(float(query.rating))
    for tag_id in tag_ids:
        conditions.append("EXISTS (SELECT FROM marketplace_product_tags pt WHERE pt.product_id = p.id AND pt.tag_id = %s)")
        params.append(tag_id)
    if query.q:
        expression, words = text_query(query.q)
        conditions.append(f"p.search @@ {expression}")
        params.extend(words)
    return _Where(" AND ".join(conditions), tuple(params))


def _page(query: BrowseQuery, where: _Where, offset: int) -> list[Stamp]:
    if query.order == "relevance":
        return _ranked(query, where, offset)
    return _stamps(
        f"SELECT p.id FROM marketplace_product p WHERE {where.sql} ORDER BY {_ORDERS[query.order]} LIMIT {PER_PAGE} OFFSET %s",  # noqa: S608
        (*where.params, offset),
    )


def _ranked(query: BrowseQuery, where: _Where, offset: int) -> list[Stamp]:
    expression, words = text_query(query.q)
    fields = "p.id, p.search, p.download_count"
    return _stamps(
        f"""
        WITH newest AS MATERIALIZED (
          SELECT {fields} FROM marketplace_product p WHERE {where.sql} ORDER BY p.id DESC LIMIT {MOST_RANKED}),
        liked AS (
          SELECT {fields} FROM (
            SELECT * FROM marketplace_product n WHERE n.state = 'live' ORDER BY n.download_count DESC, n.id DESC LIMIT {ALWAYS_RANKED}) AS p
          WHERE (SELECT count(*) FROM newest) = {MOST_RANKED} AND {where.sql})
        SELECT id FROM (
          SELECT DISTINCT ON (p.id) p.id, p.download_count,
                 ts_rank_cd('{{0.1, 0.2, 0.5, 1.0}}', p.search, {expression}, 1)
                 + CASE WHEN ts_filter(p.search, '{{a}}') @@ {expression} THEN 2 ELSE 0 END AS score
          FROM (SELECT * FROM newest UNION ALL SELECT * FROM liked) AS p
          ORDER BY p.id
        ) AS scored
        ORDER BY score DESC, download_count DESC, id DESC LIMIT {PER_PAGE} OFFSET %s
        """,  # noqa: S608
        (*where.params, *where.params, *words, *words, offset),
    )


def _stamps(page: str, params: Sequence[Any]) -> list[Stamp]:
    """The works that the query `page` names, in its order. `page` is answered from indexes; only here are rows touched, and
    only those of one page. A row's xmin and ctid say
    which transaction wrote it and where: another version has others."""
    rows = _rows(
        f"""
        SELECT p.id, p.xmin::text || p.ctid::text, u.username, coalesce(pr.display_name, ''), p.published_at > now() - %s
        FROM (SELECT chosen.id, row_number() OVER () AS n FROM ({page}) AS chosen) AS page
        JOIN marketplace_product p ON p.id = page.id AND p.state = 'live'
        JOIN accounts_user u ON u.id = p.creator_id
        LEFT JOIN accounts_profile pr ON pr.user_id = u.id
        ORDER BY page.n
        """,  # noqa: S608
        (NEW_FOR, *params),
    )
    return [Stamp(*row) for row in rows]


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
