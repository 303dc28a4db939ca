"""Pictures that people upload, made safe to show: decoded within bounds and drawn anew, so that nothing but pixels is left.

What is refused before a pixel is decoded: floods (the header says too many), endless progressive scans, files that are no
picture. Metadata, comments, colour profiles, further frames and whatever was glued behind the picture do not survive.
"""

from __future__ import annotations

import io
from collections.abc import Collection
from dataclasses import dataclass
from typing import IO, Final, Literal

from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image, ImageOps, UnidentifiedImageError

from kit.errors import DomainError

FORMATS: Final = ("JPEG", "PNG", "WEBP")
"""What we decode; Pillow tries no other decoder."""

MOST_BYTES: Final = 30 * 1024 * 1024
MOST_SCANS: Final = 100
"""A progressive JPEG of more passes than this is made to waste time; cameras and programs write about ten."""

MOST_WEBP_PIXELS: Final = 12_000_000
"""Pillow's WebP decoder holds four copies of the picture, so its bound on memory is fewer pixels."""

_STRIP_ROWS: Final = 64
_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

OutputFormat = Literal["WEBP", "JPEG"]
_OUTPUT: Final[dict[str, tuple[str, str]]] = {"WEBP": ("image/webp", ".webp"), "JPEG": ("image/jpeg", ".jpg")}


class RefusedImage(DomainError):
    code = "refused_image"
    message = gettext_lazy("This is not a picture that we can use.")


@dataclass(frozen=True)
class CleanImage:
    """A new picture. `content.name` is only an extension with a stem of ours; `width` and `height` are in pixels."""

    content: ContentFile
    width: int
    height: int
    content_type: str

    @property
    def extension(self) -> str:
        return next(extension for content_type, extension in _OUTPUT.values() if content_type == self.content_type)


def clean_image(
    file: IO[bytes] | File,
    *,
    max_side: int,
    max_pixels: int = 40_000_000,
    formats: Collection[str] = FORMATS,
    min_side: int = 1,
    max_bytes: int = MOST_BYTES,
    output: OutputFormat = "WEBP",
) -> CleanImage:
    """The picture in `file`, turned upright, no side longer than `max_side`, without metadata.

    Raises `RefusedImage` with a sentence for people: not one of `formats`, empty, longer than `max_bytes`, more than
    `max_pixels`, a side shorter than `min_side`, or cut off. Memory stays below about 200 MiB at 40 million pixels.
    """
    picture = _shrunk(_open(file, max_pixels=max_pixels, formats=formats, min_side=min_side, max_bytes=max_bytes), max_side)
    picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    return _encode(picture, output)


def thumbnail(
    file: IO[bytes] | File,
    *,
    width: int,
    height: int,
    max_pixels: int = 40_000_000,
    formats: Collection[str] = FORMATS,
    max_bytes: int = MOST_BYTES,
    output: OutputFormat = "WEBP",
) -> CleanImage:
    """The middle of the picture, exactly `width` × `height` pixels: for faces and squares. Raises `RefusedImage`."""
    opened = _open(file, max_pixels=max_pixels, formats=formats, min_side=1, max_bytes=max_bytes)
    # Three times as large as needed on the longer side keeps the shorter side sharp for pictures of up to 1:3.
    picture = _shrunk(opened, 3 * max(width, height))
    return _encode(ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS), output)


def _open(file: IO[bytes] | File, *, max_pixels: int, formats: Collection[str], min_side: int, max_bytes: int) -> Image.Image:
    file.seek(0, io.SEEK_END)
    size = file.tell()
    file.seek(0)
    if not size:
        raise RefusedImage(_("The file is empty."))
    if size > max_bytes:
        raise RefusedImage(
            _("The picture is larger than %(limit)d MB. Save it smaller, then try again.") % {"limit": max_bytes // (1024 * 1024)}
        )
    try:
        picture = Image.open(file, formats=[name.upper() for name in formats])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(max_pixels) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, TypeError, EOFError, MemoryError, OverflowError) as error:
        raise RefusedImage(_("This is not a picture. Use %(formats)s.") % {"formats": _named(formats)}) from error
    width, height = picture.size
    if picture.format == "WEBP":
        max_pixels = min(max_pixels, MOST_WEBP_PIXELS)
    if width * height > max_pixels:
        raise _too_many_pixels(max_pixels, width, height)
    if min(width, height) < min_side:
        raise RefusedImage(
            _("The picture has %(width)d × %(height)d pixels. Use one of at least %(least)d pixels on each side.")
            % {"width": width, "height": height, "least": min_side}
        )
    if picture.format == "JPEG" and _count_scans(file) > MOST_SCANS:
        raise RefusedImage(_("This JPEG is stored in an unusual way. Save it again in a picture program, then try again."))
    return picture


