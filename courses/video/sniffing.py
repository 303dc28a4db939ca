"""What a file says it is by its first bytes, whatever its name.

Only containers that carry moving pictures are known. Playlists, concat scripts, subtitles, pictures and archives are not, so that
they are refused before any decoder sees them. What is really in a container, and whether it can be decoded, is the probe's matter.
"""

from __future__ import annotations

from typing import Final

HEAD_BYTES: Final = 4096
"""How much of the beginning `video_type` needs."""

_PICTURES_AND_SOUND: Final = frozenset(
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"crx ", b"M4A ", b"M4B ", b"M4P ", b"jxl "]
)
_OLD_QUICKTIME: Final = frozenset([b"moov", b"mdat", b"wide", b"pnot"])
_ASF: Final = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_MXF: Final = bytes.fromhex("060e2b34020501010d0102")
_MPEG_TS_PACKETS: Final = ((0, 188), (4, 192))
"""Where the first sync byte stands and how far it is to the next: plain, and with a time code (Blu-ray, AVCHD)."""


def video_type(head: bytes) -> str:
    """The media type of a video by the first `HEAD_BYTES` of its file; "" for anything else."""
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in _PICTURES_AND_SOUND:
            return ""
        return "video/quicktime" if brand == b"qt  " else "video/mp4"
    if head[4:8] in _OLD_QUICKTIME:
        return "video/quicktime"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska" if b"matroska" in head[:64] else ""
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "video/x-msvideo"
    if head.startswith(b"FLV\x01"):
        return "video/x-flv"
    if head.startswith(_ASF):
        return "video/x-ms-wmv"
    if head.startswith(_MXF):
        return "application/mxf"
    if head.startswith((b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")):
        return "video/mpeg"
    if head.startswith(b"OggS") and b"\x80theora" in head[:256]:
        return "video/ogg"
    if any(_has_packets(head, first, step) for first, step in _MPEG_TS_PACKETS):
        return "video/mp2t"
    return ""


def _has_packets(head: bytes, first: int, step: int) -> bool:
    at = range(first, first + 5 * step, step)
    return len(head) > at[-1] and all(head[place] == 0x47 for place in at)
