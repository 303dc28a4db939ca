"""Tags: the creators' words, one row per word however it is written."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

from django.utils.text import slugify
from django.utils.translation import gettext as _

from marketplace.errors import BadListing
from marketplace.limits import MOST_TAG_LENGTH, MOST_TAGS
from marketplace.models import Tag

_SPELLED = str.maketrans({"+": "plus", "#": "sharp", "&": " and ", "@": "at"})


def tag_slug(name: str) -> str:
    """The identity of a tag in ASCII: "Typé" and "type" are one, "C++" and "C#" are two; other scripts get a short digest."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    slug = slugify(folded.translate(_SPELLED))[:MOST_TAG_LENGTH].strip("-")
    if any(ord(char) > 0x24F and char.isalnum() for char in folded):
        slug = "-".join(filter(None, [slug[:20].strip("-"), hashlib.sha256(folded.encode()).hexdigest()[:10]]))
    return slug


def split_tags(text: str) -> list[str]:
    """What somebody typed with commas or line breaks between, tidied, each once. Raises `BadListing`."""
    names: dict[str, str] = {}
    for part in text.replace(";", ",").replace("\n", ",").split(","):
        name = " ".join("".join(char for char in part if char.isprintable()).strip(" #").split())
        if not name:
            continue
        if len(name) > MOST_TAG_LENGTH:
            raise BadListing(_("“%(tag)s…” is too long for a tag.") % {"tag": name[:20]}, field="tags")
        slug = tag_slug(name)
        if not slug:
            raise BadListing(_("“%(tag)s” has no letters or digits.") % {"tag": name}, field="tags")
        names.setdefault(slug, name)
    if len(names) > MOST_TAGS:
        raise BadListing(_("Use at most %(most)d tags; the most telling ones.") % {"most": MOST_TAGS}, field="tags")
    return list(names.values())


def ensure_tags(names: Iterable[str]) -> list[Tag]:
    """The rows of these words, made where new. Safe when two people make the same word at once."""
    wanted = {tag_slug(name): name for name in names}
    known = {tag.slug: tag for tag in Tag.objects.filter(slug__in=wanted)}
    new = [Tag(name=name, slug=slug) for slug, name in sorted(wanted.items()) if slug not in known]
    if new:
        Tag.objects.bulk_create(new, ignore_conflicts=True)
        known = {tag.slug: tag for tag in Tag.objects.filter(slug__in=wanted)}
    return [known[slug] for slug in wanted]
