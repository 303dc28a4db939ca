"""`{% load teaching %}`."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from kit.markdown import plain

register = template.Library()


@register.filter
def spent(seconds: int) -> str:
    """`{{ enrolment.seconds_spent|spent }}`: 8100 → 2 h 15 min; begun minutes count."""
    minutes = -(-int(seconds) // 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": rest}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest} if rest else _("%(hours)d h") % {"hours": hours}


@register.filter
def plain_words(text: str) -> str:
    """The first words of a Markdown text, without its signs."""
    return plain(text, 90)
