"""One upload, one verdict."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import IO, Final

from django.conf import settings
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from kit.files import archives, pdfs, pictures, texts
from kit.files.refusals import RefusedFile
from kit.files.types import FILE_TYPES, MAGIC_LABELS, PROGRAMS, FileType, extension_of, recognise
from kit.storage import safe_filename

HEAD_BYTES: Final = 4096


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """What the file is.

    `kind` is its usual extension, `name` the harmless form of the name it came with, `content_type` what it is to be served
    as, `size` in bytes, `pages` of a PDF (None where unknown). `notes` are sentences for whoever reviews it.
    """

    kind: str
    name: str
    content_type: str
    size: int
    pages: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What an inspection adds."""

    pages: int | None = None
    notes: tuple[str, ...] = ()


Readable = IO[bytes] | File


def inspect_upload(file: Readable, *, name: str, allowed: Collection[str], max_bytes: int | None = None) -> Inspected:
    """Say what `file` is, by its content, or raise `RefusedFile`.

    `allowed` are extensions by their usual names ("jpg", "md"); `max_bytes` defaults to settings.MAX_ASSET_BYTES. Memory and
    time are bounded whatever the content (below 300 MiB and about 5 s): archives are unpacked only up to a budget and PDFs
    are read by a process of their own. The file is left at its beginning.
    """
    try:
        return _inspect(file, name=name, allowed=allowed, max_bytes=max_bytes or settings.MAX_ASSET_BYTES)
    finally:
        file.seek(0)


def _inspect(file: Readable, *, name: str, allowed: Collection[str], max_bytes: int) -> Inspected:
    shown = safe_filename(name)
    size = file.seek(0, io.SEEK_END) or file.tell()
    file.seek(0)
    if not size:
        raise RefusedFile(_("“%(name)s” is empty. Look at it on your computer, then send it again.") % {"name": shown})
    if size > max_bytes:
        raise RefusedFile(
            _("“%(name)s” has %(size)s. Files may be up to %(limit)s.")
            % {"name": shown, "size": filesizeformat(size), "limit": filesizeformat(max_bytes)}
        )
    kind = extension_of(shown)
    if kind not in allowed or kind not in FILE_TYPES:
        raise RefusedFile(_wrong_kind(shown, kind, allowed))
    file_type = FILE_TYPES[kind]
    head = file.read(HEAD_BYTES)
    found = recognise(head)
    if found in PROGRAMS or not _begins_right(file_type, head, found):
        raise RefusedFile(_not_what_it_says(shown, file_type, found))
    file.seek(0)
    finding = _INSPECTIONS[file_type.check](file, kind, size)
    return Inspected(kind=kind, name=shown, content_type=file_type.content_type, size=size, pages=finding.pages, notes=finding.notes)


def _begins_right(file_type: FileType, head: bytes, found: str) -> bool:
    if file_type.extension == "webp":
        return found == "webp"
    if file_type.heads:
        return head.startswith(file_type.heads)
    if file_type.check == "svg":
        return found in ("", "svg")
    return found == ""


def _wrong_kind(shown: str, kind: str, allowed: Collection[str]) -> str:
    endings = ", ".join(sorted(entry for entry in allowed if entry in FILE_TYPES))
    if not kind:
        return _("“%(name)s” has no ending that says what it is. Use one of: %(endings)s.") % {"name": shown, "endings": endings}
    return _("“.%(kind)s” files are not taken here. Use one of: %(endings)s.") % {"kind": kind[:20], "endings": endings}


def _not_what_it_says(shown: str, file_type: FileType, found: str) -> str:
    values = {"name": shown, "kind": file_type.label, "found": MAGIC_LABELS.get(found, "")}
    if found:
        return _("“%(name)s” says %(kind)s, but its content is %(found)s. Save it as %(kind)s, or rename it to what it is.") % values
    return _("“%(name)s” says %(kind)s, but its content is something else. Open it, save it as %(kind)s, then send it again.") % values


def _pdf(file: Readable, kind: str, size: int) -> Finding:
    return Finding(*pdfs.inspect_pdf(file, size))


def _zip(file: Readable, kind: str, size: int) -> Finding:
    contents = archives.inspect_zip(file)
    return Finding(notes=(contents.describe(),))


def _epub(file: Readable, kind: str, size: int) -> Finding:
    return Finding(notes=archives.inspect_epub(file))


def _office(file: Readable, kind: str, size: int) -> Finding:
    archives.inspect_office(file, kind)
    return Finding()


def _design(file: Readable, kind: str, size: int) -> Finding:
    if file.read(4) == b"PK\x03\x04":
        archives.inspect_zip(file)
    return Finding()


def _picture(file: Readable, kind: str, size: int) -> Finding:
    return Finding(notes=(pictures.inspect_picture(file, kind, size),))


def _text(file: Readable, kind: str, size: int) -> Finding:
    texts.inspect_text(file)
    return Finding()


def _json(file: Readable, kind: str, size: int) -> Finding:
    texts.inspect_json(file, size)
    return Finding()


def _svg(file: Readable, kind: str, size: int) -> Finding:
    texts.inspect_svg(file, size)
    return Finding()


_INSPECTIONS: Final[dict[str, Callable[[Readable, str, int], Finding]]] = {
    "pdf": _pdf,
    "zip": _zip,
    "epub": _epub,
    "office": _office,
    "design": _design,
    "picture": _picture,
    "text": _text,
    "json": _json,
    "svg": _svg,
}
