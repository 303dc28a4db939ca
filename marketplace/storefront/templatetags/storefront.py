"""Words of the shop's own pages: `{% load storefront %}`."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kit.markdown import render
from marketplace import kinds
from marketplace.cards import card, cards
from marketplace.models import Product
from marketplace.orders.access import held_products
from marketplace.pricing import price_label
from marketplace.search.backend import Results, Stamp

register = template.Library()

_BLANK: Final = re.compile(r"\{\{[^{}\n]{1,80}\}\}")


MOST_CARDS: Final = 10_000

_cards: dict[tuple[Stamp, str, str, bool], str] = {}


@register.simple_tag(takes_context=True)
def works(context: Context, products: Iterable[Product], heading: str = "h2", eager: int = 0) -> SafeString:
    """`{% works page.similar heading="h3" eager=3 %}`: cards side by side; pictures of the first `eager` load at once.

    A card's markup follows from what the card says and the language alone, so it is kept by exactly that: a list of known
    works is put together rather than rendered.
    """
    language, held, shown = get_language() or "", _held(context), list(products)
    parts = (
        _html(_marked(card, product.pk in held), language, heading, index < eager)
        for index, (product, card) in enumerate(zip(shown, cards(shown), strict=True))
    )
    return mark_safe("".join(parts))  # noqa: S308


@register.simple_tag(takes_context=True)
def found_works(context: Context, results: Results, heading: str = "h2", eager: int = 0) -> SafeString:
    """The same for a page of results. Cards are kept by the stamp of their work: rows are read only for those that are not, and for
    what the viewer has."""
    language, held = get_language() or "", _held(context)
    parts: list[str | None] = []
    missing = False
    for index, stamp in enumerate(results.stamps):
        html = None if stamp.pk in held else _cards.get((stamp, language, heading, index < eager))
        missing = missing or html is None
        parts.append(html)
    if missing:
        if len(_cards) > MOST_CARDS:
            _cards.clear()
        rows = {product.pk: product for product in results.products}
        for index, stamp in enumerate(results.stamps):
            if parts[index] is not None or stamp.pk not in rows:
                continue
            if stamp.pk in held:
                parts[index] = _html(_marked(card(rows[stamp.pk]), is_held=True), language, heading, index < eager)
            else:
                html = _html(card(rows[stamp.pk]), language, heading, index < eager)
                parts[index] = _cards[(stamp, language, heading, index < eager)] = html
    return mark_safe("".join(part for part in parts if part))  # noqa: S308


def _held(context: Context) -> frozenset[int]:
    """What the viewer has (R216). One query for each page with cards, none for visitors."""
    request = context.get("request")
    if request is None or not request.user.is_authenticated:
        return frozenset()
    held: frozenset[int] | None = getattr(request, "held_products", None)
    if held is None:
        held = request.held_products = held_products(request.user)
    return held


def _marked(card: dict[str, Any], is_held: bool) -> dict[str, Any]:
    return {**card, "flag": _("Yours")} if is_held else card


def _html(card: Mapping[str, Any], language: str, heading: str, eager: bool) -> str:
    values = tuple((name, value if isinstance(value, (int, float)) else str(value or "")) for name, value in card.items())
    return _card(language, heading, eager, values)


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


MOST_KEPT: Final = 2_000

_kept: dict[tuple[object, ...], SafeString] = {}


@register.simple_tag(takes_context=True)
def kept(context: Context, name: str, key: Hashable, **extra: Any) -> SafeString:
    """`{% kept "…/_facets.html" page.key swap=swap %}`: an include whose markup follows from `key`, the language and the keyword
    arguments alone, kept by exactly these. With None as key it is rendered each time."""
    full = (name, get_language(), key, *sorted(extra.items()))
    html = _kept.get(full) if key is not None else None
    if html is None:
        assert context.template is not None  # it is, while a page is rendered
        engine = context.template.engine
        with context.push(**extra):
            html = engine.get_template(name).render(context)
        if key is not None:
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            _kept[full] = html
    return html


@register.simple_tag(takes_context=True)
def visitor_key(context: Context) -> tuple[str, str] | None:
    """What the frame of a page depends on for somebody without a session: where she is, and what stands in the search field.
    None for everybody else."""
    request = context.get("request")
    if request is None or settings.SESSION_COOKIE_NAME in request.COOKIES or request.user.is_authenticated:
        return None
    path: str = request.path
    marketplace = reverse("marketplace")
    place = path if path in ("/", marketplace) else f"{marketplace}…" if path.startswith(marketplace) else "…"
    return place, request.GET.get("q", "")
