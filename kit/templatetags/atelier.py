"""The words that templates use: `{% load atelier %}`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from kit import durations
from kit.look import assets, cards, fields
from kit.look.fixed import parse_fixed
from kit.look.translated import parse_translate
from kit.markdown import render_lesson
from kit.money import format_money
from kit.money import symbol as currency_symbol

register = template.Library()
register.tag("fixed", parse_fixed)
register.tag("translate", parse_translate)

# --- Pictures -----------------------------------------------------------------------------------------------------


@register.simple_tag
def asset(path: str) -> str:
    """`{% asset "app.css" %}`: address of a built file; works (unhashed) without a build."""
    return assets.asset(path)


@register.simple_tag
def icon(name: str, size: str = "", css: str = "", label: str = "") -> SafeString:
    """`{% icon "search" %}`, `{% icon "check" size="sm" css="text-success" label=_("Done") %}`: a Lucide icon by name."""
    sized = f"icon icon-{size}" if size else "icon"
    return assets.icon(name, css=f"{sized} {css}".rstrip(), label=str(label))


@register.simple_tag
def kind_glyph(kind: str) -> SafeString:
    """`{% kind_glyph "ebook" %}`: the glyph of a kind of product, for `.kind` and `.index`."""
    return assets.symbol(f"k-{kind}")


@register.simple_tag
def mark() -> SafeString:
    """The register mark."""
    return assets.symbol("mark")


@register.simple_tag
def cover_url(kind: str, slug: str) -> str:
    """Address of the drawn cover: for works without a picture of their own."""
    return reverse("cover", args=[kind, slug])


@register.simple_tag
def face(username: str, avatar_url: str = "", size: str = "", alt: str = "") -> SafeString:
    """`{% face user.username user.profile.avatar_url "lg" %}`: somebody's picture, else one drawn from the username.

    Sizes: "sm" 24, none 32, "lg" 64, "xl" 96 px. Decorative unless `alt` is given: a name usually stands beside it.
    """
    pixels = {"sm": 24, "lg": 64, "xl": 96}.get(size, 32)
    source = avatar_url or cover_url("persona", username)
    css = f"face face-{size}" if size else "face"
    return format_html(
        '<span class="{}"><img src="{}" alt="{}" width="{}" height="{}" loading="lazy" decoding="async"></span>',
        css, source, alt, pixels, pixels,
    )  # fmt: skip


@register.simple_tag
def star_row(rating: int) -> SafeString:
    """Five stars, `rating` of them filled: for a single review. Lists show one star and the average (components/stars.html)."""
    full = assets.icon("star-fill", css="icon")
    empty = assets.icon("star", css="icon text-soft")
    label = _("%(rating)d out of 5") % {"rating": rating}
    return format_html(
        '<span class="stars-5" role="img" aria-label="{}">{}</span>',
        label, mark_safe("".join(full if i < rating else empty for i in range(5))),  # noqa: S308
    )  # fmt: skip


@register.simple_tag
def work_card(card: Mapping[str, Any] | object, heading: str = "h2", eager: bool = False) -> SafeString:
    """`{% work_card card "h3" %}`: a work in a list. See `kit.look.cards.render_card`."""
    return cards.render_card(card, heading or "h2", eager=bool(eager))


@register.simple_tag
def price(text: str, compare_at: str = "") -> SafeString:
    """`{% price "€54.00" "€72.00" %}`: what it costs, after what it cost before."""
    return cards.render_price(text, compare_at or "")


@register.simple_tag
def stars(rating: float | None, count: int | None) -> SafeString:
    """`{% stars product.rating product.rating_count %}`: for lists."""
    return cards.render_stars(rating or None, count or None)


# --- Forms --------------------------------------------------------------------------------------------------------


@register.simple_tag
def field(bound: BoundField, **options: Any) -> SafeString:
    """`{% field form.title help=_("…") counter=True %}`: label, control, help and refusal. See `kit.look.fields.render_field`."""
    return fields.render_field(bound, **options)


@register.simple_tag
def form_fields(form: BaseForm) -> SafeString:
    """Every field of a form, in its order, hidden ones first."""
    hidden = [bound.as_widget() for bound in form.hidden_fields()]
    return mark_safe("".join([*hidden, *(fields.render_field(bound) for bound in form.visible_fields())]))  # noqa: S308


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: BaseForm, title: str = "", focus: bool = True) -> dict[str, Any]:
    """The notice on top of a refused form: what is wrong, each with a link to its field. Takes the focus. Nothing when all is well."""
    general = list(form.non_field_errors())
    refused = []
    for bound in form:
        if bound.errors:
            target = "" if bound.is_hidden else fields.focus_id(bound)
            refused.append({"id": target, "label": bound.label, "message": next(iter(bound.errors))})
    count = len(general) + len(refused)
    return {
        "general": general,
        "refused": refused,
        "focus": focus,
        "title": title or ngettext("One thing to fix first", "%(count)d things to fix first", count) % {"count": count},
    }


# --- Text that people write -------------------------------------------------------------------------------------------


@register.filter
def lesson_html(text: str) -> SafeString:
    """`{{ question.text|lesson_html }}`: Markdown with formulas and callouts, for what is taught. Put it into `.reading`."""
    return render_lesson(text)


# --- Words and numbers ----------------------------------------------------------------------------------------------


@register.filter
def money(minor: int | str | None, currency: str) -> str:
    """`{{ line.total_minor|money:line.currency }}`: an amount in minor units as people write it; nothing for nothing."""
    return "" if minor in (None, "") else format_money(int(minor), currency)


@register.filter
def currency_sign(currency: str) -> str:
    """`{{ "EUR"|currency_sign }}`: € for the start of a money field."""
    return currency_symbol(currency)


@register.filter
def num(value: float | str | None) -> str:
    """1284 → 1,284 in the reader's language."""
    return "" if value in (None, "") else number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def whole(share: float | Decimal | None) -> str:
    """`{{ attempt.percentage|whole }}%`: 66.67 → 66. Rounded down: whoever fails at 70 per cent is not told "70%"; "" for None."""
    return "" if share is None else number_format(math.floor(share), use_l10n=True)


