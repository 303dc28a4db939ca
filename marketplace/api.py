"""Listing by the API (R41, R57, R58, R65, R116, R118)."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, File, Query, Router, Schema, UploadedFile
from ninja.responses import Status
from pydantic import StringConstraints

from accounts.access import check_creator
from accounts.api_auth import user_auth
from accounts.models import User
from kit.api import refusals
from kit.ratelimit import limit as limit_rate
from marketplace.access import get_draft_version, get_own_asset, get_own_product
from marketplace.api_schemas import FileOut, ProductCard, Slug, VersionOut, card_of, details_as_stored, file_of
from marketplace.errors import BadListing
from marketplace.models import Asset, Category, Product, Version
from marketplace.services.assets import add_asset, remove_asset
from marketplace.services.gallery import remove_cover, set_cover
from marketplace.services.products import (
    Listing,
    archive_product,
    change_product,
    create_product,
    delete_product,
    publish_product,
    restore_product,
    submit_product,
    withdraw_product,
)
from marketplace.services.versions import publish_version, start_version

creator_router = Router(tags=["creator"])
my_products_router = Router(tags=["creator"])

Minor = Annotated[int, Field(ge=0, le=99_999_999)]
Line = Annotated[str, StringConstraints(max_length=200)]


class ListingIn(Schema):
    """What is left out of a change stays as it is. `price_minor` is the minimum for pay-what-you-want."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=120)] | None = None
    summary: Line | None = None
    description: Annotated[str, StringConstraints(max_length=20000)] | None = None
    sample_output: Annotated[str, StringConstraints(max_length=20000)] | None = None
    language: Annotated[str, StringConstraints(max_length=10)] | None = None
    category: Annotated[str, StringConstraints(max_length=60)] | None = Field(None, description="The category's slug.")
    tags: list[Annotated[str, StringConstraints(max_length=40)]] | None = Field(None, max_length=10)
    details: dict[str, Any] | None = Field(None, description="Facts of the kind: pages, formats, models, examples.")
    pricing: Literal["fixed", "free", "pwyw"] | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    price_minor: Minor | None = None
    suggested_minor: Minor | None = None
    compare_at_minor: Minor | None = None
    publish_on_approval: bool | None = None


class NewProductIn(ListingIn):
    kind: Literal["course", "prompt", "template", "ebook", "persona"]
    title: Annotated[str, StringConstraints(min_length=1, max_length=120)]


class OwnProduct(ProductCard):
    state: str
    description: str
    sample_output: str
    language: str
    details: dict[str, Any]
    tags: list[str]
    publish_on_approval: bool
    created_at: datetime
    updated_at: datetime


class OwnPage(Schema):
    count: int
    items: list[OwnProduct]


class VersionIn(Schema):
    label: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    changelog: Annotated[str, StringConstraints(max_length=5000)] = ""


class VersionWithFiles(VersionOut):
    files: list[FileOut]


class Deleted(Schema):
    """`archived` when somebody has it: it is off sale and stays with those who have it."""

    outcome: Literal["deleted", "archived"]


def _creator(request: HttpRequest) -> User:
    check_creator(request.user)
    return cast(User, request.user)


def _own(product: Product) -> dict[str, Any]:
    return _described(Product.objects.for_cards().prefetch_related("tags").get(pk=product.pk))


def _described(found: Product) -> dict[str, Any]:
    names = ("state", "description", "sample_output", "language", "publish_on_approval", "created_at", "updated_at")
    return {
        **card_of(found, has_access=True),
        **{name: getattr(found, name) for name in names},
        "details": details_as_stored(found),
        "tags": [tag.name for tag in found.tags.all()],
    }


def _listing(given: dict[str, Any], start: Listing) -> Listing:
    """`start` with what was given. Raises `BadListing` for a category that is not there."""
    changes = {name: value for name, value in given.items() if value is not None and name != "kind"}
    if "category" in changes:
        changes["category"] = Category.objects.filter(slug=changes["category"]).first()
        if changes["category"] is None:
            raise BadListing("There is no such category.", field="category")
    return dataclasses.replace(start, **changes)


def _with_files(version: Version) -> dict[str, Any]:
    return {
        **{name: getattr(version, name) for name in VersionOut.model_fields},
        "files": [file_of(asset) for asset in version.assets.all()],
    }


@creator_router.get("/products", response={200: OwnPage}, auth=user_auth, summary="My products")
def list_products(request: HttpRequest, limit: int = Query(50, ge=1, le=100), offset: int = Query(0, ge=0, le=100_000)) -> dict[str, Any]:
    """In every state, what was changed last on top."""
    mine = Product.objects.of(_creator(request)).for_cards().prefetch_related("tags").order_by("-updated_at", "-pk")
    return {"count": mine.count(), "items": [_described(product) for product in mine[offset : offset + limit]]}


@my_products_router.get("/me/products", response={200: OwnPage}, auth=user_auth, summary="My products, too")
def my_products(request: HttpRequest, limit: int = Query(50, ge=1, le=100), offset: int = Query(0, ge=0, le=100_000)) -> dict[str, Any]:
    """Another name of `/creator/products` (R65)."""
    return list_products(request, limit=limit, offset=offset)


