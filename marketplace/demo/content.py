"""The demo works as they are written: one Markdown file each, `content/<creator>/<slug>.md`.

Front matter is TOML between `+++` lines; then the description; then sections that begin with `<!-- name -->`:

* `<!-- sample -->`: the sample output on the product page;
* `<!-- text -->`: an ebook's chapters (`# Chapter`) or a pack's prompts (`# Name`);
* `<!-- file: name.csv -->`: a file of a template's archive, as it is;
* `<!-- instructions -->`: what a persona is told to be (its example answers stand in the front matter).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "content"
_SECTION = re.compile(r"^<!-- (?P<name>[a-z]+)(?:: (?P<arg>[^>]+?))? -->\n", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Release:
    """One version: `days_ago` is when it was published."""

    label: str
    days_ago: int
    changelog: str = ""


@dataclass(frozen=True, kw_only=True)
class Chapter:
    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Work:
    """One demo product. `popularity` weighs how often it sold in the last 90 days; prices are in major units."""

    slug: str
    creator: str
    kind: str
    title: str
    summary: str
    category: str
    description: str
    tags: list[str]
    pricing: str = "fixed"
    price: Decimal = Decimal(0)
    suggested: Decimal | None = None
    compare_at: Decimal | None = None
    currency: str = "EUR"
    language: str = "en"
    state: str = "live"
    popularity: int = 3
    details: dict[str, Any] = field(default_factory=dict)
    releases: list[Release]
    sample: str = ""
    text: str = ""
    instructions: str = ""
    files: dict[str, str] = field(default_factory=dict)
    reviews: list[dict[str, Any]] = field(default_factory=list)

    @property
    def chapters(self) -> list[Chapter]:
        parts = re.split(r"^# (.+)$", self.text, flags=re.MULTILINE)
        return [Chapter(title=title.strip(), text=text.strip()) for title, text in zip(parts[1::2], parts[2::2], strict=True)]


def read_works(folder: Path = FOLDER) -> Iterator[Work]:
    """All demo works in a stable order. Raises ValueError naming the file that is not as it should be."""
    for path in sorted(folder.glob("*/*.md")):
        try:
            yield parse_work(path.read_text(encoding="utf-8"), slug=path.stem, creator=path.parent.name)
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path.relative_to(folder)}: {error}") from error


def parse_work(source: str, *, slug: str, creator: str) -> Work:
    """One work from its file's text. Raises ValueError when a part is missing."""
    if not source.startswith("+++\n"):
        raise ValueError("the file does not begin with +++")
    head, _, body = source[4:].partition("\n+++\n")
    facts = tomllib.loads(head)
    pieces = list(_SECTION.finditer(body))
    description = body[: pieces[0].start() if pieces else len(body)].strip()
    sections: dict[str, str] = {}
    files: dict[str, str] = {}
    for piece, following in zip(pieces, [*pieces[1:], None], strict=True):
        text = body[piece.end() : following.start() if following else len(body)].strip("\n") + "\n"
        if piece["name"] == "file":
            files[piece["arg"].strip()] = text
        else:
            sections[piece["name"]] = text
    releases = [Release(**release) for release in facts.pop("releases")]
    for name in ("price", "suggested", "compare_at"):
        if name in facts:
            facts[name] = Decimal(facts[name])
    return Work(
        slug=slug,
        creator=creator,
        description=description,
        releases=releases,
        files=files,
        sample=sections.get("sample", "").strip(),
        text=sections.get("text", ""),
        instructions=sections.get("instructions", "").strip(),
        **facts,
    )
