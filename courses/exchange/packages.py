"""Packages of files: ZIP and .tar.gz, opened only after they were judged, and refused whole when one entry could do harm."""

from __future__ import annotations

import gzip
import io
import tarfile
import tempfile
import time
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final, cast

from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from courses.exchange.limits import MOST_ENTRIES, MOST_RATIO, MOST_TEXT_FILE, MOST_UNPACKED, RATIO_FROM, SECONDS_TO_READ
from courses.texts import UNSTORABLE
from kit.files import RefusedFile, extension_of
from kit.files.archives import inspect_zip
from kit.files.types import PROGRAMS, recognise
from kit.storage import safe_filename

_CHUNK: Final = 1 << 16
# zipfile says RuntimeError of an encrypted member, and its subclass NotImplementedError of a compression that it does not know.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError)
_ZIPPED_FILES: Final = frozenset({"zip", "epub", "docx", "xlsx", "pptx", "fig", "sketch"})
"""Archives that are course material themselves; whatever else is an archive inside the package is refused."""
_ARCHIVE_ENDINGS: Final = frozenset({"tar", "tgz", "gz", "bz2", "xz", "zst", "7z", "rar", "imscc", "mbz", "cab", "jar"})
_LITTER: Final = frozenset({"thumbs.db", "desktop.ini"})