def _too_many_pixels(max_pixels: int, width: int = 0, height: int = 0) -> RefusedImage:
    limit = max_pixels // 1_000_000
    if width:
        return RefusedImage(
            _("The picture has %(width)d × %(height)d pixels; %(limit)d million in all is the most.")
            % {"width": width, "height": height, "limit": limit}
        )
    return RefusedImage(_("The picture has more pixels than we can use; %(limit)d million in all is the most.") % {"limit": limit})


def _named(formats: Collection[str]) -> str:
    names = {"JPEG": "JPEG", "PNG": "PNG", "WEBP": "WebP"}
    return ", ".join(names.get(name.upper(), name.upper()) for name in formats)


def _count_scans(file: IO[bytes] | File) -> int:
    """Start-of-scan markers. Entropy-coded data never holds one: there FF is followed by 00 or a restart marker."""
    position, count, tail = file.tell(), 0, b""
    file.seek(0)
    while chunk := file.read(1 << 20):
        count += (tail + chunk).count(b"\xff\xda")
        tail = chunk[-1:]
    file.seek(position)
    return count


def _shrunk(picture: Image.Image, target: int) -> Image.Image:
    """Decoded, upright, RGB or RGBA, its longer side less than twice `target` (or as small as it came)."""
    if picture.format == "JPEG":
        picture.draft("RGB", (target, target))
    orientation = _orientation(picture)
    try:
        picture.load()
        decoded = _flat(_reduced(picture, max(picture.size) // target))
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, OverflowError) as error:
        raise RefusedImage(_("The picture is damaged or was cut off on the way. Send it again.")) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise RefusedImage(_("The picture is too large to open.")) from error
    return decoded.transpose(_TURNS[orientation]) if orientation in _TURNS else decoded


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, EOFError, OverflowError):
        return 1


def _reduced(picture: Image.Image, factor: int) -> Image.Image:
    """A whole fraction of the size, strip by strip: Pillow would hold several full copies of a picture with transparency."""
    if factor < 2:
        return picture
    width, height = picture.size
    size = (-(-width // factor), -(-height // factor))
    rows = factor * _STRIP_ROWS
    strips = (_flat(picture.crop((0, top, width, min(top + rows, height)))).reduce(factor) for top in range(0, height, rows))
    reduced: Image.Image | None = None
    for index, strip in enumerate(strips):
        reduced = reduced or Image.new(strip.mode, size)
        reduced.paste(strip, (0, index * _STRIP_ROWS))
    return reduced or picture


def _flat(picture: Image.Image) -> Image.Image:
    """RGBA where something shines through, else RGB."""
    if picture.mode in ("RGB", "RGBA"):
        return picture
    if picture.mode in ("I;16", "I;16B", "I;16L", "I;16N", "I", "F"):
        # Sixteen bits of grey: Pillow's own conversion cuts off at 255 instead of scaling.
        return picture.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    transparent = picture.mode in ("LA", "PA", "La", "RGBa") or "transparency" in picture.info
    return picture.convert("RGBA" if transparent else "RGB")


def _encode(picture: Image.Image, output: OutputFormat) -> CleanImage:
    # A new canvas: nothing of the old file's info rides along.
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    buffer = io.BytesIO()
    if output == "JPEG":
        if clean.mode == "RGBA":
            paper = Image.new("RGB", clean.size, "white")
            paper.paste(clean, mask=clean.getchannel("A"))
            clean = paper
        clean.save(buffer, "JPEG", quality=86, optimize=True, progressive=True)
    else:
        clean.save(buffer, "WEBP", quality=84, method=4)
    content_type, extension = _OUTPUT[output]
    return CleanImage(
        content=ContentFile(buffer.getvalue(), name=f"picture{extension}"),
        width=clean.width,
        height=clean.height,
        content_type=content_type,
    )
