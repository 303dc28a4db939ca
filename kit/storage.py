"""Where files lie: a private store for what people sell, a public one for what anybody may see.

On the local disk and on S3 alike, by the same functions. A file's name in the store is ours (a UUID), never the
user's; the name that a download has is said when the link is made.
"""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, cast

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from kit.signing import sign

LINK_SALT = "download"
MOST_NAME_BYTES = 150

_RESERVED = frozenset(["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))])
# Refused by Windows or by shells, or able to make a name look like another.
_UNWELCOME = frozenset('<>:"/\\|?*`')


@dataclass(frozen=True)
class StoredFile:
    """What was stored: its name in the store, its size in bytes, and the hex SHA-256 of its content."""

    name: str
    size: int
    sha256: str


class Readable(Protocol):
    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...


def private() -> Storage:
    """The store of what people sell. Nothing in it has an address; `download_url` makes one that ends."""
    return storages["default"]


def public() -> Storage:
    """The store of what anybody may see (covers, avatars), each with a lasting `url(name)`."""
    return storages["public"]


def download_url(name: str, *, filename: str, content_type: str, seconds: int = 60) -> str:
    """A link to the private file `name` that is good for `seconds` and needs no sign-in.

    Locally a path on this site (served by `kit.views.signed_file`), on S3 a presigned address; both answer as an
    attachment called `filename` (cleaned) of `content_type`. Whoever calls this has checked that the reader may
    have the file.
    """
    store = private()
    shown = safe_filename(filename)
    if isinstance(store, FileSystemStorage):
        token = sign({"n": name, "f": shown, "t": content_type}, salt=LINK_SALT, seconds=seconds)
        return reverse("signed_file", args=[token, shown])
    answer = {"ResponseContentDisposition": content_disposition_header(True, shown), "ResponseContentType": content_type}
    return cast(Any, store).url(name, parameters=answer, expire=seconds)


def store_upload(file: Readable, *, prefix: str, extension: str = "", to_public: bool = False) -> StoredFile:
    """Keep an uploaded file, and say what was kept.

    Read in chunks, so that memory does not grow with the file. Its name is `<prefix>/<yyyy>/<mm>/<uuid><extension>`;
    `extension` (".webp") is for files that are served by it, and comes from us, not from the upload.
    """
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
        size += len(chunk)
    file.seek(0)
    wanted = f"{prefix.strip('/')}/{timezone.now():%Y/%m}/{uuid.uuid4().hex}{extension}"
    name = (public() if to_public else private()).save(wanted, cast(File, file))
    return StoredFile(name=name, size=size, sha256=digest.hexdigest())


def safe_filename(name: str) -> str:
    """`name` as a file name that is harmless on each system: no path, no control or direction marks, not too long.

    Keeps letters of every script and the extension; "file" where nothing is left.
    """
    text = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join("_" if char in _UNWELCOME else char for char in text if unicodedata.category(char)[0] != "C")
    kept = " ".join(kept.split()).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if not dot:
        stem, ending = kept, ""
    if stem.partition(".")[0].strip().lower() in _RESERVED:
        stem = f"_{stem}"
    ending = f".{_at_most(ending, 20)}" if ending else ""
    stem = _at_most(stem, MOST_NAME_BYTES - len(ending.encode())).rstrip(" .")
    return f"{stem}{ending}" if stem else "file"


def _at_most(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
