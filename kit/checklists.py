"""Task lists in Markdown: items of a list that begin with `[ ]` or `[x]`, shown as boxes that cannot be ticked.

The syntax is that of GitHub (https://github.github.com/gfm/#task-list-items-extension-). Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_BOX: Final = re.compile(r"\[([ xX])\][ \t\n\v\f\r]")
_LISTS: Final = ("bullet_list", "ordered_list")


def checklists_plugin(parser: MarkdownIt) -> None:
    parser.core.ruler.after("inline", "checklists", _mark_checklists)


def _mark_checklists(state: StateCore) -> None:
    around: list[Token] = []
    for at, token in enumerate(state.tokens):
        kind, _underscore, edge = token.type.rpartition("_")
        if kind in _LISTS:
            if edge == "open":
                around.append(token)
            else:
                around.pop()
        elif token.type == "inline" and _begins_item(state.tokens, at) and _put_box(token):
            state.tokens[at - 2].attrSet("class", "task-list-item")
            around[-1].attrSet("class", "contains-task-list")


def _begins_item(tokens: list[Token], at: int) -> bool:
    return at >= 2 and tokens[at - 1].type == "paragraph_open" and tokens[at - 2].type == "list_item_open"


def _put_box(inline: Token) -> bool:
    """Turn the sign at the beginning into a box; false where there is none, or where it is the words of a link."""
    found, children = _BOX.match(inline.content), inline.children or []
    if found is None or not children or children[0].type != "text" or not children[0].content.startswith(found[0][:3]):
        return False
    inline.content, children[0].content = inline.content[3:], children[0].content[3:]
    ticked = "" if found[1] == " " else 'checked="checked" '
    box = Token("html_inline", "", 0, content=f'<input class="task-list-item-checkbox" {ticked}disabled="disabled" type="checkbox">')
    children.insert(0, box)
    return True
