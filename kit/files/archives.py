"""ZIP archives and what is made of them: EPUB and Office files.

The central directory is checked against the entries themselves, since the tricks live between the two: sizes that lie,
entries that overlap ("better zip bomb", D. Fifield 2019), names that differ, data before or behind. Contents are unpacked
up to a budget, in memory only by chunks.
"""

from __future__ import annotations

import io
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, Any, Final, NamedTuple
from xml.parsers import expat

from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from kit.files.refusals import RefusedFile
from kit.files.types import CLOSED_ARCHIVES, MAGIC_LABELS, PROGRAMS, extension_of, recognise
from kit.storage import safe_filename

MOST_ENTRIES: Final = 10_000
MOST_UNPACKED: Final = 4 * 1024**3
MOST_UNCHECKED_RATIO: Final = 120
"""How many times its size an archive may unpack to, above `RATIO_FROM` bytes. Text packs about ten times; DEFLATE can reach 1,032."""
RATIO_FROM: Final = 50 * 1024**2
MOST_CHECKED: Final = 128 * 1024**2
"""Bytes that are really unpacked to see whether the sizes are true; about half a second."""
MOST_NESTED: Final = 64 * 1024**2
DEEPEST: Final = 3
MOST_DIRECTORY_BYTES: Final = 8 * 1024**2

_EOCD: Final = struct.Struct("<4s4H2LH")
_EOCD64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CHUNK: Final = 1 << 16
_ENCRYPTED: Final = 0x1

_PROGRAM_ENDINGS: Final = frozenset(
    [
        "exe",
        "dll",
        "scr",
        "com",
        "bat",
        "cmd",
        "msi",
        "msp",
        "vbs",
        "vbe",
        "jse",
        "wsf",
        "wsh",
        "hta",
        "lnk",
        "pif",
        "cpl",
        "jar",
        "apk",
        "dmg",
        "pkg",
        "deb",
        "rpm",
        "reg",
        "ps1",
        "psm1",
        "iso",
        "img",
        "vhd",
        "app",
    ]
)
_MACRO_ENDINGS: Final = frozenset(["docm", "dotm", "xlsm", "xltm", "xlam", "xlsb", "pptm", "potm", "ppsm", "ppam"])


class Entry(NamedTuple):
    info: zipfile.ZipInfo
    data_offset: int


@dataclass
class Budget:
    """What one upload has unpacked to and may still spend, shared with the archives inside it."""

    size: int
    """Bytes of the upload itself, which all that it unpacks to is compared with."""
    unpacked: int = 0
    entries: int = MOST_ENTRIES
    checked: int = MOST_CHECKED


@dataclass(frozen=True)
class Contents:
    """What an archive holds."""

    names: tuple[str, ...]
    unpacked: int

    def describe(self) -> str:
        return _("%(count)d files, %(size)s unpacked") % {"count": len(self.names), "size": filesizeformat(self.unpacked)}


def has_archive_at_the_end(file: IO[bytes] | File, size: int) -> bool:
    """Whether ZIP programs would open this file, whatever it says it is."""
    start = max(0, size - 22 - 0xFFFF)
    file.seek(start)
    tail = file.read(22 + 0xFFFF)
    position = tail.rfind(b"PK\x05\x06")
    while position >= 0:
        if len(tail) - position >= _EOCD.size:
            fields = _EOCD.unpack_from(tail, position)
            directory_size, directory_offset = fields[5], fields[6]
            if directory_size + min(directory_offset, size) <= start + position and fields[4] <= 0xFFFF:
                return True
        position = tail.rfind(b"PK\x05\x06", 0, position)
    return False


def inspect_zip(file: IO[bytes] | File) -> Contents:
    """What the archive holds. Raises `RefusedFile`, naming the entry, for anything that could harm who unpacks it."""
    size = file.seek(0, io.SEEK_END) or file.tell()
    return _inspect(file, Budget(size=size), depth=1)


