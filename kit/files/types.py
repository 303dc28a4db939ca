"""What we know about kinds of files: their endings, the type that we serve them as, and how their content begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OPAQUE: Final = "application/octet-stream"


@dataclass(frozen=True, kw_only=True)
class FileType:
    """One kind of file. `content_type` is what it is served as: never what the browser claimed."""

    extension: str
    label: str | Promise
    content_type: str
    check: str
    """Which inspection it gets (`kit.files.inspection`)."""
    heads: tuple[bytes, ...] = ()
    """How it may begin; () where the inspection decides."""


FILE_TYPES: Final[dict[str, FileType]] = {
    entry.extension: entry
    for entry in (
        FileType(extension="pdf", label="PDF", content_type="application/pdf", check="pdf", heads=(b"%PDF-",)),
        FileType(extension="epub", label="EPUB", content_type="application/epub+zip", check="epub", heads=(b"PK\x03\x04",)),
        FileType(extension="zip", label="ZIP", content_type="application/zip", check="zip", heads=(b"PK\x03\x04", b"PK\x05\x06")),
        FileType(extension="md", label="Markdown", content_type="text/markdown; charset=utf-8", check="text"),
        FileType(extension="txt", label=_("plain text"), content_type="text/plain; charset=utf-8", check="text"),
        FileType(extension="csv", label="CSV", content_type="text/csv; charset=utf-8", check="text"),
        FileType(extension="json", label="JSON", content_type="application/json", check="json"),
        FileType(
            extension="docx",
            label="Word",
            content_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            check="office",
            heads=(b"PK\x03\x04",),
        ),
        FileType(
            extension="xlsx",
            label="Excel",
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            check="office",
            heads=(b"PK\x03\x04",),
        ),
        FileType(
            extension="pptx",
            label="PowerPoint",
            content_type="application/vnd.openxmlformats-officedocument.presentationml.presentation",
            check="office",
            heads=(b"PK\x03\x04",),
        ),
        FileType(extension="png", label="PNG", content_type="image/png", check="picture", heads=(b"\x89PNG\r\n\x1a\n",)),
        FileType(extension="jpg", label="JPEG", content_type="image/jpeg", check="picture", heads=(b"\xff\xd8\xff",)),
        FileType(extension="webp", label="WebP", content_type="image/webp", check="picture", heads=(b"RIFF",)),
        FileType(extension="svg", label="SVG", content_type="image/svg+xml", check="svg"),
        # Design files are closed formats: we look at their beginning and always serve them as bytes.
        FileType(extension="psd", label="Photoshop", content_type=OPAQUE, check="design", heads=(b"8BPS",)),
        FileType(extension="ai", label="Illustrator", content_type=OPAQUE, check="design", heads=(b"%PDF-", b"%!PS-Adobe")),
        FileType(extension="fig", label="Figma", content_type=OPAQUE, check="design", heads=(b"fig-kiwi", b"fig-jam.", b"PK\x03\x04")),
        FileType(extension="sketch", label="Sketch", content_type=OPAQUE, check="design", heads=(b"PK\x03\x04",)),
        FileType(
            extension="indd",
            label="InDesign",
            content_type=OPAQUE,
            check="design",
            heads=(bytes.fromhex("0606edf5d81d46e5bd31efe7fe74b71d"),),
        ),
    )
}

ALIASES: Final = {"jpeg": "jpg", "jpe": "jpg", "markdown": "md", "text": "txt"}

_HTML_HEADS: Final = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<iframe", b"<title", b"<meta", b"<style", b"<link")

_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"8BPS", "psd"),
    (b"%!PS", "postscript"),
    (b"\x7fELF", "program"),
    (b"\xfe\xed\xfa\xce", "program"),
    (b"\xfe\xed\xfa\xcf", "program"),
    (b"\xce\xfa\xed\xfe", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"MSCF", "cab"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "shortcut"),
    (b"{\\rtf", "rtf"),
)

MAGIC_LABELS: Final[dict[str, str | Promise]] = {
    "pdf": _("a PDF"),
    "zip": _("a ZIP archive"),
    "png": _("a PNG picture"),
    "jpg": _("a JPEG picture"),
    "webp": _("a WebP picture"),
    "gif": _("a GIF picture"),
    "psd": _("a Photoshop file"),
    "postscript": _("a PostScript file"),
    "program": _("a program"),
    "script": _("a script"),
    "shortcut": _("a shortcut to a program"),
    "ole": _("an old Office file"),
    "html": _("a web page"),
    "svg": _("an SVG drawing"),
    "rtf": _("an RTF document"),
    "rar": _("a RAR archive"),
    "7z": _("a 7z archive"),
    "gzip": _("a gzip archive"),
    "bzip2": _("a bzip2 archive"),
    "xz": _("an xz archive"),
    "zstd": _("a zstd archive"),
    "lz4": _("an lz4 archive"),
    "cab": _("a CAB archive"),
}

PROGRAMS: Final = frozenset({"program", "script", "shortcut"})
CLOSED_ARCHIVES: Final = frozenset({"rar", "7z", "gzip", "bzip2", "xz", "zstd", "lz4", "cab"})
"""Archives that we do not open, so that nobody can say what is in them."""


def extension_of(name: str) -> str:
    """The ending that counts, in lower case and by its usual name: "jpg" for "Photo.JPEG"; "" for none."""
    _stem, dot, ending = name.rpartition(".")
    ending = ending.strip().lower() if dot else ""
    return ALIASES.get(ending, ending)


def recognise(head: bytes) -> str:
    """What a file is by its first bytes (give 1 KiB or more); "" when they say nothing."""
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"MZ") and b"\x00" in head[:64]:
        return "program"
    if head.startswith((b"#!/", b"#! /")):
        return "script"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\x00\t\n\x0c\r ").lower()
    while text.startswith((b"<!--", b"<?xml")):
        _comment, end, text = text.partition(b"-->" if text.startswith(b"<!--") else b"?>")
        if not end:
            return ""
        text = text.lstrip(b"\x00\t\n\x0c\r ")
    if text.startswith(_HTML_HEADS):
        return "html"
    if text.startswith((b"<svg", b"<!doctype svg")):
        return "svg"
    if text.startswith(b"<?php"):
        return "script"
    return ""
