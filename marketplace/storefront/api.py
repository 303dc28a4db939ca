"""Browsing by the API (R39, R40, R44, R119)."""

from __future__ import annotations

from typing import Any, Literal

from django.db.models import Count, Q
from django.http import HttpRequest, QueryDict
from ninja import Query, Router, Schema

from accounts.api_auth import user_auth
from kit.markdown import render
from kit.ratelimit import limit
from marketplace.access import get_visible_product
from marketplace.api_schemas import ProductCard, Slug, VersionOut, absolute, card_of, details_as_stored
from marketplace.courseware.selectors import CourseView, course_view, outline_as_data
from marketplace.models import Asset, Category, Product, Version
from marketplace.orders.access import held_products
from marketplace.search.backend import search_products
from marketplace.search.query import LAST_PAGE, MOST_CATEGORIES, MOST_TAGS, BrowseQuery

catalogue_router = Router(tags=["marketplace"])


class BrowseIn(Schema):
    """As the address of the marketplace page. Several categories mean any of them, several tags all of them."""

    q: str = Query("", max_length=200)
    kind: Literal["", "course", "prompt", "template", "ebook", "persona"] = ""
    category: list[str] = Query([], max_length=MOST_CATEGORIES)
    tag: list[str] = Query([], max_length=MOST_TAGS)
    price: Literal["", "paid", "freemium", "free"] = ""
    rating: Literal["", "4", "4.5"] = ""
    sort: Literal["", "relevance", "downloads", "rating", "newest", "price", "-price"] = ""
    page: int = Query(1, ge=1, le=LAST_PAGE)


class BrowseOut(Schema):
    """`typed` is what was asked for when its spelling was put right, else empty."""

    count: int
    page: int
    pages: int
    typed: str
    products: list[ProductCard]


class LessonLine(Schema):
    """`accessible`: whether whoever asks may open it."""

    title: str
    slug: str
    kind: str
    minutes: int
    is_free_preview: bool
    accessible: bool


class ModuleLine(Schema):
    title: str
    minutes: int
    is_free_preview: bool
    lessons: list[LessonLine]


class CourseOut(Schema):
    """What is taught, and the outline without what the lessons say (R169-R172, R206). `url` is where it is learnt."""

    slug: str
    url: str
    level: str
    total_modules: int
    total_lessons: int
    total_quizzes: int
    total_duration_minutes: int
    learning_outcomes: list[str]
    prerequisites: list[str]
    audience: list[str]
    gives_certificate: bool
    outline: list[ModuleLine]


class PictureOut(Schema):
    url: str
    alt: str
    width: int
    height: int


class FileLine(Schema):
    name: str
    size_bytes: int
    pages: int | None


class ProductOut(ProductCard):
    """A work as its page shows it; `files` are those of the newest version, without the way to fetch them. `course` is null for other
    kinds."""

    state: str
    language: str
    description: str
    description_html: str
    sample_output: str
    details: dict[str, Any]
    tags: list[str]
    pictures: list[PictureOut]
    files: list[FileLine]
    versions: list[VersionOut]
    course: CourseOut | None


class CategoryOut(Schema):
    slug: str
    name: str
    description: str
    product_count: int


class Anybody:
    """Lets in who is not signed in, after the others have looked for who is."""

    def __call__(self, request: HttpRequest) -> bool:
        return True


known_or_not: list[Any] = [*user_auth, Anybody()]
AUTH_OPTIONAL: dict[str, list[dict[str, Any]]] = {"security": [{}]}
"""Says so in the OpenAPI document, beside the ways to sign in."""


@catalogue_router.get("/products", response={200: BrowseOut}, auth=known_or_not, openapi_extra=AUTH_OPTIONAL, summary="Browse and search")
def browse(request: HttpRequest, asked: Query[BrowseIn]) -> dict[str, Any]:
    limit("api-browse", rate="120/m", request=request, by="ip")
    data = QueryDict(mutable=True)
    for name, value in asked.model_dump().items():
        data.setlist(name, [str(one) for one in value] if isinstance(value, list) else [str(value)])
    results, held = search_products(BrowseQuery.parse(data)), held_products(request.user)
    return {
        "count": results.total,
        "page": results.query.page,
        "pages": results.pages,
        "typed": results.typed,
        "products": [card_of(product, has_access=_has(request, product, held)) for product in results.products],
    }


@catalogue_router.get("/products/{slug}", response={200: ProductOut}, auth=known_or_not, openapi_extra=AUTH_OPTIONAL, summary="One product")
def product(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    limit("api-browse", rate="120/m", request=request, by="ip")
    found = get_visible_product(request.user, slug)
    versions = list(Version.objects.published().filter(product=found).order_by("-number"))
    files = Asset.objects.filter(version=versions[0]).order_by("position", "created_at") if versions else []
    return {
        **card_of(found, has_access=_has(request, found, held_products(request.user))),
        "state": found.state,
        "language": found.language,
        "description": found.description,
        "description_html": str(render(found.description)),
        "sample_output": found.sample_output,
        "details": details_as_stored(found),
        "tags": [tag.slug for tag in found.tags.all()],
        "pictures": [
            {"url": absolute(picture.image.url), "alt": picture.alt, "width": picture.width, "height": picture.height}
            for picture in found.gallery.all()
        ],
        "files": [{"name": file.name, "size_bytes": file.size_bytes, "pages": file.pages} for file in files],
        "versions": versions,
        "course": _course(view) if (view := course_view(found, request.user)) else None,
    }


def _has(request: HttpRequest, product: Product, held: frozenset[int]) -> bool:
    """R216."""
    return product.pk in held or product.creator_id == request.user.pk


def _course(view: CourseView) -> dict[str, Any]:
    course, totals = view.course, view.totals
    return {
        "slug": course.slug,
        "url": absolute(course.get_absolute_url()),
        "level": course.level,
        "total_modules": totals.modules if totals else 0,
        "total_lessons": totals.lessons if totals else 0,
        "total_quizzes": totals.quizzes if totals else 0,
        "total_duration_minutes": totals.minutes if totals else 0,
        "learning_outcomes": course.outcomes,
        "prerequisites": course.prerequisites,
        "audience": course.audience,
        "gives_certificate": course.gives_certificate,
        "outline": outline_as_data(view),
    }


@catalogue_router.get("/categories", response={200: list[CategoryOut]}, auth=None, summary="Categories")
def categories(request: HttpRequest) -> list[dict[str, Any]]:
    """In the order of the site, with how many works are on sale in each (R44)."""
    limit("api-browse", rate="120/m", request=request, by="ip")
    counted = Category.objects.annotate(product_count=Count("products", filter=Q(products__state="live")))
    return [dict(row) for row in counted.values("slug", "name", "description", "product_count")]