def inspect_epub(file: IO[bytes] | File) -> tuple[str, ...]:
    """Notes. Raises `RefusedFile` for an archive that is no EPUB (OCF 3.3: mimetype first and stored, a container, its package)."""
    contents = inspect_zip(file)
    with zipfile.ZipFile(_as_io(file)) as archive:
        first = archive.infolist()[0]
        if (
            first.filename != "mimetype"
            or first.compress_type != zipfile.ZIP_STORED
            or archive.read(first)[:64].strip() != b"application/epub+zip"
        ):
            raise RefusedFile(_("This is a ZIP archive, but not an EPUB: it does not begin with its type. Export it as EPUB again."))
        package = _package_of(_small(archive, "META-INF/container.xml"))
        if package not in contents.names:
            raise RefusedFile(_("The EPUB has no book inside: its list of contents is missing. Export it again."))
        if any(name.startswith("META-INF/") and name.endswith("encryption.xml") for name in contents.names):
            encrypted = _small(archive, "META-INF/encryption.xml")
            if b"http://www.idpf.org/2008/embedding" not in encrypted and b"http://ns.adobe.com/pdf/enc#RC" not in encrypted:
                raise RefusedFile(_("The EPUB is locked by copy protection, so your buyers could not open it. Save it without."))
    return (contents.describe(),)


_OFFICE_PARTS: Final = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}


def inspect_office(file: IO[bytes] | File, kind: str) -> None:
    """Raises `RefusedFile` for an archive that is not that Office file, or one with macros."""
    names = inspect_zip(file).names
    if "[Content_Types].xml" not in names or _OFFICE_PARTS[kind] not in names:
        raise RefusedFile(_("This does not open in Office: parts of it are missing. Save it again, then send it again."))
    with zipfile.ZipFile(_as_io(file)) as archive:
        types = _small(archive, "[Content_Types].xml").lower()
    if b"macroenabled" in types or b"vbaproject" in types or any("vbaproject" in name.lower() for name in names):
        raise RefusedFile(_("The file holds macros. Save it without them (.%(kind)s), then send it again.") % {"kind": kind})


def _as_io(file: IO[bytes] | File) -> Any:
    file.seek(0)
    return file


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    """A part that is read as a whole; at most a megabyte."""
    try:
        with archive.open(name) as part:
            return part.read(1 << 20)
    except (KeyError, zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError) as error:
        raise RefusedFile(_("“%(part)s” is missing or damaged. Export the file again.") % {"part": name}) from error


def _package_of(container: bytes) -> str:
    """The first rootfile that META-INF/container.xml names; "" for none. Entities are not expanded: a document type ends it."""
    paths: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")

    def on_start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == "rootfile":
            paths.append(attributes.get("full-path", ""))

    def on_doctype(*_args: Any) -> None:
        raise RefusedFile(_("The EPUB's container declares a document type, which we do not read. Export it again."))

    parser.StartElementHandler = on_start
    parser.StartDoctypeDeclHandler = on_doctype
    try:
        parser.Parse(container, True)
    except expat.ExpatError:
        return ""
    return paths[0] if paths else ""


def _inspect(file: IO[bytes] | File, budget: Budget, *, depth: int) -> Contents:
    size = file.seek(0, io.SEEK_END) or file.tell()
    directory_offset = _check_end(file, size, budget)
    entries = _read_entries(file, directory_offset)
    if not entries:
        raise RefusedFile(_("The archive is empty."))
    budget.entries -= len(entries)
    if budget.entries < 0:
        raise RefusedFile(_("The archive holds more than %(most)d files. Pack fewer, or in parts.") % {"most": MOST_ENTRIES})
    _check_names([entry.info for entry in entries])
    unpacked = _check_sizes(entries, budget)
    nested: list[Entry] = []
    plain: list[Entry] = []
    for entry in entries:
        if entry.info.is_dir():
            continue
        (nested if _peek(file, entry) == "zip" else plain).append(entry)
    for entry in nested:
        _inspect_nested(file, entry, budget, depth=depth)
    for entry in sorted(plain, key=lambda one: one.info.file_size):
        if entry.info.file_size > budget.checked:
            break
        _unpack(file, entry, None)
        budget.checked -= entry.info.file_size
    return Contents(names=tuple(entry.info.filename for entry in entries if not entry.info.is_dir()), unpacked=unpacked)


def _check_end(file: IO[bytes] | File, size: int, budget: Budget) -> int:
    """Where the central directory begins. The archive must begin at 0 and end with its end record: nothing before, nothing behind."""
    cut = RefusedFile(_("The archive stops before its end: it was cut off on the way. Send it again."))
    start = max(0, size - _EOCD.size - 0xFFFF)
    file.seek(start)
    tail = file.read(_EOCD.size + 0xFFFF)
    position = tail.rfind(b"PK\x05\x06")
    if position < 0 or len(tail) - position < _EOCD.size:
        raise cut
    _sig, _disk, _start_disk, _here, count, directory_size, offset, comment = _EOCD.unpack_from(tail, position)
    end = start + position
    if end + _EOCD.size + comment != size:
        raise RefusedFile(_("There is something else behind the archive. Pack it again, then send it again."))
    if count == 0xFFFF or directory_size == 0xFFFFFFFF or offset == 0xFFFFFFFF:
        count, directory_size, offset, end = _read_zip64(file, end)
    if offset + directory_size != end:
        raise RefusedFile(_("There is something else in front of the archive. Pack it again, then send it again."))
    if count > budget.entries or directory_size > MOST_DIRECTORY_BYTES:
        raise RefusedFile(_("The archive holds more than %(most)d files. Pack fewer, or in parts.") % {"most": MOST_ENTRIES})
    return int(offset)


