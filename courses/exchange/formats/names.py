"""Names of files and folders, as order and as titles."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = re.compile(r"(\d{1,9})")
_LEADING: Final = re.compile(r"^\d{1,4}(?:[.\-_ )]\d{1,4})*[.\-_ )]+")


def natural(name: str) -> list[tuple[int, int, str]]:
    """A key that puts "2-b" before "10-a"."""
    parts = _NUMBER.split(name.casefold())
    return [(0, int(part), "") if index % 2 else (1, 0, part) for index, part in enumerate(parts) if part]


def title_of(name: str) -> str:
    """A title from a name: "02-letters_that-hold.md" is "Letters that hold"."""
    stem = re.sub(r"\.(md|markdown|html?|xml|ya?ml)$", "", name.rpartition("/")[2], flags=re.IGNORECASE)
    words = " ".join(re.sub(r"[-_]+", " ", _LEADING.sub("", stem) or stem).split())
    return (words[:1].upper() + words[1:])[:160]
