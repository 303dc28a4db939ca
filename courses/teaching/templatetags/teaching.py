"""`{% load teaching %}`."""

from __future__ import annotations

from django import template

from kit.durations import duration_of_seconds
from kit.markdown import plain

register = template.Library()


@register.filter
def spent(seconds: int) -> str:
    """`{{ enrolment.seconds_spent|spent }}`: 8100 → 2 h 15 min; begun minutes count."""
    return duration_of_seconds(int(seconds))


@register.filter
def plain_words(text: str) -> str:
    """The first words of a Markdown text, without its signs."""
    return plain(text, 90)
