"""The product page's read-model. One query brings all the small lists; reviews and similar works are one each."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.files.storage import storages
from django.db import connection
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from courses.models import Level
from kit.markdown import plain
from kit.money import to_major
from marketplace.cards import NEW_FOR
from marketplace.courseware.selectors import CourseView, course_view
from marketplace.kinds import PersonaDetails, describe, details_of, fact, kind_label
from marketplace.models import Kind, Product, Tag
from marketplace.orders.selectors import BuyBox, buybox
from marketplace.reviews.models import Review
from marketplace.reviews.selectors import Bar, bars, own_review, reviews_of
from marketplace.search.backend import NOT_ON_CARDS
from marketplace.search.query import BrowseQuery
from marketplace.storefront.selectors.browsing import KIND_NAMES

if TYPE_CHECKING:
    from accounts.models import User

REVIEWS_SHOWN = 5
SIMILAR_SHOWN = 4
SYLLABUS_SHOWN = 20
SIMILAR_KEPT = 12
SIMILAR_SECONDS = 600


@dataclass(frozen=True)
class VersionLine:
    label: str
    changelog: str
    published_at: datetime | None


@dataclass(frozen=True)
class FileLine:
    name: str
    size_bytes: int
    pages: int | None


@dataclass(frozen=True)
class ProductPage:
    product: Product
    buybox: BuyBox
    tags: list[Tag]
    versions: list[VersionLine]
    files: list[FileLine]
    pictures: list[dict[str, Any]]
    bars: list[Bar]
    reviews: list[Review]
    own_review: Review | None
    can_review: bool
    similar: list[Product]
    course: CourseView | None = None
    crumbs: list[tuple[str, str]] = field(default_factory=list)

    @property
    def kind_line(self) -> str:
        label, one_fact = kind_label(self.product.kind), fact(self.product)
        return f"{label} · {one_fact}" if one_fact else label

    @property
    def listed_facts(self) -> list[tuple[str, str]]:
        """What its creator states; a course's counts stand in words of their own."""
        return describe(self.product) if self.course is None else []

    @property
    def examples(self) -> tuple[Any, ...]:
        details = details_of(self.product)
        return details.examples if isinstance(details, PersonaDetails) else ()

    @property
    def sample_is_prompt(self) -> bool:
        return self.product.kind == Kind.PROMPT

    @property
    def total_bytes(self) -> int:
        return sum(line.size_bytes for line in self.files)

    @property
    def description_line(self) -> str:
        return self.product.summary or plain(self.product.description, 200)

    @property
    def updated_at(self) -> datetime | None:
        newest = self.versions[0].published_at if self.versions else None
        if self.course is not None and self.course.course.current_version is not None:
            newest = self.course.course.current_version.published_at
        return newest or self.product.published_at

    @property
    def url(self) -> str:
        return self.product.get_absolute_url()

    @property
    def og_image(self) -> str:
        """Only an uploaded picture: who shows link previews does not draw SVG."""
        return _absolute(self.product.cover.url) if self.product.cover else ""

    @property
    def structured_data(self) -> SafeString:
        """schema.org Product (a course is a Course, too) with Offer, AggregateRating and the shown reviews, as JSON that may stand inside
        a script element."""
        product = self.product
        page = f"{settings.SITE_URL}{self.url}"
        data: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": "Product",
            "name": product.title,
            "description": self.description_line,
            "url": page,
            "sku": product.slug,
            "category": kind_label(product.kind),
            "image": self.og_image or _absolute(product.cover_url),
            "brand": {"@type": "Brand", "name": product.creator.name},
        }
        if product.is_live:
            data["offers"] = {
                "@type": "Offer",
                "url": page,
                "price": str(to_major(product.price_minor, product.currency)),
                "priceCurrency": product.currency,
                "availability": "https://schema.org/InStock",
                "seller": {"@type": "Person", "name": product.creator.name},
            }
        if product.rating_count:
            data["aggregateRating"] = {
                "@type": "AggregateRating",
                "ratingValue": round(product.rating_average, 2),
                "reviewCount": product.rating_count,
                "bestRating": 5,
                "worstRating": 1,
            }
            data["review"] = [
                {
                    "@type": "Review",
                    "author": {"@type": "Person", "name": review.author.name},
                    "datePublished": review.created_at.date().isoformat(),
                    "name": review.title,
                    "reviewBody": review.text,
                    "reviewRating": {"@type": "Rating", "ratingValue": review.stars, "bestRating": 5, "worstRating": 1},
                }
                for review in self.reviews
            ]
        if self.course is not None:
            data |= _as_course(self.course, page, data.get("offers"))
        text = json.dumps(data, ensure_ascii=False)
        # Nothing in it can end the script element or begin a comment.
        return mark_safe(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S308


def _as_course(view: CourseView, page: str, offers: dict[str, Any] | None) -> dict[str, Any]:
    """What schema.org asks of a Course: who gives it, in which form, and how long it takes (ISO 8601)."""
    course, totals = view.course, view.totals
    found: dict[str, Any] = {
        "@type": ["Course", "Product"],
        "@id": page,
        "courseCode": course.slug,
        "inLanguage": course.language,
        "teaches": course.outcomes,
        "coursePrerequisites": course.prerequisites,
        "provider": {"@type": "Organization", "name": settings.SITE_NAME, "sameAs": settings.SITE_URL},
    }
    if course.level != Level.ALL:
        found["educationalLevel"] = course.get_level_display()
    if offers:
        found["offers"] = {**offers, "category": "Free" if offers["price"] in ("0", "0.00") else "Paid"}
    if totals:
        length = f"PT{totals.minutes}M"
        found["timeRequired"] = length
        found["hasCourseInstance"] = {"@type": "CourseInstance", "courseMode": "Online", "courseWorkload": length}
        modules = view.outline.modules[:SYLLABUS_SHOWN] if view.outline else ()
        found["syllabusSections"] = [
            {"@type": "Syllabus", "name": module.title, "timeRequired": f"PT{module.minutes}M"} for module in modules
        ]
    return found


def product_page(product: Product, viewer: User | AnonymousUser, *, with_similar: bool = True) -> ProductPage:
    """All of the page. `product` comes from a door, with `creator.profile` and `category`.

    Three queries for a visitor (two without reviews, one more when similar works are not remembered, one more for a course), and
    what the buy box and one's own review take for somebody signed in.
    """
    box = buybox(viewer, product)
    lists = _small_lists(product)
    can_review = box.state == "owned" and product.creator_id != viewer.pk
    mine = own_review(product, viewer) if can_review else None
    reviews = list(reviews_of(product, viewer)[:REVIEWS_SHOWN]) if product.rating_count else []
    return ProductPage(
        product=product,
        buybox=box,
        tags=[Tag(slug=row["slug"], name=row["name"]) for row in lists["tags"]],
        versions=[VersionLine(row["label"], row["changelog"], parse_datetime(row["published_at"])) for row in lists["versions"]],
        files=[FileLine(row["name"], row["size"], row["pages"]) for row in lists["files"]],
        pictures=_pictures(product, lists["pictures"]),
        bars=bars({row["stars"]: row["n"] for row in lists["stars"]}),
        reviews=reviews,
        own_review=mine,
        can_review=can_review,
        similar=similar_works(product) if with_similar else [],
        course=course_view(product, viewer),
        crumbs=_crumbs(product),
    )


# One question for all the small lists of a page: written out, since it is asked on every product page.
_SMALL_LISTS = """
SELECT json_build_object(
  'tags', (SELECT json_agg(json_build_object('slug', t.slug, 'name', t.name) ORDER BY t.name)
           FROM marketplace_product_tags pt JOIN marketplace_tag t ON t.id = pt.tag_id WHERE pt.product_id = %(id)s),
  'pictures', (SELECT json_agg(json_build_object('image', g.image, 'alt', g.alt, 'width', g.width, 'height', g.height)
                               ORDER BY g.position, g.id)
               FROM marketplace_galleryimage g WHERE g.product_id = %(id)s),
  'versions', (SELECT json_agg(v) FROM (
                 SELECT label, changelog, published_at FROM marketplace_version
                 WHERE product_id = %(id)s AND state = 'published' ORDER BY number DESC LIMIT 20) AS v),
  'files', (SELECT json_agg(json_build_object('name', a.name, 'size', a.size_bytes, 'pages', a.pages) ORDER BY a.position, a.created_at)
            FROM marketplace_asset a WHERE a.version_id = (
              SELECT id FROM marketplace_version WHERE product_id = %(id)s AND state = 'published' ORDER BY number DESC LIMIT 1)),
  'stars', (SELECT json_agg(s) FROM (SELECT stars, count(*) AS n FROM reviews_review WHERE product_id = %(id)s GROUP BY stars) AS s)
)::text
"""


def _small_lists(product: Product) -> dict[str, list[dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(_SMALL_LISTS, {"id": product.pk})
        found = json.loads(cursor.fetchone()[0])
    return {name: rows or [] for name, rows in found.items()}


def _pictures(product: Product, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    cover = {"url": product.cover_url, "alt": _("Cover of %(title)s") % {"title": product.title}, "width": 800, "height": 600}
    storage = storages["public"]
    return [
        cover,
        *({"url": storage.url(row["image"]), "alt": row["alt"], "width": row["width"], "height": row["height"]} for row in rows),
    ]


def _crumbs(product: Product) -> list[tuple[str, str]]:
    base = reverse("marketplace")
    kind = Kind(product.kind)
    crumbs = [(_("Marketplace"), base), (str(KIND_NAMES[kind]), BrowseQuery(kind=kind).url(base))]
    if product.category:
        crumbs.append((product.category.name, BrowseQuery(kind=kind, categories=(product.category.slug,)).url(base)))
    return crumbs


def _absolute(url: str) -> str:
    return url if url.startswith(("http://", "https://")) else f"{settings.SITE_URL}{url}"


# Shared tags weigh most, then the shelf, then the kind; among equals, what is downloaded most.
_SIMILAR = """
SELECT p.id
FROM (
  (SELECT pt.product_id AS id, 2 * count(*) AS score
   FROM marketplace_product_tags pt
   WHERE pt.tag_id IN (SELECT tag_id FROM marketplace_product_tags WHERE product_id = %(id)s)
   GROUP BY pt.product_id ORDER BY score DESC, pt.product_id DESC LIMIT 200)
  UNION ALL
  (SELECT c.id, 1 FROM marketplace_product c WHERE c.state = 'live' AND c.category_id = %(category)s
   ORDER BY c.download_count DESC, c.id DESC LIMIT 50)
) AS near
JOIN marketplace_product p ON p.id = near.id AND p.state = 'live' AND p.id <> %(id)s
GROUP BY p.id
ORDER BY sum(near.score) + (p.kind = %(kind)s)::int DESC, p.download_count DESC, p.id DESC
LIMIT %(most)s
"""


def similar_works(product: Product, most: int = SIMILAR_SHOWN) -> list[Product]:
    """What goes well with it: which works these are is remembered for ten minutes, their rows are always read anew."""
    ids = similar_ids(product)
    if not ids:
        return []
    found = {row.pk: row for row in Product.objects.live().filter(pk__in=ids).for_cards().defer(*NOT_ON_CARDS)}
    return [found[pk] for pk in ids if pk in found][:most]


def similar_ids(product: Product) -> list[int]:
    """A few more than are shown, since one of them may be taken off sale meanwhile."""
    key = f"similar:{product.pk}"
    try:
        ids: list[int] | None = cache.get(key)
    except (RedisError, OSError):
        ids = None
    if ids is None:
        with connection.cursor() as cursor:
            cursor.execute(_SIMILAR, {"id": product.pk, "category": product.category_id, "kind": product.kind, "most": SIMILAR_KEPT})
            ids = [int(row[0]) for row in cursor.fetchall()]
        with suppress(RedisError, OSError):
            cache.set(key, ids, SIMILAR_SECONDS)
    return ids


# What a visitor's page is made of, in one line of text: another transaction id or place of any row, another page.
_STAMP = """
SELECT p.id, concat(p.xmin, p.ctid, '|', u.xmin, u.ctid, '|', pr.xmin, pr.ctid, '|', c.xmin, c.ctid, '|',
  (SELECT concat(k.xmin, k.ctid) FROM courseware_courselisting l JOIN courses_course k ON k.id = l.course_id
   WHERE l.product_id = p.id), '|',
  (SELECT string_agg(t.xmin::text || t.ctid, ' ' ORDER BY t.name)
   FROM marketplace_product_tags pt JOIN marketplace_tag t ON t.id = pt.tag_id WHERE pt.product_id = p.id), '|',
  (SELECT string_agg(g.xmin::text || g.ctid, ' ' ORDER BY g.id) FROM marketplace_galleryimage g WHERE g.product_id = p.id), '|',
  (SELECT string_agg(v.xmin::text || v.ctid, ' ' ORDER BY v.id)
   FROM marketplace_version v WHERE v.product_id = p.id AND v.state = 'published'), '|',
  (SELECT string_agg(a.xmin::text || a.ctid, ' ' ORDER BY a.id) FROM marketplace_asset a WHERE a.version_id = (
     SELECT id FROM marketplace_version WHERE product_id = p.id AND state = 'published' ORDER BY number DESC LIMIT 1)), '|',
  (SELECT string_agg(concat(r.xmin, r.ctid, ru.xmin, ru.ctid, rp.xmin, rp.ctid, e.xmin, e.ctid), ' ' ORDER BY r.id)
   FROM (SELECT id, xmin, ctid, author_id FROM reviews_review WHERE product_id = p.id
         ORDER BY helpful_count DESC, created_at DESC, id DESC LIMIT %(reviews)s) AS r
   JOIN accounts_user ru ON ru.id = r.author_id LEFT JOIN accounts_profile rp ON rp.user_id = ru.id
   LEFT JOIN orders_entitlement e ON e.product_id = p.id AND e.user_id = r.author_id AND e.revoked_at IS NULL), '|',
  (SELECT string_agg(concat(s.xmin, s.ctid, su.xmin, su.ctid, sp.xmin, sp.ctid, s.published_at > now() - %(new)s), ' ' ORDER BY s.id)
   FROM marketplace_product s JOIN accounts_user su ON su.id = s.creator_id LEFT JOIN accounts_profile sp ON sp.user_id = su.id
   WHERE s.id = ANY (%(similar)s)))
FROM marketplace_product p
JOIN accounts_user u ON u.id = p.creator_id
LEFT JOIN accounts_profile pr ON pr.user_id = u.id
LEFT JOIN marketplace_category c ON c.id = p.category_id
WHERE p.slug = %(slug)s AND p.state = 'live'
"""


def page_stamp(slug: str, similar: tuple[int, ...]) -> tuple[int, str] | None:
    """Id and stamp of a live product's page as visitors see it, with these similar works; None where there is none. Two equal
    stamps mean that no row which the page shows was written in between."""
    with connection.cursor() as cursor:
        params: dict[str, Any] = {"slug": slug, "similar": list(similar), "reviews": REVIEWS_SHOWN, "new": NEW_FOR}
        cursor.execute(_STAMP, params)
        row = cursor.fetchone()
    return (int(row[0]), str(row[1])) if row else None
