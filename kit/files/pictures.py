"""Pictures that are sold as they are: whole, of a sane size, and nothing but a picture."""

from __future__ import annotations

import io
import re
from typing import IO, Final

from django.core.files.base import File
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from kit.files.archives import has_archive_at_the_end
from kit.files.refusals import RefusedFile

MOST_PIXELS: Final = 85_000_000
"""Sold pictures may be larger than shown ones; Pillow warns from 89 million on. An A2 print at 300 dpi has 35 million."""

_PILLOW: Final = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}
_SCRIPT: Final = re.compile(rb"<script|<\?php|javascript:", re.IGNORECASE)
_CHUNK: Final = 1 << 20


def inspect_picture(file: IO[bytes] | File, kind: str, size: int) -> str:
    """A sentence with its size in pixels. Nothing is decoded. Raises `RefusedFile`."""
    try:
        picture = Image.open(file, formats=[_PILLOW[kind]])
        width, height = picture.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RefusedFile(_too_many()) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, TypeError, EOFError, OverflowError) as error:
        raise RefusedFile(_("The picture is damaged or was cut off on the way. Send it again.")) from error
    if width * height > MOST_PIXELS:
        raise RefusedFile(_too_many(width, height))
    if not _is_whole(file, kind, size):
        raise RefusedFile(_("The picture is damaged or was cut off on the way. Send it again."))
    if has_archive_at_the_end(file, size):
        raise RefusedFile(_("Behind the picture there is an archive. Save the picture again in a picture program."))
    if _carries_script(file):
        raise RefusedFile(_("The picture carries script in its description. Save it again without metadata."))
    return _("%(width)d × %(height)d pixels") % {"width": width, "height": height}


def _too_many(width: int = 0, height: int = 0) -> str:
    limit = MOST_PIXELS // 1_000_000
    if width:
        return _("The picture has %(width)d × %(height)d pixels; %(limit)d million in all is the most.") % {
            "width": width,
            "height": height,
            "limit": limit,
        }
    return _("The picture has too many pixels; %(limit)d million in all is the most.") % {"limit": limit}


def _is_whole(file: IO[bytes] | File, kind: str, size: int) -> bool:
    """Whether the end is there: a picture that was cut in the middle has none."""
    if kind == "webp":
        file.seek(4)
        return int.from_bytes(file.read(4), "little") + 8 <= size
    # Phones append their own data behind a JPEG, so its end may lie before the file's.
    window = 64 if kind == "png" else 4 * _CHUNK
    file.seek(max(0, size - window), io.SEEK_SET)
    return (b"IEND\xaeB`\x82" if kind == "png" else b"\xff\xd9") in file.read()


def _carries_script(file: IO[bytes] | File) -> bool:
    """Looks everywhere but cheaply: the pattern does not come up in compressed data by chance."""
    file.seek(0)
    tail = b""
    while chunk := file.read(_CHUNK):
        if _SCRIPT.search(tail + chunk):
            return True
        tail = chunk[-16:]
    return False
