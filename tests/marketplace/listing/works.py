"""Listings with files, made through the services."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from marketplace.models import Asset, Product
from marketplace.services.assets import add_asset
from marketplace.services.products import Listing, create_product
from tests.factories import make_category

DESCRIPTION = "A book about grids, for people who set type and wonder why it leans. Eleven chapters."


def upload(name: str = "book.md", content: bytes = b"# Book\n") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def listing(title: str = "Grids that hold", **changes: Any) -> Listing:
    complete = Listing(
        title=title, summary="About grids.", description=DESCRIPTION, category=make_category(), tags=["grids", "type"], price_minor=1900
    )
    return replace(complete, **changes)


def make_draft(by: User, title: str = "Grids that hold", *, kind: str = "ebook", files: int = 1, **changes: Any) -> Product:
    """Complete unless told otherwise: it could be submitted."""
    product = create_product(by=by, kind=kind, listing=listing(title, **changes))
    for number in range(files):
        add_asset(product, upload(f"part-{number + 1}.md"), by=by)
    return product


def only_asset(product: Product) -> Asset:
    return Asset.objects.get(version__product=product)


def form_of(product: Product | None = None, **changes: Any) -> dict[str, Any]:
    """What a browser posts for a complete ebook."""
    return {
        "kind": "ebook",
        "title": "Grids that hold",
        "summary": "About grids.",
        "description": DESCRIPTION,
        "sample_output": "",
        "category": str(make_category().pk),
        "tags": "grids, type",
        "language": "en",
        "pages": "",
        "formats": "PDF",
        "pricing": "fixed",
        "currency": "EUR",
        "price": "19.00",
        "compare_at": "",
        "minimum": "",
        "suggested": "",
        "publish_on_approval": "on",
        **changes,
    }
