"""Markdown that strangers write, as HTML that is safe to show.

Two walls: the parser passes no HTML through and knows only a few link schemes, and nh3 then keeps only the tags
and attributes named here. Pictures are shown from this site alone; others become links, since our pages load
nothing from elsewhere.

Two flavours: `render` for what is said about a work, and `render_lesson` for what is taught: the same with formulas, callouts
and, where asked, headings that can be linked to.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import nh3
import pygments
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import get_language
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.footnote import footnote_plugin
from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from kit.callouts import KINDS as CALLOUTS
from kit.callouts import callouts_plugin
from kit.checklists import checklists_plugin
from kit.maths import maths_plugin

MOST_CHARACTERS: Final = 100_000
"""Longer texts are cut before parsing."""
MOST_COLOURED: Final = 20_000
"""Characters of code that are coloured in one text; what comes after stays plain."""
SECONDS_TO_COLOUR: Final = 0.4
"""Of the processor's time, for the code of one text: most lexers take quadratic time for code that is odd enough."""

_TAGS: Final = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "em", "strong", "s", "del", "sup", "section"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a", "img", "input", "span", "div"),
}
_ATTRIBUTES: Final[dict[str, set[str]]] = {
    "a": {"href", "title", "id", "aria-label"},
    "img": {"src", "alt", "title", "loading"},
    "input": {"disabled", "checked"},
    "li": {"id"},
    "ol": {"start"},
    "div": {"tabindex"},
    "pre": {"tabindex"},
}
_FIXED: Final[dict[str, dict[str, set[str]]]] = {
    "input": {"type": {"checkbox"}},
    "th": {"align": {"left", "center", "right"}},
    "td": {"align": {"left", "center", "right"}},
}
_CLASSES: Final[dict[str, set[str]]] = {
    "ul": {"contains-task-list"},
    "ol": {"contains-task-list", "footnotes-list"},
    "li": {"task-list-item", "footnote-item"},
    "input": {"task-list-item-checkbox"},
    "sup": {"footnote-ref"},
    "a": {"footnote-backref"},
    "hr": {"footnotes-sep"},
    "section": {"footnotes"},
    "div": {"code", "table-scroll"},
}
_HEADINGS: Final = ("h2", "h3", "h4", "h5", "h6")
_LESSON_ATTRIBUTES: Final[dict[str, set[str]]] = {
    **_ATTRIBUTES,
    **{tag: {"id"} for tag in _HEADINGS},
    "div": {"tabindex"},
    "span": {"class"},
}
_LESSON_CLASSES: Final[dict[str, set[str]]] = {
    **_CLASSES,
    "div": {*_CLASSES["div"], "math", "callout", *(f"callout-{kind}" for kind in CALLOUTS)},
    "p": {"callout-title"},
}
_LESSON_SPANS: Final = {"math", "math math-display"}
_SCHEMES: Final = {"http", "https", "mailto"}
_ALIGNED: Final = {"text-align:left": "left", "text-align:center": "center", "text-align:right": "right"}
_CODE: Final = HtmlFormatter(nowrap=True)
_LANGUAGE_NAMES: Final = """
    ada antlr applescript asm awk bash bat c clojure cmake coffeescript console cpp crystal csharp css cython d dart diff django docker
    dpatch elixir elm emacs-lisp erlang fish fortran fsharp gdscript gherkin glsl go graphql groovy haskell hcl html html+django http ini
    java javascript jinja json jsonld jsx julia kotlin latex less lisp llvm lua make markdown matlab nasm nginx nim nix objective-c ocaml
    octave pascal perl php plpgsql postgres postscript powershell prolog properties protobuf ps1con pycon pytb python r racket rb rbcon
    registry regex restructuredtext rst rust sass scala scheme scilab scss sed solidity splus sql sqlite3 svelte svg swift systemverilog
    tcl terraform tex text toml ts tsx typescript typst vb.net verilog vhdl vim vue wast wgsl xml xslt yaml zig
"""
_LANGUAGES: Final = frozenset(_LANGUAGE_NAMES.split())
"""What code is coloured in, by any of the names that Pygments has for it. Its hundreds of other lexers are nobody's to try out on us."""


