"""Formulas in Markdown: `$…$` in a line, `$$…$$` on its own, as the TeX source that a script sets with KaTeX.

Without script the source is shown as code. `$5 and $10` stays money: what stands in dollars may neither begin nor end with a
space, and no digit may follow the closing one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_block_dollar

MOST_LINES: Final = 60
"""Of one formula. The parser looks for its end line by line: without a bound a page of openings takes quadratic time."""

_ENDS: Final = "lines that end a formula"


def maths_plugin(parser: MarkdownIt) -> None:
    """Formulas become `<span class="math">` (in a line), `<span class="math math-display">` (`$$` in a line) and `<div class="math">`."""
    parser.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False, allow_blank_lines=False, double_inline=True)
    find = math_block_dollar(allow_labels=False, allow_blank_lines=False)

    def bounded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        ends = _ends(state)
        at = bisect_left(ends, start)
        if at == len(ends) or ends[at] >= start + MOST_LINES:
            return False
        return find(state, start, min(end, start + MOST_LINES), silent)

    parser.block.ruler.at("math_block", bounded)
    parser.add_render_rule("math_inline", _in_line)
    parser.add_render_rule("math_inline_double", _displayed)
    parser.add_render_rule("math_block", _block)


def _ends(state: StateBlock) -> list[int]:
    """The lines of the whole text that could end a formula, found once a text."""
    if _ENDS not in state.env:
        state.env[_ENDS] = [number for number, line in enumerate(state.src.split("\n")) if line.rstrip().endswith("$$")]
    found: list[int] = state.env[_ENDS]
    return found


def _in_line(self: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    return f'<span class="math"><code>{_source(tokens[index])}</code></span>'


def _displayed(self: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    return f'<span class="math math-display"><code>{_source(tokens[index])}</code></span>'


def _block(self: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    return f'<div class="math" tabindex="0"><code>{_source(tokens[index])}</code></div>\n'


def _source(token: Token) -> str:
    return escapeHtml(token.content.strip())