class Package:
    """The files that came along, by their paths. Litter of operating systems and a single folder around everything are left away.

    `folder` is the name of that single folder, "" without one.
    """

    def __init__(self, archive: zipfile.ZipFile | None) -> None:
        self._archive = archive
        self._deadline = time.monotonic() + SECONDS_TO_READ
        entries = [info for info in archive.infolist() if not info.is_dir()] if archive else []
        kept = [info for info in entries if not _is_litter(info.filename)]
        prefix = _folder_around([info.filename for info in kept])
        self.folder = prefix.rstrip("/")
        self._infos = {info.filename.removeprefix(prefix): info for info in kept}
        self.names: tuple[str, ...] = tuple(self._infos)

    def __contains__(self, path: object) -> bool:
        return path in self._infos

    def size(self, path: str) -> int:
        return self._infos[path].file_size

    def open(self, path: str) -> IO[bytes]:
        """The content of a file, unpacked while it is read. Raises `RefusedFile` for a damaged one."""
        assert self._archive is not None
        try:
            return self._archive.open(self._infos[path])
        except _UNREADABLE as error:
            raise _damaged(path) from error

    def read(self, path: str, *, most: int) -> bytes:
        """A whole file. Raises `RefusedFile` when it has more than `most` bytes, or reading the package takes too long."""
        if time.monotonic() > self._deadline:
            raise RefusedFile(_("The package takes too long to read. Split the course into smaller packages."))
        if self.size(path) > most:
            raise RefusedFile(
                _("“%(name)s” has %(size)s; %(most)s is the most for a file of its kind.")
                % {"name": path, "size": filesizeformat(self.size(path)), "most": filesizeformat(most)}
            )
        try:
            with self.open(path) as file:
                return file.read(most + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
            raise _damaged(path) from error

    def text(self, path: str, *, most: int = MOST_TEXT_FILE) -> str:
        """A text in UTF-8 with Unix line ends. Raises `RefusedFile`."""
        return decode(self.read(path, most=most), path)

    def copy(self, path: str) -> IO[bytes]:
        """A file that can be read from any place; close it."""
        copy = tempfile.SpooledTemporaryFile(max_size=8 * 1024**2)  # noqa: SIM115 - the caller closes it
        try:
            with self.open(path) as file:
                while chunk := file.read(_CHUNK):
                    copy.write(chunk)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
            copy.close()
            raise _damaged(path) from error
        copy.seek(0)
        return copy


def decode(raw: bytes, name: str) -> str:
    """UTF-8 with or without its mark. Raises `RefusedFile` for anything else, NUL included."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedFile(_("“%(name)s” is not in UTF-8. Save it with that encoding, then send it again.") % {"name": name}) from error
    if "\x00" in text:
        raise RefusedFile(_("“%(name)s” is not a plain text.") % {"name": name})
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_storable(value: Any) -> bool:
    """Whether the texts in a parsed document, names included, hold nothing that a database refuses: escapes can name what no file can
    hold. Without recursion.
    """
    waiting = [value]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, str):
            if UNSTORABLE.search(entry):
                return False
        elif isinstance(entry, dict):
            waiting.extend(entry)
            waiting.extend(entry.values())
        elif isinstance(entry, list):
            waiting.extend(entry)
    return True


@contextmanager
def open_package(file: IO[bytes] | File) -> Iterator[Package]:
    """The package in `file`, a ZIP or a .tar.gz by its content. Raises `RefusedFile`, naming the entry that could do harm."""
    # Django's File is false without a name, which zipfile takes for closed.
    source: Any = file.file if isinstance(file, File) else file
    source.seek(0)
    head = source.read(512)
    if head.startswith(b"\x1f\x8b"):
        with tempfile.TemporaryFile() as unpacked, tempfile.TemporaryFile() as repacked:
            _repack_tar(source, unpacked, repacked)
            yield from _opened(repacked)
    elif recognise(head) == "zip":
        yield from _opened(source)
    else:
        raise RefusedFile(_("This is neither a ZIP archive nor a .tar.gz. Send it as one of those, or as JSON."))


def _opened(file: Any) -> Iterator[Package]:
    file.seek(0, io.SEEK_END)
    contents = inspect_zip(file)
    if contents.unpacked > MOST_UNPACKED:
        raise RefusedFile(
            _("The package unpacks to %(size)s; %(most)s is the most.")
            % {"size": filesizeformat(contents.unpacked), "most": filesizeformat(MOST_UNPACKED)}
        )
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        _check_entries(archive)
        yield Package(archive)


def _check_entries(archive: zipfile.ZipFile) -> None:
    """What a package of a course may not hold, beyond what no archive may."""
    seen: set[str] = set()
    for info in archive.infolist():
        name = info.filename
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            raise RefusedFile(_("“%(name)s” is in the archive twice. Pack it again.") % {"name": safe_filename(name)})
        seen.add(folded)
        if info.is_dir():
            continue
        ending = extension_of(name.rpartition("/")[2])
        try:
            with archive.open(info) as entry:
                head = entry.read(1024)
        except _UNREADABLE as error:
            raise _damaged(name) from error
        found = recognise(head)
        if found in PROGRAMS:
            raise RefusedFile(_("“%(name)s” in the archive is a program or a script. Take it out.") % {"name": safe_filename(name)})
        if ending in _ARCHIVE_ENDINGS or (found == "zip" and ending not in _ZIPPED_FILES) or head[257:262] == b"ustar":
            raise RefusedFile(_("“%(name)s” is an archive inside the archive. Put its files in directly.") % {"name": safe_filename(name)})


def _repack_tar(source: Any, unpacked: IO[bytes], repacked: IO[bytes]) -> None:
    """Turn a .tar.gz into a ZIP without compression, so that both meet the same checks. What only a tar can hold is refused here."""
    _gunzip(source, unpacked)
    unpacked.seek(0)
    damaged = RefusedFile(_("The archive is damaged. Pack it again, then send it again."))
    count = 0
    try:
        with (
            tarfile.open(fileobj=cast(IO[bytes], _ShortReads(unpacked)), mode="r:") as tar,
            zipfile.ZipFile(repacked, "w", zipfile.ZIP_STORED) as archive,
        ):
            for member in tar:
                count += 1
                if count > MOST_ENTRIES:
                    raise RefusedFile(_("The archive holds more than %(most)d files. Pack fewer, or in parts.") % {"most": MOST_ENTRIES})
                _repack_member(tar, member, archive)
    except (tarfile.TarError, EOFError, OSError, ValueError, zlib.error, OverflowError) as error:
        raise damaged from error
    if not count:
        raise RefusedFile(_("The archive is empty."))


def _repack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, archive: zipfile.ZipFile) -> None:
    shown = safe_filename(member.name)
    if member.isdir():
        return
    if member.issym() or member.islnk():
        raise RefusedFile(_("“%(name)s” in the archive is a link, not a file. Pack the file itself.") % {"name": shown})
    if not member.isreg() or member.issparse():
        raise RefusedFile(_("“%(name)s” in the archive is not an ordinary file. Take it out.") % {"name": shown})
    # A leading "./" is how `tar` itself writes names; whatever else is odd about one is judged with the ZIP's.
    name = member.name.removeprefix("./")
    if not name.isprintable() or not name.encode(errors="replace").decode() == name:
        raise RefusedFile(_("“%(name)s” in the archive has a name with hidden or reserved characters. Rename it.") % {"name": shown})
    content = tar.extractfile(member)
    assert content is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a name that is there twice: the check afterwards refuses it
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o100644 << 16
        with archive.open(info, "w") as entry:
            while chunk := content.read(_CHUNK):
                entry.write(chunk)


def _gunzip(source: Any, into: IO[bytes]) -> None:
    source.seek(0, io.SEEK_END)
    size, done = source.tell(), 0
    source.seek(0)
    try:
        with gzip.GzipFile(fileobj=source) as unpacking:
            while chunk := unpacking.read(_CHUNK):
                done += len(chunk)
                if done > MOST_UNPACKED or (done > RATIO_FROM and done > size * MOST_RATIO):
                    raise RefusedFile(_("The archive unpacks to far more than its size, as a zip bomb does."))
                into.write(chunk)
    except (OSError, EOFError, zlib.error) as error:
        raise RefusedFile(_("The archive is damaged or was cut off on the way. Send it again.")) from error


class _ShortReads:
    """A file that hands out no more than a little at once: tarfile would read a header's extension of any size into memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= 1024**2:
            raise RefusedFile(_("The archive has headers of an unusual size. Pack it again, then send it again."))
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _damaged(name: str) -> RefusedFile:
    return RefusedFile(_("“%(name)s” in the archive is damaged. Pack it again, then send it again.") % {"name": safe_filename(name)})


def _is_litter(name: str) -> bool:
    parts = name.split("/")
    return parts[0] == "__MACOSX" or any(part.startswith(".") for part in parts) or parts[-1].lower() in _LITTER


def _folder_around(names: list[str]) -> str:
    """The one folder that holds everything, with its slash; "" for none. A package that is one file in one folder keeps it."""
    first = {name.partition("/")[0] for name in names if "/" in name}
    if len(names) < 2 or len(first) != 1 or any("/" not in name for name in names):
        return ""
    return f"{first.pop()}/"
