"""Puts the demo works on the shelves, with files, versions and pictures, as of the days on which they came out."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from pypdf import PdfReader

from accounts.models import User
from kit.images import clean_image
from kit.money import to_minor
from kit.storage import store_upload
from marketplace.approvals.models import Decision
from marketplace.demo.content import Release, Work, read_works
from marketplace.demo.files import build_files
from marketplace.demo.previews import draw_preview
from marketplace.models import Asset, Category, GalleryImage, Product, State, Tag, Version

CATEGORIES = {
    "Design and type": "Letters, pages, marks, colour",
    "Writing": "Books, letters, editing",
    "Software and data": "Queries, numbers, machines that behave",
    "Craft and making": "Paper, clay, gardens",
    "Running a studio": "Prices, invoices, clients",
    "Learning and teaching": "Explaining, looking, remembering",
}
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
    "zip": "application/zip",
    "json": "application/json",
    "md": "text/markdown",
    "csv": "text/csv",
    "txt": "text/plain",
}


def ensure_categories() -> dict[str, Category]:
    """The demo's categories by name, made where they are missing."""
    return {
        name: Category.objects.get_or_create(slug=slugify(name), defaults={"name": name, "description": text, "position": n})[0]
        for n, (name, text) in enumerate(CATEGORIES.items())
    }


def ensure_works(people: Mapping[str, User], moderator: User) -> tuple[list[Product], dict[int, Work]]:
    """All demo products, made where they are missing, and the texts that they were made from by product id."""
    categories = ensure_categories()
    there = {product.slug: product for product in Product.objects.filter(creator__in=people.values()).select_related("creator__profile")}
    works: dict[int, Work] = {}
    products = []
    for work in read_works():
        product = there.get(work.slug) or make_product(work, people[work.creator], categories[work.category], moderator)
        works[product.pk] = work
        products.append(product)
    return products, works


@transaction.atomic
def make_product(work: Work, creator: User, category: Category, moderator: User) -> Product:
    """One work with everything that belongs to it, or nothing of it."""
    product = shelve(work, creator, category, moderator)
    for number, release in enumerate(work.releases, 1):
        _make_version(product, work, number, release, published=product.state in (State.LIVE, State.ARCHIVED))
    _add_pictures(product, work)
    return product


def shelve(work: Work, creator: User, category: Category, moderator: User) -> Product:
    """The listing alone, decided by staff as its state says, as of the day of its first release."""
    now = timezone.now()
    first = now - timedelta(days=work.releases[0].days_ago)
    state = State(work.state)
    product = Product.objects.create(
        creator=creator,
        kind=work.kind,
        title=work.title,
        slug=work.slug,
        summary=work.summary,
        description=work.description,
        sample_output=work.sample,
        details=work.details,
        language=work.language,
        category=category,
        pricing=work.pricing,
        currency=work.currency,
        price_minor=to_minor(work.price, work.currency),
        suggested_minor=None if work.suggested is None else to_minor(work.suggested, work.currency),
        compare_at_minor=None if work.compare_at is None else to_minor(work.compare_at, work.currency),
        state=state,
        submitted_at=None if state == State.DRAFT else first - timedelta(days=1),
        published_at=first if state in (State.LIVE, State.ARCHIVED) else None,
        archived_at=now - timedelta(days=20) if state == State.ARCHIVED else None,
    )
    product.tags.set([Tag.objects.get_or_create(slug=slugify(name), defaults={"name": name})[0] for name in work.tags])
    _decide(product, state, moderator, first)
    Product.objects.filter(pk=product.pk).update(created_at=first - timedelta(days=3), updated_at=first)
    return product


def _make_version(product: Product, work: Work, number: int, release: Release, *, published: bool) -> None:
    at = timezone.now() - timedelta(days=release.days_ago)
    version = Version.objects.create(
        product=product,
        number=number,
        label=release.label,
        changelog=release.changelog,
        state=Version.State.PUBLISHED if published else Version.State.DRAFT,
        published_at=at if published else None,
    )
    for position, (name, content) in enumerate(build_files(work, release, product.creator.name).items()):
        stored = store_upload(ContentFile(content), prefix="assets")
        ending = name.rpartition(".")[2]
        pages = len(PdfReader(io.BytesIO(content)).pages) if ending == "pdf" else None
        if pages and number == len(work.releases):
            product.details = {**product.details, "pages": pages}
            product.save(update_fields=["details"])
        Asset.objects.create(
            version=version,
            name=name,
            file=stored.name,
            size_bytes=stored.size,
            sha256=stored.sha256,
            content_type=CONTENT_TYPES[ending],
            pages=pages,
            position=position,
        )


def _add_pictures(product: Product, work: Work) -> None:
    for position, (alt, picture) in enumerate(draw_preview(work, product.creator.name)):
        clean = clean_image(ContentFile(picture, name="page.png"), max_side=1400)
        stored = store_upload(clean.content, prefix="gallery", extension=".webp", to_public=True)
        GalleryImage.objects.create(product=product, image=stored.name, width=clean.width, height=clean.height, alt=alt, position=position)


def _decide(product: Product, state: State, moderator: User, at: datetime) -> None:
    if state in (State.LIVE, State.ARCHIVED):
        decision = Decision.objects.create(product=product, verdict=Decision.Verdict.APPROVED, by=moderator)
    elif state == State.REJECTED:
        decision = Decision.objects.create(
            product=product,
            verdict=Decision.Verdict.REJECTED,
            rule="rights",
            note="The second example shows a trademarked wordmark. Replace it with letters of your own and submit again.",
            by=moderator,
        )
    else:
        return
    Decision.objects.filter(pk=decision.pk).update(at=at)
