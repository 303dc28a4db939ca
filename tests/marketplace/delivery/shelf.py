"""Works with real files in the private store."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from kit.storage import store_upload
from marketplace.models import Asset, Product, Version

CONTENT = b"%PDF-1.7 " + bytes(range(256)) * 400


def add_file(product: Product, name: str = "Größe & Maß.pdf", *, version: Version | None = None, content: bytes = CONTENT) -> Asset:
    """A stored file in a version, by default in the newest published one."""
    stored = store_upload(SimpleUploadedFile("whatever.bin", content), prefix="assets")
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    return Asset.objects.create(
        version=version or product.versions.published().order_by("-number")[0],
        name=name,
        file=stored.name,
        size_bytes=stored.size,
        sha256=stored.sha256,
        content_type="application/pdf",
    )


def add_version(product: Product, label: str, *, state: str = "published", **fields: Any) -> Version:
    number = product.versions.count() + 1
    published_at = timezone.now() if state == "published" else None
    return Version.objects.create(product=product, number=number, label=label, state=state, published_at=published_at, **fields)