class _Renderer(RendererHTML):
    """HTML without inline styles, headings below the page's own, and footnote ids that fit several texts on a page."""

    def heading_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        return f"<h{self._level(tokens[index])}>"

    def heading_close(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        return f"</h{self._level(tokens[index])}>\n"

    @staticmethod
    def _level(token: Token) -> int:
        return min(6, int(token.tag[1]) + 1)

    def image(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[index]
        source = str(token.attrs.get("src", ""))
        if _is_ours(source):
            token.attrSet("loading", "lazy")
            return super().image(tokens, index, options, env)
        described = self.renderInlineAsText(token.children or [], options, env) or source
        return f'<a href="{_attribute(source)}">{_attribute(described)}</a>'

    def table_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="table-scroll" tabindex="0"><table>\n'

    def table_close(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        return self._cell(tokens[index])

    def td_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        return self._cell(tokens[index])

    @staticmethod
    def _cell(token: Token) -> str:
        side = _ALIGNED.get(str(token.attrs.get("style", "")))
        return f'<{token.tag} align="{side}">' if side else f"<{token.tag}>"

    def fence(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[index]
        language = token.info.strip().split(maxsplit=1)[0] if token.info.strip() else ""
        return f'<div class="code"><pre tabindex="0"><code>{_coloured(token.content, language, env)}</code></pre></div>\n'

    def code_block(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        return f'<div class="code"><pre tabindex="0"><code>{_attribute(tokens[index].content)}</code></pre></div>\n'


class _LessonRenderer(_Renderer):
    """The same, with headings that have ids where `env["anchors"]` asks for them."""

    def heading_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        if env["anchors"] is None:
            return super().heading_open(tokens, index, options, env)
        words = self.renderInlineAsText(tokens[index + 1].children or [], options, env)
        return f'<h{self._level(tokens[index])} id="{_anchor(words, env["anchors"])}">'


def render(text: str) -> SafeString:
    """The HTML of a text in CommonMark with tables, strikethrough, task lists, footnotes and highlighted code.

    Links carry rel="nofollow noopener". Headings begin at h2. Code is marked up with Pygments' short classes.
    """
    return mark_safe(_render(text[:MOST_CHARACTERS]))  # noqa: S308 - cleaned by nh3


def render_lesson(text: str, *, anchors: bool = False) -> SafeString:
    """`render` with formulas (`kit.maths`) and callouts (`kit.callouts`); with `anchors` headings have ids ("h-two-strokes").

    Ask for anchors where the text is the only one of its kind on the page.
    """
    return mark_safe(_render_lesson(text[:MOST_CHARACTERS], anchors, get_language() or ""))  # noqa: S308 - cleaned by nh3


def plain(text: str, limit: int = 160) -> str:
    """The words of a Markdown text on one line, cut at a word with an ellipsis to `limit` characters at most."""
    words = " ".join(_words(_parser().parse(text[:MOST_CHARACTERS], {})).split())
    if len(words) <= limit:
        return words
    cut = words[: limit - 1]
    if not words[limit - 1].isspace() and " " in cut:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:.-–—") + "…"


@lru_cache(maxsize=512)
def _render(text: str) -> str:
    return _CLEANER.clean(_parser().render(text, {"docId": _doc_id(text)}))


@lru_cache(maxsize=512)
def _render_lesson(text: str, anchors: bool, language: str) -> str:
    """`language` is part of what is remembered: the titles of callouts are written in it."""
    env: dict[str, Any] = {"docId": _doc_id(text), "anchors": {} if anchors else None}
    return _LESSON_CLEANER.clean(_lesson_parser().render(text, env))


def _doc_id(text: str) -> str:
    """Footnotes of several texts on one page must not point into each other."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _anchor(words: str, given: dict[str, int]) -> str:
    """An id from the words of a heading; `given` counts how often each was used. An underscore is in no slug of words alone."""
    base = f"h-{slugify(words, allow_unicode=True).replace('_', '-')[:60].strip('-') or 'part'}"
    given[base] = number = given.get(base, 0) + 1
    return base if number == 1 else f"{base}_{number}"


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return _new_parser(_Renderer)


@lru_cache(maxsize=1)
def _lesson_parser() -> MarkdownIt:
    return _new_parser(_LessonRenderer).use(maths_plugin).use(callouts_plugin)


def _new_parser(renderer: type[_Renderer]) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False}, renderer_cls=renderer)
    parser.enable(["table", "strikethrough"])
    parser.use(footnote_plugin).use(checklists_plugin)
    # The documented way to change the rule for links is to assign it, which type checkers take for a mistake.
    parser.validateLink = _is_welcome  # type: ignore[method-assign]
    return parser


def _is_welcome(url: str) -> bool:
    try:
        scheme = urlsplit(url.strip()).scheme.lower()
    except ValueError:
        return False
    # Without a scheme of the right form a colon may still look like one to somebody: "java%0Ascript:".
    return scheme in _SCHEMES or (not scheme and ":" not in re.split(r"[/?#]", url, maxsplit=1)[0])


def _is_ours(url: str) -> bool:
    if url.startswith("/"):
        return not url.startswith(("//", "/\\"))
    return settings.MEDIA_URL.startswith("http") and url.startswith(settings.MEDIA_URL)


def _coloured(code: str, language: str, env: EnvType) -> str:
    """As HTML with classes; plain where nobody knows the language, or it would take too much."""
    try:
        lexer = get_lexer_by_name(language) if language else None
    except ClassNotFound:
        lexer = None
    left, seconds = env.get("to_colour", (MOST_COLOURED, SECONDS_TO_COLOUR))
    if lexer is None or not _LANGUAGES.intersection(lexer.aliases) or len(code) > left:
        return _attribute(code)
    begun = time.thread_time()
    try:
        return str(pygments.format(_tokens(lexer.get_tokens(code), begun + seconds), _CODE))
    except TimeoutError:
        return _attribute(code)
    finally:
        env["to_colour"] = (left - len(code), seconds - (time.thread_time() - begun))


def _tokens(found: Iterable[Any], ends: float) -> Iterator[Any]:
    """Raises TimeoutError once the processor's time is over."""
    for token in found:
        if time.thread_time() > ends:
            raise TimeoutError
        yield token


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _words(tokens: Sequence[Token]) -> str:
    found: list[str] = []
    for token in tokens:
        if token.type in ("text", "code_inline", "fence", "code_block"):
            found.append(token.content)
        elif token.type in ("softbreak", "hardbreak") or token.block:
            found.append(" ")
        if token.children:
            found.append(_words(token.children))
    return "".join(found)


def _attribute_filter(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "class" and tag == "span":
        # Pygments' classes are one or two characters and a digit at most ("k", "nf", "s1").
        return value if all(len(name) <= 3 and name.isalnum() for name in value.split()) else None
    return value


def _lesson_attribute_filter(tag: str, attribute: str, value: str) -> str | None:
    if tag == "span" and attribute == "class" and value in _LESSON_SPANS:
        return value
    return _attribute_filter(tag, attribute, value)


def _cleaner(**flavour: Any) -> nh3.Cleaner:
    options: dict[str, Any] = {
        "tags": _TAGS,
        "attributes": {**_ATTRIBUTES, "span": {"class"}},
        "tag_attribute_values": _FIXED,
        "allowed_classes": _CLASSES,
        "attribute_filter": _attribute_filter,
        "url_schemes": _SCHEMES,
        "link_rel": "nofollow noopener",
        **flavour,
    }
    return nh3.Cleaner(**options)


_CLEANER = _cleaner()
_LESSON_CLEANER = _cleaner(
    attributes=_LESSON_ATTRIBUTES,
    allowed_classes=_LESSON_CLASSES,
    tag_attribute_values={**_FIXED, "div": {"role": {"note"}}},
    attribute_filter=_lesson_attribute_filter,
)