def _read_zip64(file: IO[bytes] | File, end: int) -> tuple[int, int, int, int]:
    damaged = RefusedFile(_("The archive is damaged. Pack it again, then send it again."))
    if end < 20:
        raise damaged
    file.seek(end - 20)
    signature, _disk, record, _disks = struct.unpack("<4sLQL", file.read(20))
    if signature != b"PK\x06\x07" or record + _EOCD64.size > end - 20:
        raise damaged
    file.seek(record)
    fields = _EOCD64.unpack(file.read(_EOCD64.size))
    if fields[0] != b"PK\x06\x06":
        raise damaged
    return fields[7], fields[8], fields[9], record


def _read_entries(file: IO[bytes] | File, directory_offset: int) -> list[Entry]:
    """Every entry with where its data begins; each local header must agree with the directory, and none may overlap."""
    damaged = RefusedFile(_("The archive is damaged. Pack it again, then send it again."))
    try:
        infos = zipfile.ZipFile(_as_io(file)).infolist()
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, struct.error, OSError, NotImplementedError, EOFError) as error:
        raise damaged from error
    entries: list[Entry] = []
    after = 0
    for info in sorted(infos, key=lambda one: one.header_offset):
        file.seek(info.header_offset)
        header = file.read(_LOCAL.size)
        if len(header) < _LOCAL.size:
            raise damaged
        fields = _LOCAL.unpack(header)
        name_length, extra_length = fields[9], fields[10]
        raw_name = file.read(name_length)
        data_offset = info.header_offset + _LOCAL.size + name_length + extra_length
        if info.header_offset < after or data_offset + info.compress_size > directory_offset:
            raise RefusedFile(_("Entries of the archive overlap, as in a zip bomb. Pack it again, then send it again."))
        if fields[0] != b"PK\x03\x04" or raw_name != _raw_name(info):
            raise damaged
        if not entries and info.header_offset != 0:
            raise RefusedFile(_("There is something else in front of the archive. Pack it again, then send it again."))
        after = data_offset + info.compress_size
        entries.append(Entry(info, data_offset))
    by_info = {id(entry.info): entry for entry in entries}
    return [by_info[id(info)] for info in infos]


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")


