"""`{% fixed %}`: parts of the frame that are the same for everybody, rendered once per process and language."""

from __future__ import annotations

from collections.abc import Hashable

from django.template import Context, Node, NodeList
from django.template.base import FilterExpression, Parser, Token
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

MOST_KEPT = 64


class FixedNode(Node):
    """Keeps what its content rendered to, per language and per value of the expressions given."""

    def __init__(self, content: NodeList, varies_on: list[FilterExpression]) -> None:
        self.nodelist = content
        self.varies_on = varies_on
        self._kept: dict[Hashable, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        key = (get_language(), *(str(expression.resolve(context)) for expression in self.varies_on))
        kept = self._kept.get(key)
        if kept is None:
            kept = mark_safe(self.nodelist.render(context))  # noqa: S308
            if len(self._kept) < MOST_KEPT:
                self._kept[key] = kept
        return kept


def parse_fixed(parser: Parser, token: Token) -> FixedNode:
    """`{% fixed site_name user.is_authenticated %} … {% endfixed %}`.

    Only for content that depends on nothing but the language and the expressions named.
    """
    varies_on = [parser.compile_filter(part) for part in token.split_contents()[1:]]
    content = parser.parse(("endfixed",))
    parser.delete_first_token()
    return FixedNode(content, varies_on)
