"""How much one may list: per file, per version, per product, per creator. Sizes are bytes."""

from __future__ import annotations

from typing import Final

from django.conf import settings

MOST_TAGS: Final = 10
MOST_TAG_LENGTH: Final = 40
MOST_FILES: Final = 100
"""Files of one version."""
MOST_PICTURES: Final = 12
"""Gallery pictures of one product, besides the cover."""
MOST_VERSIONS: Final = 500
COVER_SIDE: Final = 1600
GALLERY_SIDE: Final = 2000
LEAST_COVER_SIDE: Final = 400
LEAST_GALLERY_SIDE: Final = 200
LEAST_DESCRIPTION: Final = 50
"""Characters: about a sentence."""


def most_file_bytes() -> int:
    return settings.MAX_ASSET_BYTES


def most_product_bytes() -> int:
    """All versions of a product together, a file that several versions share counted once."""
    return settings.MAX_PRODUCT_BYTES


def most_creator_bytes() -> int:
    return settings.MAX_CREATOR_BYTES
