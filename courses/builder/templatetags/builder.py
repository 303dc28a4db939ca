"""What the rows of the builder's outline offer, in Python and remembered: a large course has hundreds of rows."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kit.look.assets import icon

register = template.Library()


@register.simple_tag
def part_acts(root: str, part: str, pk: UUID, title: str) -> SafeString:
    """The buttons to move a "module", "lesson" or "quiz" up and down, and the link to all else; `root` is the course's address."""
    return _acts(root, part, pk, title, get_language())


@lru_cache(maxsize=8192)
def _acts(root: str, part: str, pk: UUID, title: str, language: str | None) -> SafeString:
    address = escape(f"{root}outline/{part}/{pk}/")
    said = {"title": title}

    def move(to: str, words: str) -> str:
        return (
            f'<button class="act" type="submit" form="outline-form" formaction="{address}place/?to={to}" id="{to}-{pk}"'
            f' aria-label="{escape(words)}">{icon(f"arrow-{to}", css="icon icon-sm")}</button>'
        )

    return mark_safe(  # noqa: S308
        f'<span class="part-acts">{move("up", _("Move %(title)s up") % said)}{move("down", _("Move %(title)s down") % said)}'
        f'<a class="act" href="{address}" id="more-{pk}" data-more aria-label="{escape(_("More for %(title)s") % said)}">'
        f"{icon('ellipsis', css='icon icon-sm')}</a></span>"
    )
