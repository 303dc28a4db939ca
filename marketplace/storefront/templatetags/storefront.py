"""Words of the shop's own pages: `{% load storefront %}`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from django import template
from django.template.loader import get_template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from kit.markdown import render
from marketplace import kinds
from marketplace.cards import cards
from marketplace.models import Product
from marketplace.pricing import price_label

register = template.Library()

_BLANK: Final = re.compile(r"\{\{[^{}\n]{1,80}\}\}")


@register.simple_tag
def works(products: Iterable[Product], heading: str = "h2", eager: int = 0) -> SafeString:
    """`{% works results.products heading="h3" eager=3 %}`: cards side by side; pictures of the first `eager` load at once.

    A card's markup follows from what the card says and the language alone, so it is kept by exactly that: a list of known
    works is put together rather than rendered.
    """
    language = get_language() or ""
    parts = []
    for index, card in enumerate(cards(products)):
        values = tuple((name, value if isinstance(value, (int, float)) else str(value or "")) for name, value in card.items())
        parts.append(_card(language, heading, index < eager, values))
    return mark_safe("".join(parts))  # noqa: S308


@lru_cache(maxsize=8192)
def _card(language: str, heading: str, eager: bool, values: tuple[tuple[str, Any], ...]) -> str:
    return get_template("components/work_card.html").render({"card": dict(values), "heading": heading, "eager": eager})


@register.filter
def manuscript(text: str) -> SafeString:
    """A prompt with its `{{blanks}}` marked."""
    return mark_safe(_BLANK.sub(lambda blank: f"<mark>{blank[0]}</mark>", escape(text)))  # noqa: S308


@register.filter
def markdown(text: str) -> SafeString:
    """What a creator wrote, as safe HTML."""
    return render(text)


@register.filter
def price(product: Product) -> str:
    """What a work costs, in words: "€19.00", "Free"."""
    return price_label(product)


@register.filter
def fact(product: Product) -> str:
    """The one fact beside the kind: "184 pages"."""
    return kinds.fact(product)
