"""The card of a work, and what stands in it.

A catalogue page shows two dozen cards, and rendering is what such a page costs; so this is the one component that is
written in Python instead of a template, at about a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from kit.look import assets

HEADINGS = ("h2", "h3", "h4")


def render_card(card: Mapping[str, Any] | object, heading: str = "h2", *, eager: bool = False) -> SafeString:
    """A plate and its caption.

    `card` is a mapping or an object with url, title, kind, kind_label, cover_url, maker and price (as people read it; or
    price_html) and, where there is any: fact, maker_url, compare_at, flag, rating (0 to 5), rating_count. `heading` is
    the level of the title, `eager` is for covers above the fold. Text is escaped unless it is marked safe.
    """
    if heading not in HEADINGS:
        raise ValueError(f"the title of a card is one of {HEADINGS}, not {heading!r}")

    def text(name: str) -> str:
        value = card.get(name) if isinstance(card, Mapping) else getattr(card, name, None)
        return "" if value is None or value == "" else conditional_escape(value)

    def value(name: str) -> Any:
        return card.get(name) if isinstance(card, Mapping) else getattr(card, name, None)

    flag = f'<span class="flag">{flag}</span>' if (flag := text("flag")) else ""
    fact = f" · {fact}" if (fact := text("fact")) else ""
    maker = text("maker")
    if url := text("maker_url"):
        maker = f'<a class="relative z-20 hover:underline" href="{url}">{maker}</a>'
    price = text("price_html") or render_price(text("price"), text("compare_at"))
    lazy = "" if eager else ' loading="lazy"'
    return mark_safe(  # noqa: S308
        f'<article class="work"><div class="cover">'
        f'<img src="{text("cover_url")}" alt="" width="400" height="300" decoding="async"{lazy}>{flag}</div>'
        f'<p class="kind">{assets.symbol("k-" + text("kind"))}<span>{text("kind_label")}{fact}</span></p>'
        f'<{heading}><a href="{text("url")}">{text("title")}</a></{heading}>'
        f'<p class="by">{maker}</p>'
        f'<div class="foot">{price}{render_stars(value("rating"), value("rating_count"))}</div></article>'
    )


def render_price(price: str, compare_at: str = "") -> SafeString:
    """What it costs, after what it cost before; both already written as people read them."""
    before = ""
    if compare_at:
        was, now = _("Was"), _("now")
        before = f'<s><span class="sr-only">{was} </span>{conditional_escape(compare_at)}</s><span class="sr-only">{now} </span>'
    return mark_safe(f'<span class="price">{before}{conditional_escape(price)}</span>')  # noqa: S308


def render_stars(rating: float | None, count: int | None) -> SafeString:
    """One star, the average and how many rated; or that nobody has."""
    if not count or rating is None:
        return mark_safe(f'<span class="stars">{_("No ratings yet")}</span>')  # noqa: S308
    average = number_format(round(rating, 1), decimal_pos=1, use_l10n=True)
    many = number_format(count, use_l10n=True, force_grouping=True)
    star = assets.icon("star-fill")
    return mark_safe(  # noqa: S308
        f'<span class="stars">{star}<b>{average}</b><span class="sr-only"> {_("out of 5,")}</span> ({many})</span>'
    )
