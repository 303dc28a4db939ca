"""An HLS and CMAF checker that shares nothing with what it checks: it reads the files' boxes, and has ffmpeg decode them.

After Apple's "HLS Authoring Specification" and ISO/IEC 23000-19. It raises AssertionError with what is wrong.
"""

from __future__ import annotations

import re
import struct
import subprocess
from dataclasses import dataclass, field
from fractions import Fraction

from courses.video.binaries import ffmpeg


@dataclass
class Box:
    kind: str
    body: bytes
    inside: list[Box] = field(default_factory=list)

    def all(self, path: str) -> list[Box]:
        first, _, rest = path.partition("/")
        found = [box for box in self.inside if box.kind == first]
        return [deep for box in found for deep in box.all(rest)] if rest else found

    def one(self, path: str) -> Box:
        found = self.all(path)
        assert len(found) == 1, f"{len(found)} boxes {path} in {self.kind}"
        return found[0]


def parse(data: bytes, kind: str = "file") -> Box:
    box, at = Box(kind, data), 0
    while at < len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8].decode("latin1")
        assert 8 <= size <= len(data) - at, f"box {name} of {size} bytes does not fit into {kind}"
        body = data[at + 8 : at + size]
        nested = name in ("moov", "trak", "mdia", "minf", "stbl", "mvex", "moof", "traf", "edts")
        box.inside.append(parse(body, name) if nested else Box(name, body))
        at += size
    return box


@dataclass
class Track:
    """A rendition as its files say it is. Times in seconds, exactly."""

    kind: str
    codec: str
    width: int
    height: int
    timescale: int
    starts: list[Fraction] = field(default_factory=list)
    ends: list[Fraction] = field(default_factory=list)
    keys: list[Fraction] = field(default_factory=list)
    frames: int = 0
    first_shown: Fraction = Fraction(0)


def read_track(header: bytes, segments: list[bytes]) -> Track:
    """The track, having checked each segment by itself and that they follow one another without a gap."""
    top = parse(header)
    assert [box.kind for box in top.inside][:2] == ["ftyp", "moov"]
    trak = top.one("moov/trak")
    mdhd = trak.one("mdia/mdhd").body
    timescale = struct.unpack(">I", mdhd[20:24] if mdhd[0] else mdhd[12:16])[0]
    handler = trak.one("mdia/hdlr").body[8:12].decode()
    entry = trak.one("mdia/minf/stbl/stsd").body[8:]
    name, content = entry[4:8].decode(), entry[8 : int.from_bytes(entry[:4], "big")]
    track = Track(handler, "", 0, 0, timescale)
    if handler == "vide":
        assert name == "avc1", "parameter sets belong into the header, not into the stream"
        track.width, track.height = struct.unpack(">HH", content[24:28])
        config = parse(content[78:], name).one("avcC").body
        track.codec = f"avc1.{config[1]:02x}{config[2]:02x}{config[3]:02x}"
        assert not trak.all("edts"), "an edit list moves the picture"
    else:
        assert (handler, name) == ("soun", "mp4a")
        assert struct.unpack(">H", content[16:18])[0] == 2, "two channels"
        track.codec = "mp4a.40.2"
    defaults = struct.unpack(">IIIII", top.one("moov/mvex/trex").body[4:24])
    time: int | None = None
    for number, data in enumerate(segments):
        part = parse(data)
        kinds = [box.kind for box in part.inside]
        assert [kind for kind in kinds if kind not in ("styp", "sidx")] == ["moof", "mdat"], f"segment {number} is {kinds}"
        assert int.from_bytes(part.one("moof/mfhd").body[4:8], "big") == number + 1, "fragments are not numbered in turn"
        traf = part.one("moof/traf")
        begin = int.from_bytes(traf.one("tfdt").body[4:], "big")
        assert begin == (time or 0), f"segment {number} begins at {begin}, the one before ended at {time}"
        time, shown, sizes = _samples(track, traf, defaults, begin)
        assert sizes == len(part.one("mdat").body), f"segment {number}: the samples are not the data"
        track.starts.append(Fraction(begin, timescale))
        track.ends.append(Fraction(time, timescale))
        if number == 0:
            track.first_shown = min(shown)
        if handler == "vide":
            assert track.starts[-1] in track.keys, f"segment {number} does not begin with a key frame"
            # Closed: nothing of a segment is shown before its key frame.
            assert min(shown) == track.starts[-1]
    return track


def _samples(track: Track, traf: Box, trex: tuple[int, ...], time: int) -> tuple[int, list[Fraction], int]:
    tfhd, at = traf.one("tfhd").body, 8
    flags = int.from_bytes(tfhd[1:4], "big")
    assert flags & 0x020000, "default-base-is-moof"
    values = {0x8: trex[2], 0x10: trex[3], 0x20: trex[4]}
    for bit in (0x1, 0x2, 0x8, 0x10, 0x20):
        if flags & bit:
            width = 8 if bit == 0x1 else 4
            if bit in values:
                values[bit] = int.from_bytes(tfhd[at : at + width], "big")
            at += width
    total, shown = 0, []
    for trun in traf.all("trun"):
        body, flags = trun.body, int.from_bytes(trun.body[1:4], "big")
        count, at = int.from_bytes(body[4:8], "big"), 8
        at += 4 if flags & 0x1 else 0
        first_flags = None
        if flags & 0x4:
            first_flags, at = int.from_bytes(body[at : at + 4], "big"), at + 4
        for number in range(count):
            sample = {0x100: values[0x8], 0x200: values[0x10], 0x400: values[0x20], 0x800: 0}
            for bit in sample:
                if flags & bit:
                    sample[bit] = int.from_bytes(body[at : at + 4], "big", signed=bit == 0x800)
                    at += 4
            if number == 0 and first_flags is not None:
                sample[0x400] = first_flags
            if not sample[0x400] & 0x10000:
                track.keys.append(Fraction(time, track.timescale))
            shown.append(Fraction(time + sample[0x800], track.timescale))
            time, total = time + sample[0x100], total + sample[0x200]
            track.frames += 1
        assert at == len(body)
    return time, shown, total


def decode(content: bytes, *, tmp: str) -> dict[str, object]:
    """What ffmpeg makes of a whole stream, treating each error as fatal: frames, and loudness where there is sound."""
    with open(tmp, "wb") as file:
        file.write(content)
    said = subprocess.run(
        [ffmpeg(), "-hide_banner", "-nostats", "-v", "info", "-xerror", "-i", tmp, "-af", "ebur128=framelog=quiet", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert said.returncode == 0, said.stderr[-2000:]
    assert "error" not in said.stderr.lower(), said.stderr[-2000:]
    loud = re.findall(r"^\s+I:\s+(-?[\d.]+) LUFS", said.stderr, re.M)
    rate = re.search(r"([\d.]+) fps", said.stderr)
    return {"loudness": float(loud[-1]) if loud else None, "rate": float(rate[1]) if rate else None}
