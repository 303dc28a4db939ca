"""HTML of other systems as our Markdown.

nh3 cleans first, so that what is turned is well-formed and holds no script; what Markdown has no sign for becomes plain words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Final
from urllib.parse import unquote

import nh3
from django.utils.translation import gettext as _

from courses.embeds import embed_or_none
from courses.exchange.limits import MOST_HTML, MOST_HTML_ELEMENTS
from kit.files import RefusedFile

_TAGS: Final = {
    *("p", "div", "section", "article", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "kbd", "samp"),
    *("em", "i", "strong", "b", "s", "del", "strike", "ul", "ol", "li", "dl", "dt", "dd", "a", "img", "iframe", "figure", "figcaption"),
    *("table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "title", "summary", "video", "audio", "source"),
}
_CLEANER: Final = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style", "template", "noscript", "object", "embed", "svg", "math"} - _TAGS,
    attributes={
        "a": {"href"},
        "img": {"src", "alt", "data-equation-content"},
        **{name: {"src"} for name in ("iframe", "video", "audio", "source")},
        "ol": {"start"},
    },
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)
MOST_NESTED: Final = 64
"""Quotations, items, tables, links and emphasis around a word."""
_OPENING: Final = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)")
# These end by themselves when the next one begins, so that they do not nest however many there are.
_SELF_ENDING: Final = frozenset(
    {"p", "li", "dt", "dd", "tr", "td", "th", "br", "img", "hr", "input", "meta", "link", "col", "option", "source"}
)
_FORMULA: Final = re.compile(
    r"\\\((?P<round>(?:(?!\\[()]).){1,2000})\\\)|\\\[(?P<square>(?:(?!\\[\[\]]).){1,2000})\\\]"
    r"|\[mathjaxinline\](?P<inline>(?:(?!\[/?mathjax).){1,2000})\[/mathjaxinline\]"
    r"|\[mathjax\](?P<own>(?:(?!\[/?mathjax).){1,2000})\[/mathjax\]",
    re.DOTALL,
)
"""TeX as MathJax finds it in a page; the words in brackets are those of Open edX. None reaches past the next beginning, so that
time is linear in the length of the text."""
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>#|~$])")
_PICTURE: Final = re.compile(r"!\[((?:[^\[\]\\]|\\.)*)\]\((?:<[^<>]*>|[^()\s]*)\)")
_LINE_START: Final = re.compile(r"^(\d{0,9})([-+](?=\s|$)|:::|={2,}|-{2,}|(?<=\d)[.)](?=\s|$))")
_INLINE: Final = {"strong": "**", "b": "**", "em": "*", "i": "*", "s": "~~", "del": "~~", "strike": "~~"}
_BLOCKS: Final = frozenset({"p", "div", "section", "article", "figure", "figcaption", "dl", "dt", "caption", "summary"})
_SKIPPED: Final = frozenset({"title"})


def html_to_markdown(page: str) -> tuple[str, list[str]]:
    """The Markdown of an HTML page or a piece of one, and the links of videos that it shows in frames.

    Targets of links and pictures stay as they are. Raises `RefusedFile` for a page too large or nested beyond all measure.
    """
    if len(page) > MOST_HTML:
        raise RefusedFile(_("A page of the package has more than %(most)d MB of text.") % {"most": MOST_HTML // 1024**2})
    opened = 0
    for match in _OPENING.finditer(page):
        opened += match[1].lower() not in _SELF_ENDING
        if opened > MOST_HTML_ELEMENTS:
            raise RefusedFile(_("A page of the package has more elements than we read."))
    turner = _Turner()
    turner.feed(_CLEANER.clean(page))
    turner.close()
    return turner.markdown(), turner.videos


def html_to_line(page: str) -> str:
    """A piece of HTML as Markdown on one line, for answers. Of pictures only the words stay. Raises `RefusedFile`."""
    markdown, _videos = html_to_markdown(page)
    return " ".join(_PICTURE.sub(r"\1", markdown).split())


class _Turner(HTMLParser):
    """Writes Markdown while it reads. `_stack` holds texts in the making: the page's, and one for each quote, item and cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.videos: list[str] = []
        self._stack: list[list[str]] = [[]]
        self._lists: list[int | None] = []
        self._links: list[str] = []
        self._rows: list[list[list[str]]] = []
        self._codes: list[bool] = []
        self._pre = self._skipping = 0

    def markdown(self) -> str:
        while len(self._stack) > 1:
            self._stack[-2].append("".join(self._stack.pop()))
        return _tidy("".join(self._stack[0]))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in _SKIPPED:
            self._skipping += 1
        elif re.fullmatch(r"h[1-6]", tag):
            self._put("\n\n" + "#" * max(2, int(tag[1])) + " ")
        elif tag in _BLOCKS:
            self._put("\n\n")
        elif tag in ("br", "hr"):
            self._put("\\\n" if tag == "br" and not self._rows else " " if tag == "br" else "\n\n---\n\n")
        elif tag in ("ul", "ol"):
            start = values.get("start", "")
            self._lists.append((int(start) if start.isdigit() and len(start) < 6 else 1) if tag == "ol" else None)
            self._put("\n" if len(self._lists) > 1 else "\n\n")
        elif tag in ("li", "blockquote", "pre", "dd", "a"):
            self._open(tag, values)
        elif tag in ("code", "kbd", "samp"):
            self._codes.append(not self._in_code)
            if self._codes[-1]:
                self._deeper()
        elif tag in ("table", "tr", "th", "td"):
            self._open_table(tag)
        elif tag in _INLINE and not self._in_code:
            self._deeper()
        elif tag == "img":
            self._picture(values)
        elif tag == "iframe":
            self._frame(values)
        elif tag in ("video", "audio", "source") and values.get("src"):
            self._file(values["src"])

    def _open(self, tag: str, values: Mapping[str, str]) -> None:
        self._deeper()
        if tag == "a":
            self._links.append(values.get("href", ""))
        elif tag == "pre":
            self._pre += 1

    def _open_table(self, tag: str) -> None:
        if tag == "table":
            self._deeper()
            self._rows.append([])
        elif self._rows and tag == "tr":
            self._rows[-1].append([])
        elif self._rows:
            if not self._rows[-1]:
                self._rows[-1].append([])
            self._deeper()

    def _frame(self, values: Mapping[str, str]) -> None:
        embed = embed_or_none(values.get("src", ""))
        if embed is not None:
            self.videos.append(embed.page_url)
            self._put(f"\n\n[{_('Video on %(host)s') % {'host': embed.host}}]({embed.page_url})\n\n")
        elif values.get("src", "").startswith("http"):
            self._put(f"\n\n<{_target(values['src'])}>\n\n" if not re.search(r"[\s<>]", values["src"]) else "")
        elif values.get("src"):
            self._file(values["src"])

    def _picture(self, values: Mapping[str, str]) -> None:
        """A picture; one that Canvas drew of a formula is the formula."""
        drawn = values.get("alt", "")
        formula = values.get("data-equation-content", "") or (drawn.removeprefix("LaTeX:") if drawn.startswith("LaTeX:") else "")
        if formula and (written := _formula(formula, "$")):
            self._put(written)
        elif values.get("src"):
            self._put(f"![{escaped(drawn)}]({_target(values['src'])})")

    def _file(self, address: str) -> None:
        """Something to look at or listen to that lies beside the page: a link to it."""
        name = unquote(re.split(r"[?#]", address, maxsplit=1)[0]).rpartition("/")[2]
        self._put(f"\n\n[{escaped(name or address)}]({_target(address)})\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipping = max(0, self._skipping - 1)
        elif tag in _BLOCKS or re.fullmatch(r"h[1-6]", tag):
            self._put("\n\n")
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._put("\n" if self._lists else "\n\n")
        elif len(self._stack) < 2:
            return
        elif tag == "li":
            self._end_item()
        elif tag in ("blockquote", "dd"):
            inner = _tidy("".join(self._stack.pop()))
            sign = "> " if tag == "blockquote" else ""
            self._put("\n\n" + "\n".join(f"{sign}{line}".rstrip() for line in inner.split("\n")) + "\n\n")
        elif tag == "pre":
            self._pre -= 1
            self._end_code(is_block=True)
        elif tag in ("code", "kbd", "samp"):
            if self._codes.pop():
                self._end_code(is_block=False)
        elif tag in _INLINE and not self._in_code:
            self._wrap(_INLINE[tag])
        elif tag == "a" and self._links:
            self._end_link()
        elif tag in ("td", "th") and self._rows and self._rows[-1]:
            self._rows[-1][-1].append(" ".join(_tidy("".join(self._stack.pop())).split()))
        elif tag == "table" and self._rows:
            self._end_table()

    def handle_data(self, data: str) -> None:
        if self._skipping:
            return
        if self._in_code:
            self._put(data)
            return
        done = 0
        for match in _FORMULA.finditer(data) if "\\" in data or "[math" in data else ():
            sign = "$" if match["round"] or match["inline"] else "$$"
            if written := _formula(match["round"] or match["inline"] or match["square"] or match["own"], sign):
                self._words(data[done : match.start()])
                self._put(written)
                done = match.end()
        self._words(data[done:])

    def _words(self, data: str) -> None:
        words = re.sub(r"\s+", " ", data)
        if self._at_line_start():
            words = words.lstrip()
        if words:
            self._put(escaped(words, at_start=self._at_line_start()))

    def _deeper(self) -> None:
        """Each quotation and list writes its sign before every line within: the text grows with the square of how deep they nest."""
        if len(self._stack) > MOST_NESTED:
            raise RefusedFile(_("A page of the package is nested too deeply."))
        self._stack.append([])

    def _put(self, text: str) -> None:
        self._stack[-1].append(text)

    @property
    def _in_code(self) -> bool:
        return bool(self._pre or any(self._codes))

    def _at_line_start(self) -> bool:
        for texts in reversed(self._stack):
            for text in reversed(texts):
                if text:
                    return text.endswith("\n")
        return True

    def _end_item(self) -> None:
        inner = _tidy("".join(self._stack.pop()))
        number = self._lists[-1] if self._lists else None
        sign = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1
        lines = inner.split("\n")
        self._put("\n" + "\n".join([sign + lines[0], *(f"{' ' * len(sign)}{line}".rstrip() for line in lines[1:])]))

    def _end_code(self, *, is_block: bool) -> None:
        inner = "".join(self._stack.pop())
        longest = max((len(run) for run in re.findall(r"`+", inner)), default=0)
        if is_block:
            fence = "`" * max(3, longest + 1)
            self._put(f"\n\n{fence}\n{inner.strip(chr(10))}\n{fence}\n\n")
        elif inner.strip():
            ticks = "`" * (longest + 1)
            padding = " " if inner.startswith("`") or inner.endswith("`") else ""
            self._put(f"{ticks}{padding}{' '.join(inner.split())}{padding}{ticks}")

    def _wrap(self, sign: str) -> None:
        inner = "".join(self._stack.pop())
        words = inner.strip()
        if not words or "\n\n" in words:
            self._put(inner)
            return
        before, after = inner[: len(inner) - len(inner.lstrip())], inner[len(inner.rstrip()) :]
        self._put(f"{before}{sign}{words}{sign}{after}")

    def _end_link(self) -> None:
        inner, target = "".join(self._stack.pop()), self._links.pop()
        words = " ".join(inner.split())
        if not target or target.startswith("#") or "\n\n" in inner.strip():
            self._put(inner)
        elif words:
            self._put(f"[{words}]({_target(target)})")

    def _end_table(self) -> None:
        self._stack.pop()
        rows = [row for row in self._rows.pop() if row]
        if not rows:
            return
        width = max(len(row) for row in rows)
        lines = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in rows]
        lines.insert(1, "|" + " --- |" * width)
        self._put("\n\n" + "\n".join(lines) + "\n\n")


