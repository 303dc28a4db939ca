"""Callouts in Markdown: a quotation whose first line is `[!NOTE]`, `[!TIP]`, `[!IMPORTANT]`, `[!WARNING]` or `[!CAUTION]`.

The syntax is that of GitHub (https://docs.github.com/en/get-started/writing-on-github, "Alerts").
"""

from __future__ import annotations

import re
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

KINDS: Final[dict[str, str | Promise]] = {
    "note": _("Note"),
    "tip": _("Tip"),
    "important": _("Important"),
    "warning": _("Warning"),
    "caution": _("Caution"),
}

_FIRST_LINE: Final = re.compile(rf"\[!({'|'.join(KINDS)})\][ \t]*(?:\n|$)", re.IGNORECASE)


def callouts_plugin(parser: MarkdownIt) -> None:
    """Turn such quotations into `<div class="callout callout-note" role="note">` that begin with a title in the active language."""
    parser.core.ruler.after("block", "callouts", _mark_callouts)


def _mark_callouts(state: StateCore) -> None:
    open_ones: list[bool] = []
    at = 0
    while at < len(state.tokens):
        token = state.tokens[at]
        if token.type == "blockquote_open":
            kind = _kind_at(state.tokens, at)
            open_ones.append(bool(kind))
            if kind:
                token.tag = "div"
                token.attrs = {"class": f"callout callout-{kind}", "role": "note"}
                state.tokens[at + 1 : at + 1] = _title(kind)
                at += 3
                _drop_first_line(state.tokens, at + 1)
        elif token.type == "blockquote_close" and open_ones.pop():
            token.tag = "div"
        at += 1


def _kind_at(tokens: list[Token], at: int) -> str:
    if at + 2 >= len(tokens) or tokens[at + 1].type != "paragraph_open":
        return ""
    found = _FIRST_LINE.match(tokens[at + 2].content)
    return found[1].lower() if found else ""


def _title(kind: str) -> list[Token]:
    opening = Token("paragraph_open", "p", 1, attrs={"class": "callout-title"}, block=True)
    words = Token("inline", "", 0, content=str(KINDS[kind]), children=[], block=True)
    return [opening, words, Token("paragraph_close", "p", -1, block=True)]


def _drop_first_line(tokens: list[Token], paragraph: int) -> None:
    """Without the line that names the kind; without the paragraph where it had no other."""
    inline = tokens[paragraph + 1]
    inline.content = _FIRST_LINE.sub("", inline.content, count=1)
    if not inline.content.strip():
        del tokens[paragraph : paragraph + 3]