def _check_names(infos: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for info in infos:
        name = info.orig_filename
        shown = safe_filename(name) if name else "?"
        parts = name.rstrip("/").split("/")
        if name.startswith(("/", "~")) or "\\" in name or ":" in parts[0] or any(part in ("", ".", "..") for part in parts):
            raise RefusedFile(_("“%(name)s” in the archive would be unpacked outside its folder. Pack it again.") % {"name": shown})
        if len(parts) > 32 or len(name.encode()) > 1000 or any(len(part.encode()) > 255 for part in parts):
            raise RefusedFile(_("“%(name)s” in the archive has too long a name.") % {"name": shown})
        if any(safe_filename(part) != part and _is_treacherous(part) for part in parts):
            raise RefusedFile(_("“%(name)s” in the archive has a name with hidden or reserved characters. Rename it.") % {"name": shown})
        if name.casefold() in seen:
            raise RefusedFile(_("“%(name)s” is in the archive twice. Pack it again.") % {"name": shown})
        seen.add(name.casefold())
        mode = info.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise RefusedFile(_("“%(name)s” in the archive is a link, not a file. Pack the file itself.") % {"name": shown})
        if info.flag_bits & _ENCRYPTED:
            raise RefusedFile(_("The archive asks for a password, so your buyers could not open it. Pack it without one."))
        ending = extension_of(parts[-1])
        if ending in _PROGRAM_ENDINGS and not info.is_dir():
            raise RefusedFile(_("“%(name)s” in the archive is a program. Sell what people read or work with.") % {"name": shown})
        if ending in _MACRO_ENDINGS:
            raise RefusedFile(_("“%(name)s” in the archive holds macros. Save it without them.") % {"name": shown})


def _is_treacherous(part: str) -> bool:
    """A name that is more than unusual: control or direction marks, or one that Windows keeps for itself."""
    has_marks = any(unicodedata.category(char)[0] == "C" for char in part)
    return has_marks or safe_filename(part).startswith("_") != part.lstrip(" .").startswith("_")


def _check_sizes(entries: list[Entry], budget: Budget) -> int:
    unpacked = sum(entry.info.file_size for entry in entries)
    budget.unpacked += unpacked
    total = budget.unpacked
    if total > MOST_UNPACKED or (total > RATIO_FROM and total > budget.size * MOST_UNCHECKED_RATIO):
        raise RefusedFile(
            _("The archive unpacks to far more than its size, as a zip bomb does (%(size)s).") % {"size": filesizeformat(total)}
        )
    for entry in entries:
        info = entry.info
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise RefusedFile(_("The archive is packed in a way that not every computer opens. Use ordinary ZIP."))
        # DEFLATE adds five bytes a block of 65,535 to what it cannot pack, so more than that hides something.
        if info.compress_size > info.file_size + info.file_size // 1000 + 64:
            raise _lies(info)
    return unpacked


def _lies(info: zipfile.ZipInfo) -> RefusedFile:
    return RefusedFile(
        _("“%(name)s” in the archive is not of the size that it says. Pack it again.") % {"name": safe_filename(info.filename)}
    )


def _peek(file: IO[bytes] | File, entry: Entry) -> str:
    """What an entry is by its first bytes. Raises `RefusedFile` for programs and for archives that we do not open."""
    info = entry.info
    file.seek(entry.data_offset)
    packed = file.read(min(info.compress_size, 4096))
    try:
        head = packed if info.compress_type == zipfile.ZIP_STORED else zlib.decompressobj(-15).decompress(packed, 1024)
    except zlib.error as error:
        raise _damaged_entry(info) from error
    found = recognise(head)
    if found in PROGRAMS - {"script"}:
        raise RefusedFile(
            _("“%(name)s” in the archive is a program. Sell what people read or work with.") % {"name": safe_filename(info.filename)}
        )
    if found in CLOSED_ARCHIVES:
        raise RefusedFile(
            _("“%(name)s” in the archive is %(found)s, which we cannot look into. Put its files in directly.")
            % {"name": safe_filename(info.filename), "found": MAGIC_LABELS[found]}
        )
    return found


def _damaged_entry(info: zipfile.ZipInfo) -> RefusedFile:
    return RefusedFile(
        _("“%(name)s” in the archive is damaged. Pack it again, then send it again.") % {"name": safe_filename(info.filename)}
    )


def _inspect_nested(file: IO[bytes] | File, entry: Entry, budget: Budget, *, depth: int) -> None:
    info = entry.info
    if depth >= DEEPEST or info.file_size > min(MOST_NESTED, budget.checked):
        raise RefusedFile(
            _("“%(name)s” is an archive inside the archive that is too deep or too large to look into. Put its files in directly.")
            % {"name": safe_filename(info.filename)}
        )
    budget.checked -= info.file_size
    with tempfile.SpooledTemporaryFile(max_size=8 * 1024**2) as inner:
        _unpack(file, entry, inner)
        _inspect(inner, budget, depth=depth + 1)


def _unpack(file: IO[bytes] | File, entry: Entry, into: Any) -> None:
    """Unpack one entry, chunk by chunk, and hold it to its size and checksum. Stops one byte after the size that it states."""
    info = entry.info
    file.seek(entry.data_offset)
    inflate = zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None
    left, size, checksum = info.compress_size, 0, 0
    try:
        while left > 0:
            packed = file.read(min(_CHUNK, left))
            if not packed:
                raise _damaged_entry(info)
            left -= len(packed)
            while True:
                chunk = inflate.decompress(packed, _CHUNK) if inflate else packed
                packed = inflate.unconsumed_tail if inflate else b""
                size += len(chunk)
                if size > info.file_size:
                    raise _lies(info)
                checksum = zlib.crc32(chunk, checksum)
                if into is not None:
                    into.write(chunk)
                # A full chunk may leave more waiting inside the decompressor than `unconsumed_tail` tells.
                if inflate is None or inflate.eof or (not packed and len(chunk) < _CHUNK):
                    break
            if inflate and inflate.eof:
                break
    except zlib.error as error:
        raise _damaged_entry(info) from error
    if left or (inflate and (not inflate.eof or inflate.unused_data)) or size != info.file_size or checksum != info.CRC:
        raise _damaged_entry(info)
