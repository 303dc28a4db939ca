"""The lines of an outline as HTML, in Python and remembered: a player's page has dozens of them, and most are those of the page before.

What they show is in the rows themselves (`courses.learning.pages`), so a line is kept by what it says and in which language.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from courses.learning.pages import Part, StepRow
from kit.look.assets import icon

_CLASSES: Final = {"done": "lesson is-done", "locked": "lesson is-locked"}


def render_steps(rows: Iterable[StepRow]) -> SafeString:
    """`<li>` lines."""
    language = get_language()
    return mark_safe("".join([f"<li>{_step(row, language)}</li>" for row in rows]))  # noqa: S308


def render_swapped_step(row: StepRow) -> SafeString:
    """The line of the current step, for htmx to put in place of the one in the page."""
    return mark_safe(_step(row, get_language()).replace(" href=", ' hx-swap-oob="true" href=', 1))  # noqa: S308


def render_parts(parts: Iterable[Part]) -> SafeString:
    """`<details>` of modules. Those that are closed fetch their steps when they are opened; without script their link leads there."""
    language = get_language()
    return mark_safe("".join([_closed(part, language) if part.steps is None else _open(part, part.steps) for part in parts]))  # noqa: S308


@lru_cache(maxsize=8192)
def _step(row: StepRow, language: str | None) -> str:
    hidden = {"done": _("done"), "locked": _("for those who have the course")}.get(row.state, "")
    here = ' id="step-here" aria-current="page"' if row.is_current else ""
    words = f'<span class="sr-only"> ({escape(hidden)})</span>' if hidden else ""
    preview = f'<span class="free">{escape(_("Preview"))}</span>' if row.state == "free" else ""
    return (
        f'<a class="{_CLASSES.get(row.state, "lesson")}" href="{escape(row.href)}"{here}>{_drawing(row.state)}'
        f'<span>{escape(row.title)}{words}</span><span class="t">{preview}{escape(row.fact)}</span></a>'
    )


def _drawing(state: str) -> SafeString:
    match state:
        case "done":
            return icon("circle-check")
        case "current":
            return icon("circle-dot")
        case "free":
            return icon("circle-play")
        case "locked":
            return icon("lock")
    return icon("circle")


@lru_cache(maxsize=4096)
def _closed(part: Part, language: str | None) -> str:
    href = escape(part.href)
    return (
        f'<details class="outline-part" hx-get="{href}" hx-trigger="toggle once" hx-target="find ul">{_summary(part)}'
        f'<ul><li><a class="lesson" href="{href}">{escape(_("Show its steps"))}</a></li></ul></details>'
    )


def _open(part: Part, steps: tuple[StepRow, ...]) -> str:
    return f'<details class="outline-part"{" open" if part.is_open else ""}>{_summary(part)}<ul>{render_steps(steps)}</ul></details>'


def _summary(part: Part) -> str:
    counted = ' id="part-count"' if part.is_open and part.count else ""
    return (
        f'<summary><span class="n">{part.number or ""}</span><span>{escape(part.title)}</span>'
        f'<span class="t"{counted}>{escape(part.count)}</span></summary>'
    )
