"""Plain texts, JSON and SVG."""

from __future__ import annotations

import codecs
import json
import re
from typing import IO, Any, Final
from xml.parsers import expat

from django.core.files.base import File
from django.utils.translation import gettext as _

from kit.files.refusals import RefusedFile
from kit.files.types import recognise

MOST_PARSED_JSON: Final = 4 * 1024 * 1024
"""Bytes of JSON that are parsed; a longer one is looked at from outside, since parsed lists of nothing take thirty times their text."""
MOST_SVG: Final = 5 * 1024 * 1024
_CHUNK: Final = 1 << 20

_SVG_ELEMENTS_REFUSED: Final = frozenset({"script", "foreignobject", "iframe", "object", "embed", "handler", "listener", "audio", "video"})
_SVG_LOCAL: Final = re.compile(r"\s*(#|data:image/(png|jpeg|webp|gif);base64,)", re.IGNORECASE)
_CSS_REFUSED: Final = re.compile(
    r"@import|expression\s*\(|javascript:|-moz-binding|url\s*\(\s*['\"]?\s*(?!#|data:image/(?:png|jpeg|webp|gif))", re.IGNORECASE
)


def inspect_text(file: IO[bytes] | File) -> None:
    """UTF-8, or UTF-16 with its mark; no NUL. Raises `RefusedFile`."""
    head = file.read(4)
    file.seek(0)
    encoding = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)()
    first = ""
    try:
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            first = first or text[:2048]
            if "\x00" in text:
                raise RefusedFile(_("This is not a plain text. Save it as text in UTF-8, then send it again."))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        if error.reason.startswith(("unexpected end", "truncated")):
            raise RefusedFile(_("The text stops in the middle of a letter: it was cut off on the way. Send it again.")) from error
        raise RefusedFile(_("The text is not in UTF-8. Save it with that encoding, then send it again.")) from error
    if recognise(first.encode(errors="ignore")):
        raise RefusedFile(_("This says plain text, but its content is a web page or a script."))


def inspect_json(file: IO[bytes] | File, size: int) -> None:
    """Raises `RefusedFile` for what is not JSON, or was cut."""
    inspect_text(file)
    file.seek(0)
    damaged = RefusedFile(_("This is not complete JSON. Check it in an editor, then send it again."))
    if size <= MOST_PARSED_JSON:
        try:
            json.loads(file.read().decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise damaged from error
        return
    head = file.read(4096).removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    file.seek(max(0, size - 4096))
    tail = file.read().rstrip()[-1:]
    if (head, tail) not in ((b"{", b"}"), (b"[", b"]")):
        raise damaged


def inspect_svg(file: IO[bytes] | File, size: int) -> None:
    """A drawing and nothing else: no script, no events, nothing from elsewhere. Raises `RefusedFile`."""
    if size > MOST_SVG:
        raise RefusedFile(_("SVG drawings may be up to 5 MB."))
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    styles: list[str] = []
    roots: list[str] = []

    def refuse(reason: str) -> None:
        raise RefusedFile(_("The drawing holds %(what)s, which we do not take. Save it as a plain SVG.") % {"what": reason})

    def on_doctype(*_args: Any) -> None:
        refuse(_("a document type"))

    def on_instruction(*_args: Any) -> None:
        refuse(_("a processing instruction"))

    def on_start(name: str, attributes: dict[str, str]) -> None:
        element = name.rpartition(" ")[2].lower()
        roots.append(element)
        if element in _SVG_ELEMENTS_REFUSED:
            refuse(f"<{element}>")
        for full, value in attributes.items():
            attribute = full.rpartition(" ")[2].lower()
            if attribute.startswith("on"):
                refuse(_("script"))
            if attribute in ("href", "src") and not _SVG_LOCAL.match(value):
                refuse(_("a link to somewhere else"))
            if attribute == "attributename" and value.strip().lower().rpartition(":")[2] in ("href", "src"):
                refuse(_("an animated link"))
            if attribute == "attributename" and value.strip().lower().startswith("on"):
                refuse(_("script"))
            if _CSS_REFUSED.search(value) or "javascript:" in re.sub(r"\s", "", value).lower():
                refuse(_("a link to somewhere else"))

    def on_text(data: str) -> None:
        styles.append(data)
        if _CSS_REFUSED.search(data):
            refuse(_("a style from somewhere else"))

    parser.StartDoctypeDeclHandler = on_doctype
    parser.EntityDeclHandler = on_doctype
    parser.ProcessingInstructionHandler = on_instruction
    parser.StartElementHandler = on_start
    parser.CharacterDataHandler = on_text
    try:
        parser.Parse(file.read(), True)
    except expat.ExpatError as error:
        raise RefusedFile(_("The drawing is damaged or was cut off on the way. Send it again.")) from error
    if not roots or roots[0] != "svg":
        raise RefusedFile(_("This is not an SVG drawing."))