def escaped(text: str, *, at_start: bool = False) -> str:
    """Words that Markdown takes as words; at the start of a line also what would make a list or a callout there."""
    plain = _SPECIAL.sub(r"\\\1", text)
    return _LINE_START.sub(r"\1\\\2", plain) if at_start else plain


def _formula(tex: str, sign: str) -> str:
    """TeX between the signs of our Markdown; "" for what cannot stand there."""
    plain = " ".join(tex.split())
    return f"{sign}{plain}{sign}" if plain and "$" not in plain and not plain.endswith("\\") else ""


def _target(address: str) -> str:
    clean = address.strip().replace("\n", "").replace("\r", "")
    return (
        f"<{clean.replace('<', '%3C').replace('>', '%3E')}>"
        if re.search(r"[\s()]", clean)
        else clean.replace("<", "%3C").replace(">", "%3E")
    )


def _tidy(text: str) -> str:
    """No blank line twice and no space at the ends of lines; code blocks stay as they are."""
    kept: list[str] = []
    fence = ""
    for line in text.strip("\n").split("\n"):
        if fence:
            kept.append(line)
            fence = "" if line.strip() == fence else fence
            continue
        clean = line.rstrip()
        if match := re.match(r"\s*(?:[-+>] |\d+\. )*(`{3,})$", clean):
            fence = match[1]
        if clean == "\\":
            clean = ""
        if clean or (kept and kept[-1]):
            kept.append(clean)
    return re.sub(r"(?<!\\)\\(?=\n\n|\Z)", "", "\n".join(kept)).strip("\n")
