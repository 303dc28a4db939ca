"""Reading and placing CMAF segments (ISO/IEC 14496-12 boxes, 23000-19).

ffmpeg cuts the segments; which time they belong to, how long they are and what they hold is read from the files themselves, and
the playlists are written from that. `place_segment` moves a segment to its time, so that a run which began in the middle fits
the one before it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

CONTAINERS = frozenset((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf"))
UNSIGNED_64 = 1


class BadSegment(ValueError):
    """A file that is no CMAF header or segment of one track."""


@dataclass(frozen=True)
class Header:
    """What an init.mp4 says: ticks per second, the RFC 6381 name of its codec, and the size of its picture, 0 for sound."""

    timescale: int
    codec: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class Segment:
    """Times in ticks; `starts_with_key` when it can be decoded from its beginning."""

    start: int
    ticks: int
    samples: int
    starts_with_key: bool


def read_header(data: bytes) -> Header:
    """Raises `BadSegment`."""
    timescale = codec = None
    width = height = 0
    for kind, start, end in _boxes(data):
        if kind == b"mdhd":
            (timescale,) = struct.unpack_from(">I", data, start + (20 if data[start] == UNSIGNED_64 else 12))
        elif kind == b"stsd":
            codec = _codec(data, start + 8, end)
            if data[start + 12 : start + 16] == b"avc1":
                width, height = struct.unpack_from(">HH", data, start + 40)
    if not timescale or not codec:
        raise BadSegment("a header without a track that we know")
    return Header(timescale, codec, width, height)


def read_segment(data: bytes) -> Segment:
    """Raises `BadSegment`."""
    begins: int | None = None
    ticks = samples = 0
    default_ticks = default_flags = 0
    first_flags: int | None = None
    for kind, start, _end in _boxes(data):
        if kind == b"tfhd":
            default_ticks, default_flags = _track_defaults(data, start)
        elif kind == b"tfdt" and begins is None:
            begins = _decode_time(data, start)
        elif kind == b"trun":
            count, lasted, flags = _run(data, start, default_ticks, default_flags)
            first_flags = flags if first_flags is None else first_flags
            ticks, samples = ticks + lasted, samples + count
    if begins is None or not samples or first_flags is None:
        raise BadSegment("a segment without samples")
    return Segment(begins, ticks, samples, starts_with_key=not first_flags & 0x00010000)


def place_segment(data: bytes, *, later_by: int, number: int) -> bytes:
    """The segment `later_by` ticks later, numbered from `number` on; without its index (sidx), of which HLS makes no use."""
    moved = bytearray()
    for kind, start, end in _top(data):
        if kind == b"sidx":
            continue
        box = bytearray(data[start:end])
        if kind == b"moof":
            for inner, at, _ in _boxes(bytes(box)):
                if inner == b"mfhd":
                    struct.pack_into(">I", box, at + 4, number)
                    number += 1
                elif inner == b"tfdt":
                    form = ">Q" if box[at] == UNSIGNED_64 else ">I"
                    (time,) = struct.unpack_from(form, box, at + 4)
                    struct.pack_into(form, box, at + 4, time + later_by)
        moved += box
    return bytes(moved)


def _top(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The outermost boxes: kind, begin of the box, its end."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size == 1 and at + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, at + 8)
        if size < 8 or at + size > len(data):
            raise BadSegment(f"a box of {size} bytes at {at} of {len(data)}")
        yield kind, at, at + size
        at += size


def _boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """All boxes, those within others too: kind, begin of the content, end."""
    at, end = start, len(data) if end is None else end
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1 and at + 16 <= end:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        if size < head or at + size > end:
            raise BadSegment(f"a box of {size} bytes at {at} of {end}")
        yield kind, at + head, at + size
        if kind in CONTAINERS:
            yield from _boxes(data, at + head, at + size)
        at += size


def _codec(data: bytes, start: int, end: int) -> str | None:
    entry, size = data[start + 4 : start + 8], 8
    if entry == b"avc1":
        for kind, at, _ in _boxes(data, start + size + 78, end):
            if kind == b"avcC":
                return f"avc1.{data[at + 1 : at + 4].hex()}"
    if entry == b"mp4a" and (at := data.find(b"esds", start, end)) >= 0:
        # The object type is in the decoder's configuration (ISO/IEC 14496-1, 7.2.6; 14496-3, 1.6), three descriptors deep.
        at += 8
        for tag, skipped in ((3, 3), (4, 13), (5, 0)):
            at = _descriptor(data, at, end, tag) + skipped
        return f"mp4a.40.{data[at] >> 3}"
    return None


def _descriptor(data: bytes, at: int, end: int, tag: int) -> int:
    """Where the content of the descriptor at `at` begins; its length takes one to four bytes of seven bits each."""
    if at + 2 > end or data[at] != tag:
        raise BadSegment(f"no descriptor {tag} at {at}")
    at += 1
    while data[at] & 0x80:
        at += 1
    return at + 1


def _track_defaults(data: bytes, start: int) -> tuple[int, int]:
    flags = int.from_bytes(data[start + 1 : start + 4], "big")
    at = start + 8 + (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
    ticks = sample_flags = 0
    if flags & 0x8:
        (ticks,) = struct.unpack_from(">I", data, at)
        at += 4
    if flags & 0x10:
        at += 4
    if flags & 0x20:
        (sample_flags,) = struct.unpack_from(">I", data, at)
    return ticks, sample_flags


def _decode_time(data: bytes, start: int) -> int:
    form = ">Q" if data[start] == UNSIGNED_64 else ">I"
    return int(struct.unpack_from(form, data, start + 4)[0])


def _run(data: bytes, start: int, default_ticks: int, default_flags: int) -> tuple[int, int, int]:
    """Samples of a trun, ticks of them all, flags of its first."""
    flags = int.from_bytes(data[start + 1 : start + 4], "big")
    (count,) = struct.unpack_from(">I", data, start + 4)
    at = start + 8 + (4 if flags & 0x1 else 0)
    first = default_flags
    if flags & 0x4:
        (first,) = struct.unpack_from(">I", data, at)
        at += 4
    width = 4 * sum(1 for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit)
    if flags & 0x400 and count and not flags & 0x4:
        before = 4 * sum(1 for bit in (0x100, 0x200) if flags & bit)
        (first,) = struct.unpack_from(">I", data, at + before)
    if not flags & 0x100:
        return count, count * default_ticks, first
    return count, sum(struct.unpack_from(">I", data, at + n * width)[0] for n in range(count)), first
