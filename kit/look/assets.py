"""Addresses of built files, and the icons that live in one of them."""

import hashlib
from functools import lru_cache

from django.conf import settings
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

SPRITE = "icons.svg"


def asset(path: str) -> str:
    """Address of a built file, with its hash where the storage makes one.

    Without a build (or with a build that lacks the file) the unhashed address is returned, so that a page, above all an
    error page, still stands without its style.
    """
    try:
        return _hashed(path)
    except ValueError:
        return f"{settings.STATIC_URL}{path}"


@lru_cache(maxsize=64)
def _hashed(path: str) -> str:
    return static(path)


def icon(name: str, *, css: str = "icon", label: str = "") -> SafeString:
    """One icon of the sprite: decoration unless it has a label, then an image with that name."""
    return symbol(f"i-{name}", css=css, label=label)


@lru_cache(maxsize=1024)
def symbol(name: str, *, css: str = "", label: str = "") -> SafeString:
    """`<use>` of any symbol of the sprite."""
    role = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="{}" {}><use href="{}#{}"/></svg>', css, role, mark_safe(escape(asset(SPRITE))), name)  # noqa: S308


def fingerprint(text: str) -> str:
    """A strong ETag of a text."""
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
