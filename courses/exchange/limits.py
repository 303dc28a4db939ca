"""How large what is brought along may be. Sizes in bytes."""

from __future__ import annotations

from typing import Final

from django.conf import settings

MOST_UNPACKED: Final = 1024**3
MOST_ENTRIES: Final = 10_000
MOST_RATIO: Final = 120
"""How many times its size a .tar.gz may unpack to, above `RATIO_FROM`."""
RATIO_FROM: Final = 50 * 1024**2

MOST_JSON: Final = 32 * 1024**2
MOST_JSON_BRACKETS: Final = 400_000
MOST_JSON_QUOTES: Final = 2_000_000
MOST_JSON_COMMAS: Final = 2_000_000
"""Parsed lists of nothing take thirty times their text, so what makes them is counted before anything is parsed."""

MOST_TEXT_FILE: Final = 1024**2
MOST_FRONT_MATTER: Final = 64 * 1024
MOST_TOML: Final = 8 * 1024
MOST_XML: Final = 8 * 1024**2
MOST_XML_ELEMENTS: Final = 200_000
DEEPEST_XML: Final = 64
MOST_HTML: Final = 1024**2
MOST_HTML_ELEMENTS: Final = 10_000
"""Of one page. Cleaning takes the square of how deep they nest, at worst half a second for so many."""

SECONDS_TO_READ: Final = 30.0
MOST_NOTES: Final = 500
"""Problems, and warnings, that one report names."""
MOST_PLACES_AT_ONCE: Final = 3
"""Of one sentence; the others are shown when somebody asks."""

MOST_VIDEOS: Final = 200
KEEP_HOURS: Final = 24
"""How long a checked file waits for its confirmation, and an export for being fetched."""

AT_ONCE_FILES: Final = 12
AT_ONCE_BYTES: Final = 20 * 1024**2
"""An import or export with more files than this is done by a job, while its page shows how far it is."""


def most_upload_bytes() -> int:
    """Of one file that is sent (MAX_IMPORT_MB)."""
    return settings.MAX_IMPORT_BYTES
