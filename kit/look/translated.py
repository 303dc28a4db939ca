"""`{% translate "…" %}`, remembered: the same words in the same language are looked up once per place in a template."""

from __future__ import annotations

from django.template import Context, Node
from django.template.base import Parser, Token, Variable
from django.templatetags.i18n import TranslateNode, do_translate
from django.utils.translation import get_language


class TranslatedNode(Node):
    """What Django's own node says, kept per language."""

    child_nodelists = ()

    def __init__(self, node: TranslateNode) -> None:
        self.asvar, node.asvar = node.asvar, None
        self.node = node
        self._kept: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = get_language()
        words = self._kept.get(language)
        if words is None:
            words = self._kept[language] = self.node.render(context)
        if self.asvar is None:
            return words
        context[self.asvar] = words
        return ""


def parse_translate(parser: Parser, token: Token) -> Node:
    """As Django's tag. Only words that stand in the template itself are kept, not those of variables or with a context."""
    node = do_translate(parser, token)
    assert isinstance(node, TranslateNode)
    words = node.filter_expression
    is_literal = isinstance(words.var, Variable) and words.var.literal is not None and not words.filters
    return TranslatedNode(node) if is_literal and not node.noop and node.message_context is None else node