@register.filter
def filesize(size: float | str | None) -> str:
    """Bytes as KB, MB, GB (1,024 each), with a space that does not break."""
    return "" if size in (None, "") else filesizeformat(size)


@register.filter
def duration(minutes: int | None) -> str:
    """Whole minutes as one says them: `{{ 220|duration }}` is 3 h 40 min; "" for None."""
    return "" if minutes is None else durations.duration(int(minutes))


# Day before month, so that a date never reads as a fraction; other languages bring their own formats.
_ENGLISH = {"date": "j M Y", "datetime": "j M Y, H:i", "day": "j M"}
_LOCAL = {"date": "DATE_FORMAT", "datetime": "SHORT_DATETIME_FORMAT", "day": "MONTH_DAY_FORMAT"}


@register.simple_tag
def when(moment: datetime | date | None, form: str = "date") -> SafeString | str:
    """`{% when order.paid_at "datetime" %}`: `<time>` in the reader's zone. Forms: "date", "datetime", "day".

    The server writes it in the active zone; where nobody chose one, a script rewrites it in the browser's.
    """
    if moment is None:
        return ""
    formats = _ENGLISH if (get_language() or "en").startswith("en") else _LOCAL
    if not isinstance(moment, datetime):
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), date_format(moment, formats[form]))
    shown = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    chosen = timezone.get_current_timezone_name() != settings.TIME_ZONE
    local = mark_safe("") if chosen else format_html(' data-local="{}"', form)
    return format_html('<time datetime="{}"{}>{}</time>', moment.isoformat(), local, date_format(shown, formats[form]))


# --- Where one is ---------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def here(context: template.Context, url: str, exact: bool = False) -> SafeString:
    """` aria-current` for a link in a navigation: "page" on that address, "true" below it (unless `exact`), else nothing."""
    request = context.get("request")
    path = request.path if request else ""
    if not url or not path:
        return mark_safe("")
    if path == url:
        return mark_safe(' aria-current="page"')
    if not exact and url != "/" and path.startswith(url):
        return mark_safe(' aria-current="true"')
    return mark_safe("")


@register.simple_tag
def attributes(values: Mapping[str, Any] | None) -> SafeString:
    """`<a {% attributes link.attrs %}>`: a dict as HTML attributes; True stands alone, False and None are left out."""
    parts = [(name, value) for name, value in (values or {}).items() if value is not None and value is not False]
    return format_html_join(" ", "{}", ((name if value is True else format_html('{}="{}"', name, value),) for name, value in parts))
