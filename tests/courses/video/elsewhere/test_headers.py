"""What is read from headers that ffmpeg would write otherwise."""

from __future__ import annotations

import pytest

from courses.video.hls import BadSegment, Header, read_header


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def descriptor(tag: int, body: bytes, *, is_long: bool) -> bytes:
    length = b"\x80\x80\x80" + bytes([len(body)]) if is_long else bytes([len(body)])
    return bytes([tag]) + length + body


def sound_header(*, is_long: bool, object_type: int = 2) -> bytes:
    specific = descriptor(5, (object_type << 11 | 3 << 7 | 2 << 3).to_bytes(2, "big"), is_long=is_long)
    config = descriptor(4, b"\x40\x15" + bytes(11) + specific, is_long=is_long)
    esds = box(b"esds", bytes(4), descriptor(3, b"\x00\x01\x00" + config + descriptor(6, b"\x02", is_long=is_long), is_long=is_long))
    stsd = box(b"stsd", bytes(4), (1).to_bytes(4, "big"), box(b"mp4a", bytes(28), esds))
    mdhd = box(b"mdhd", bytes(12), (48000).to_bytes(4, "big"), bytes(8))
    return box(b"moov", box(b"trak", box(b"mdia", mdhd, box(b"minf", box(b"stbl", stsd)))))


@pytest.mark.parametrize("is_long", [True, False])
def test_the_sounds_codec_is_found_however_its_lengths_are_written(is_long: bool) -> None:
    assert read_header(sound_header(is_long=is_long)) == Header(48000, "mp4a.40.2")
    assert read_header(sound_header(is_long=is_long, object_type=5)).codec == "mp4a.40.5"


def test_a_header_without_what_it_needs_is_refused() -> None:
    whole = sound_header(is_long=False)
    for broken in (b"", whole.replace(b"esds", b"free"), whole.replace(b"\x03\x19\x00\x01", b"\x09\x19\x00\x01")):
        with pytest.raises(BadSegment):
            read_header(broken)