@creator_router.post("/products", response={201: OwnProduct, **refusals(409)}, auth=user_auth, summary="Start a product")
def create(request: HttpRequest, payload: NewProductIn) -> Status:
    """A draft with an empty first version: add files, then submit it. For a course an empty course is made with it, to be built at
    `/dashboard/courses/`."""
    user = _creator(request)
    limit_rate("api-create", rate="60/h", request=request, by="user")
    listing = _listing(payload.model_dump(), Listing(title=payload.title))
    return Status(201, _own(create_product(by=user, kind=payload.kind, listing=listing)))


@creator_router.get("/products/{slug}", response={200: OwnProduct}, auth=user_auth, summary="One product of mine")
def read(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    return _own(get_own_product(_creator(request), slug))


@creator_router.patch("/products/{slug}", response={200: OwnProduct, **refusals(409)}, auth=user_auth, summary="Change a product")
def change(request: HttpRequest, slug: Slug, payload: ListingIn) -> dict[str, Any]:
    user = _creator(request)
    product = get_own_product(user, slug)
    given = payload.model_dump(exclude_unset=True)
    return _own(change_product(product, by=user, listing=_listing(given, Listing.of(product))))


@creator_router.delete("/products/{slug}", response={200: Deleted, **refusals(409)}, auth=user_auth, summary="Delete or archive a product")
def delete(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    user = _creator(request)
    return {"outcome": delete_product(get_own_product(user, slug), by=user)}


@creator_router.post(
    "/products/{slug}/submission", response={200: OwnProduct, **refusals(409, 422)}, auth=user_auth, summary="Submit for review"
)
def submit(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    """Refused with what is missing."""
    user = _creator(request)
    return _own(submit_product(get_own_product(user, slug), by=user))


@creator_router.delete("/products/{slug}/submission", response={200: OwnProduct, **refusals(409)}, auth=user_auth, summary="Withdraw it")
def withdraw(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    user = _creator(request)
    return _own(withdraw_product(get_own_product(user, slug), by=user))


@creator_router.post(
    "/products/{slug}/publication", response={200: OwnProduct, **refusals(409, 422)}, auth=user_auth, summary="Put on sale"
)
def publish(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    """What is approved goes on sale; what is archived comes back."""
    user = _creator(request)
    product = get_own_product(user, slug)
    return _own(restore_product(product, by=user) if product.state == "archived" else publish_product(product, by=user))


@creator_router.delete("/products/{slug}/publication", response={200: OwnProduct, **refusals(409)}, auth=user_auth, summary="Take off sale")
def archive(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    user = _creator(request)
    return _own(archive_product(get_own_product(user, slug), by=user))


@creator_router.get("/products/{slug}/versions", response={200: list[VersionWithFiles]}, auth=user_auth, summary="Versions and files")
def versions(request: HttpRequest, slug: Slug) -> list[dict[str, Any]]:
    product = get_own_product(_creator(request), slug)
    return [_with_files(version) for version in product.versions.prefetch_related("assets").order_by("-number")]


@creator_router.post(
    "/products/{slug}/versions", response={201: VersionWithFiles, **refusals(409)}, auth=user_auth, summary="Start a version"
)
def new_version(request: HttpRequest, slug: Slug, payload: VersionIn) -> Status:
    """Begins with the files of the version before; publish it when its files are right."""
    user = _creator(request)
    version = start_version(get_own_product(user, slug), by=user, label=payload.label, changelog=payload.changelog)
    return Status(201, _with_files(version))


@creator_router.post(
    "/products/{slug}/versions/publication",
    response={200: VersionWithFiles, **refusals(409, 422)},
    auth=user_auth,
    summary="Publish the draft version",
)
def publish_draft(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    user = _creator(request)
    return _with_files(publish_version(get_draft_version(get_own_product(user, slug)), by=user))


@creator_router.post("/products/{slug}/files", response={201: FileOut, **refusals(409)}, auth=user_auth, summary="Upload a file")
def upload(request: HttpRequest, slug: Slug, file: UploadedFile = File(...)) -> Status:  # noqa: B008 - ninja reads the default
    """Into the version that is being prepared (R116). Checked by content; stored under a name of our own."""
    user = _creator(request)
    limit_rate("upload", rate="120/m", request=request, by="user")
    return Status(201, file_of(add_asset(get_own_product(user, slug), file, by=user)))


@creator_router.delete(
    "/products/{slug}/files/{uuid:asset_id}", response={204: None, **refusals(409)}, auth=user_auth, summary="Remove a file"
)
def remove(request: HttpRequest, slug: Slug, asset_id: UUID) -> Status:
    user = _creator(request)
    asset: Asset = get_own_asset(get_own_product(user, slug), asset_id)
    remove_asset(asset, by=user)
    return Status(204, None)


@creator_router.post("/products/{slug}/cover", response={200: OwnProduct, **refusals(409)}, auth=user_auth, summary="Upload a cover")
def upload_cover(request: HttpRequest, slug: Slug, file: UploadedFile = File(...)) -> dict[str, Any]:  # noqa: B008 - ninja reads the default
    """A PNG, JPEG or WebP picture, at least 400 pixels on each side. Drawn anew before it is kept."""
    user = _creator(request)
    limit_rate("upload", rate="120/m", request=request, by="user")
    return _own(set_cover(get_own_product(user, slug), file, by=user))


@creator_router.delete("/products/{slug}/cover", response={200: OwnProduct, **refusals(409)}, auth=user_auth, summary="Remove the cover")
def delete_cover(request: HttpRequest, slug: Slug) -> dict[str, Any]:
    """The drawn one comes back."""
    user = _creator(request)
    return _own(remove_cover(get_own_product(user, slug), by=user))
