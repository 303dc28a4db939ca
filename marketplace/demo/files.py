"""The files of the demo works, made at seeding: real PDFs, EPUBs, archives, prompt packs and persona definitions."""

from __future__ import annotations

import io
import json
import zipfile
from html import escape
from uuid import NAMESPACE_URL, uuid5

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kit.pdf import typeset
from marketplace.demo.content import Release, Work

_markdown = MarkdownIt("commonmark").enable("table")
_STAMP = (2026, 1, 1, 0, 0, 0)  # archives are the same bytes whenever they are made


def build_files(work: Work, release: Release, author: str) -> dict[str, bytes]:
    """The files of one version by the name that a buyer sees."""
    if work.kind == "ebook":
        return {
            f"{work.slug}.pdf": typeset("ebook.typ", _book(work, release, author)),
            f"{work.slug}.epub": _epub(work, author),
        }
    if work.kind == "prompt":
        return {f"{work.slug}.md": _prompts_as_markdown(work, author), f"{work.slug}.json": _prompts_as_json(work, author)}
    if work.kind == "template":
        return {f"{work.slug}.zip": _archive({**work.files, "LICENCE.txt": _licence(work, author)})}
    return {
        f"{work.slug}.persona.json": _persona(work, release, author),
        f"{work.slug}.md": f"# {work.title}\n\n{work.instructions}\n".encode(),
    }


def _licence(work: Work, author: str) -> str:
    return f"{work.title}, by {author}.\nUse it for your own work and your clients'. Do not sell or share the files themselves.\n"


def _book(work: Work, release: Release, author: str) -> dict[str, object]:
    return {
        "title": work.title,
        "author": author,
        "summary": work.summary,
        "edition": release.label,
        "lang": work.language,
        "chapters": [{"title": chapter.title, "blocks": blocks_of(chapter.text)} for chapter in work.chapters],
    }


def blocks_of(text: str) -> list[dict[str, object]]:
    """Markdown as a flat list of blocks for the typesetter: {"kind", "spans"} with spans of {"text", "style"}."""
    blocks: list[dict[str, object]] = []
    around: list[str] = []
    for token in _markdown.parse(text):
        if token.type == "fence":
            blocks.append({"kind": "code", "spans": [{"text": token.content.rstrip("\n"), "style": "code"}]})
        elif token.type == "inline":
            kind = next((_KINDS[name] for name in reversed(around) if name in _KINDS), "text")
            blocks.append({"kind": kind, "spans": _spans(token)})
        elif token.nesting == 1:
            around.append(token.type)
        elif token.nesting == -1:
            around.pop()
    return blocks


_KINDS = {"heading_open": "heading", "blockquote_open": "quote", "bullet_list_open": "item", "ordered_list_open": "item"}


def _spans(token: Token) -> list[dict[str, str]]:
    spans, style = [], "plain"
    for child in token.children or []:
        if child.type == "em_open":
            style = "em"
        elif child.type == "strong_open":
            style = "strong"
        elif child.type in ("em_close", "strong_close"):
            style = "plain"
        elif child.type in ("softbreak", "hardbreak"):
            spans.append({"text": " ", "style": style})
        elif child.type == "code_inline":
            spans.append({"text": child.content, "style": "code"})
        elif child.content:
            spans.append({"text": child.content, "style": style})
    return spans


def _archive(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _epub(work: Work, author: str) -> bytes:
    """An EPUB 3 (W3C EPUB 3.3): the mimetype first and stored, a package document, a navigation document, one file a chapter."""
    ident = uuid5(NAMESPACE_URL, f"atelier:{work.slug}")
    chapters = [(f"chapter{n}.xhtml", chapter) for n, chapter in enumerate(work.chapters, 1)]
    items = "".join(f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, (name, _c) in enumerate(chapters, 1))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(1, len(chapters) + 1))
    toc = "".join(f'<li><a href="{name}">{escape(chapter.title)}</a></li>' for name, chapter in chapters)
    package = (
        '<?xml version="1.0" encoding="utf-8"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">urn:uuid:{ident}</dc:identifier><dc:title>{escape(work.title)}</dc:title>'
        f"<dc:language>{work.language}</dc:language><dc:creator>{escape(author)}</dc:creator>"
        '<meta property="dcterms:modified">2026-01-01T00:00:00Z</meta></metadata>'
        f'<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>{items}</manifest>'
        f"<spine>{spine}</spine></package>"
    )
    nav = _xhtml("Contents", f'<nav epub:type="toc" xmlns:epub="http://www.idpf.org/2007/ops"><h1>Contents</h1><ol>{toc}</ol></nav>')
    container = (
        '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(zipfile.ZipInfo("mimetype", _STAMP), "application/epub+zip", zipfile.ZIP_STORED)
        texts = {"META-INF/container.xml": container, "OEBPS/package.opf": package, "OEBPS/nav.xhtml": nav}
        texts |= {
            f"OEBPS/{name}": _xhtml(chapter.title, f"<h1>{escape(chapter.title)}</h1>{_markdown.render(chapter.text)}")
            for name, chapter in chapters
        }
        for name, text in texts.items():
            book.writestr(zipfile.ZipInfo(name, _STAMP), text, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _xhtml(title: str, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml">'
        f"<head><title>{escape(title)}</title></head><body>{body}</body></html>"
    )


def _prompts_as_markdown(work: Work, author: str) -> bytes:
    parts = [f"# {work.title}\n\nBy {author}. Blanks stand in double braces.\n"]
    parts += [f"## {prompt.title}\n\n{prompt.text}\n" for prompt in work.chapters]
    return "\n".join(parts).encode()


def _prompts_as_json(work: Work, author: str) -> bytes:
    pack = {
        "title": work.title,
        "author": author,
        "models": work.details.get("models", []),
        "prompts": [{"name": prompt.title, "text": prompt.text} for prompt in work.chapters],
    }
    return json.dumps(pack, ensure_ascii=False, indent=2).encode() + b"\n"


def _persona(work: Work, release: Release, author: str) -> bytes:
    definition = {
        "name": work.title,
        "version": release.label,
        "author": author,
        "description": work.summary,
        "instructions": work.instructions,
        "models": work.details.get("models", []),
        "examples": work.details.get("examples", []),
    }
    return json.dumps(definition, ensure_ascii=False, indent=2).encode() + b"\n"
