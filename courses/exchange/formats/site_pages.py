"""Markdown as site generators read it: outlines in SUMMARY.md, pictures in HTML, shortcodes of Hugo."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from django.utils.translation import gettext as _

from courses.embeds import embed_or_none
from courses.exchange.packages import Package
from courses.exchange.report import Report

_ENTRY: Final = re.compile(r"(?P<indent>[ \t]*)(?:[-*+][ \t]+)?\[(?P<title>(?:[^\[\]\\]|\\.)+)\]\((?P<target>[^()\s]*)\)")
_HEADING: Final = re.compile(r"#{1,6}[ \t]+(?P<title>.+?)[ \t]*#*[ \t]*")
_FENCE: Final = re.compile(r"[ \t]*(?P<sign>`{3,}|~{3,})")
_CODE: Final = r"(?P<code>(?<!`)(?P<ticks>`{1,8})(?!`)[^`\n]*(?P=ticks)(?!`))"
_TAG: Final = re.compile(_CODE + r"|<(?P<tag>img|iframe)\b(?P<inside>[^<>]{0,2000})/?>(?:[ \t]*</iframe>)?", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"(?P<name>[\w-]{1,40})[ \t\n]*=[ \t\n]*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'>]+))")
_SHORTCODE: Final = re.compile(_CODE + r"|\{\{[<%][ \t]*(?P<name>youtube|vimeo|figure)\b(?P<inside>[^{}]{0,1000}?)[>%]\}\}")
_LEFT: Final = re.compile(_CODE + r"|(?P<left>\{\{[<%#]|\{%[ \t-])")
_STYLED: Final = re.compile(r"(?P<picture>!\[[^\[\]]*\]\([^()\s]*\))\{[.:#\w][^{}]{0,500}\}")


@dataclass(kw_only=True)
class SummaryPart:
    """A part of an outline, and its pages: title and target of each."""

    title: str
    entries: list[tuple[str, str]] = field(default_factory=list)


def find_summary(package: Package) -> str:
    """The outline of an mdBook or GitBook: SUMMARY.md at the top or one folder below; "" for none."""
    found = [name for name in package.names if name.count("/") <= 1 and name.rpartition("/")[2].lower() == "summary.md"]
    return min(found, key=lambda name: (name.count("/"), name), default="")


def read_summary(text: str) -> list[SummaryPart]:
    """Entries with others below become parts that begin with the entry itself; those without stand together under their heading."""
    rows: list[tuple[int, str, str]] = []
    for line in text.split("\n"):
        if match := _ENTRY.match(line):
            rows.append((len(match["indent"].expandtabs(4)), _plain(match["title"]), match["target"]))
        elif match := _HEADING.fullmatch(line.strip()):
            rows.append((-1, _plain(match["title"]), ""))
    parts: list[SummaryPart] = []
    heading, is_open = "", False
    outer = min((indent for indent, _title, _target in rows if indent >= 0), default=0)
    for number, (indent, title, target) in enumerate(rows):
        if indent < 0:
            heading, is_open = title if number else "", False
        elif indent > outer and parts:
            parts[-1].entries.append((title, target))
            is_open = False
        elif number + 1 < len(rows) and rows[number + 1][0] > outer:
            parts.append(SummaryPart(title=title, entries=[(title, target)] if target else []))
            is_open = False
        else:
            if not is_open:
                parts.append(SummaryPart(title=heading))
            parts[-1].entries.append((title, target))
            is_open = True
    return parts


def _plain(title: str) -> str:
    return re.sub(r"\\(.)", r"\1", title.replace("`", "").replace("**", "")).strip()


def from_sites(text: str, name: str, report: Report) -> str:
    """Markdown with the pictures and videos of a site's pages as links that we know; what else is meant for a generator is told."""
    found = _outside_code(text, _turn)
    if any(match["left"] for match in _LEFT.finditer(_outside_code(found, lambda part: part, drop_code=True))):
        report.warn(
            name, _("Instructions for the generator of a site, in {{…}} or {%…%}, stay as words. Look at this lesson before you publish.")
        )
    return found


def _turn(part: str) -> str:
    return _STYLED.sub(r"\g<picture>", _SHORTCODE.sub(_shortcode, _TAG.sub(_tag, part)))


def _tag(match: re.Match[str]) -> str:
    if match["code"]:
        return match[0]
    values = _attributes(match["inside"])
    source = values.get("src", "")
    if match["tag"].lower() == "img":
        return _picture(source, values.get("alt", "")) or match[0]
    return _video(source) or match[0]


def _shortcode(match: re.Match[str]) -> str:
    if match["code"]:
        return match[0]
    inside = match["inside"].strip()
    values = _attributes(inside)
    if match["name"] == "figure":
        return _picture(values.get("src", ""), values.get("alt") or values.get("caption") or values.get("title", "")) or match[0]
    ident = values.get("id") or inside.strip("\"' ").partition(" ")[0].strip("\"'")
    address = f"https://youtu.be/{ident}" if match["name"] == "youtube" else f"https://vimeo.com/{ident}"
    return _video(address) or match[0]


def _attributes(inside: str) -> dict[str, str]:
    return {
        match["name"].lower(): unescape(match["double"] or match["single"] or match["bare"] or "") for match in _ATTRIBUTE.finditer(inside)
    }


def _picture(source: str, words: str) -> str:
    if not source or any(sign in source for sign in "<>\n"):
        return ""
    return f"![{' '.join(words.replace('[', '(').replace(']', ')').split())}](<{source}>)"


def _video(address: str) -> str:
    embed = embed_or_none(address)
    return f"[{_('Video on %(host)s') % {'host': embed.host}}]({embed.page_url})" if embed else ""


def _outside_code(text: str, turn: Callable[[str], str], *, drop_code: bool = False) -> str:
    """The text with `turn` applied to all but its fenced code."""
    kept: list[str] = []
    plain: list[str] = []
    fence = ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if fence:
            kept += [] if drop_code else [line]
            if match and match["sign"].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif match:
            kept += [turn("\n".join(plain))] if plain else []
            plain = []
            kept += [] if drop_code else [line]
            fence = match["sign"]
        else:
            plain.append(line)
    kept += [turn("\n".join(plain))] if plain else []
    return "\n".join(kept)
