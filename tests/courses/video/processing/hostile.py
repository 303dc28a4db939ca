"""Files that want something else of a decoder than a video: each with the verdict that it has to get.

A verdict is one of the reasons why a video is refused (or a few, where it depends on the release of ffmpeg), or `PLAYS`: there is an
honest picture in it, and the rest of the file has to come to nothing. All of them are made here, byte by byte or out of one tiny clip.
"""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PLAYS: Final = "plays"
MARK: Final = b"<script>alert(document.cookie)</script>"
"""What must not get into anything that is served."""
LOOP: Final = 16
"""Frames of the fake tables of samples."""


@dataclass(frozen=True)
class Traps:
    """A file nobody may read, an address nobody may ask, and honest clips to hide behind: `mp4`, `mkv`, `avi`, `ts`, `song`."""

    secret: Path
    port: int
    clips: dict[str, bytes] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/x.ts"


Make = Callable[[Traps], bytes | str]


def box(kind: str, *bodies: bytes) -> bytes:
    body = b"".join(bodies)
    return struct.pack(">I", 8 + len(body)) + kind.encode("latin1") + body


def words(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


FTYP: Final = box("ftyp", b"mp42", words(0), b"mp42isom")


def film(
    *,
    entry: str = "mjpa",
    size: tuple[int, int] = (64, 64),
    timescale: int = 1000,
    duration: int = 1000,
    stts: bytes = words(0, 1, LOOP, 100),
    stsc: bytes = words(0, 1, 1, LOOP, 1),
    stsz: bytes = words(0, 40, LOOP),
    stco: bytes = words(0, 1, 64),
    more: bytes = b"",
    reference: bytes = box("url ", words(1)),
    tracks: int = 1,
    edits: bytes = b"",
    mvex: bytes = b"",
) -> bytes:
    """A QuickTime film without any pictures, each of whose tables may lie."""
    sample = box(entry, b"\0" * 6 + b"\0\1" + b"\0" * 16 + struct.pack(">HH", *size) + b"\0" * 50)
    table = box("stsd", words(0, 1), sample) + box("stts", stts) + box("stsc", stsc) + box("stsz", stsz) + box("stco", stco) + more
    media = box("vmhd", words(1, 0, 0)) + box("dinf", box("dref", words(0, 1), reference)) + box("stbl", table)
    handler = box("hdlr", words(0), b"mhlrvide", words(0, 0, 0), b"\0")
    head = words(7, 0, 0, 1, 0, duration) + b"\0" * 52 + words(size[0] << 16, size[1] << 16)
    track = box("tkhd", head) + edits
    track += box("mdia", box("mdhd", words(0, 0, 0, timescale, duration, 0)), handler, box("minf", media))
    whole = box("mvhd", words(0, 0, 0, timescale, duration) + b"\0" * 80) + box("trak", track) * tracks + mvex
    return FTYP + box("moov", whole) + box("mdat", b"\xff\xd8\xff\xd9" * 200)


def element(kind: int, *bodies: bytes, size: int | None = None) -> bytes:
    """An EBML element; `size` may lie."""
    body = b"".join(bodies)
    name = kind.to_bytes((kind.bit_length() + 7) // 8, "big")
    return name + ((1 << 56) | (len(body) if size is None else size)).to_bytes(8, "big") + body


def number(value: int) -> bytes:
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")


EBML: Final = element(0x1A45DFA3, element(0x4282, b"matroska"), element(0x4287, b"\4"), element(0x4285, b"\2"))


def matroska(*parts: bytes, size: int | None = None) -> bytes:
    return EBML + element(0x18538067, *parts, size=size)


def matroska_track(count: int = 1, *, size: tuple[int, int] = (64, 64), more: bytes = b"", codec: bytes = b"V_MJPEG") -> bytes:
    def one(at: int) -> bytes:
        picture = element(0xE0, element(0xB0, number(size[0])), element(0xBA, number(size[1])))
        said = (element(0xD7, number(at)), element(0x73C5, number(at)), element(0x83, b"\1"), element(0x86, codec))
        return element(0xAE, *said, picture, more)

    return element(0x1654AE6B, *(one(at) for at in range(1, count + 1)))


def cluster(*blocks: bytes) -> bytes:
    return element(0x1F43B675, element(0xE7, b"\0"), *(element(0xA3, b"\x81\0\0\x80" + block) for block in blocks))


def chunk(kind: str, body: bytes, *, size: int | None = None) -> bytes:
    return kind.encode() + struct.pack("<I", len(body) if size is None else size) + body


def avi(*, rate: tuple[int, int] = (1, 25), frames: int = 10, index: bytes = b"", stream: bytes = b"", side: int = 64) -> bytes:
    main = struct.pack("<14I", 40000, 0, 0, 0x10, frames, 0, 1, 0, side, side, 0, 0, 0, 0)
    head = b"vidsMJPG" + struct.pack("<10I4H", 0, 0, 0, *rate, 0, frames, 0, 0, 0, 0, 0, side & 0xFFFF, side & 0xFFFF)
    bitmap = struct.pack("<IiiHH4sIiiII", 40, side, side, 1, 24, b"MJPG", 0, 0, 0, 0, 0)
    streams = chunk("LIST", b"strl" + chunk("strh", head) + chunk("strf", bitmap) + stream)
    movie = chunk("LIST", b"movi" + chunk("00dc", b"\xff\xd8\xff\xd9") * frames)
    return chunk("RIFF", b"AVI " + chunk("LIST", b"hdrl" + chunk("avih", main) + streams) + movie + index)


def nested(kinds: tuple[str, ...], depth: int) -> bytes:
    """Boxes within boxes; written from the outside, since each is as long as all that it holds."""
    return b"".join(struct.pack(">I", 8 * (depth - at)) + kinds[at % len(kinds)].encode() for at in range(depth))


def tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        link = tarfile.TarInfo("../../etc/passwd")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return out.getvalue()


def patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    assert len(old) == len(new)
    return content.replace(old, new)


def with_table(content: bytes, kind: bytes, *numbers: int) -> bytes:
    """The clip with another beginning (after version and flags) of its first table of this kind."""
    at = content.index(kind) + 8
    lie = words(*numbers)
    return content[:at] + lie + content[at + len(lie) :]


def amf_nesting(depth: int) -> bytes:
    body = b"\x02\x00\x0aonMetaData" + b"\x03\x00\x01a" * depth
    return b"FLV\1\1\0\0\0\x09\0\0\0\0" + b"\x12" + len(body).to_bytes(3, "big") + b"\0" * 7 + body + b"\0\0\0\0"


def crowded_transport_stream() -> bytes:
    """A table of programs that names a thousand, and no picture."""
    packets = []
    for at in range(0, 1000, 40):
        programs = b"".join(struct.pack(">HH", n + 1, 0xE000 | (0x20 + n)) for n in range(at, at + 40))
        table = b"\x00" + struct.pack(">H", 0xB000 | (len(programs) + 9)) + b"\0\1\xc1" + bytes([at // 40, 24]) + programs + b"\0" * 4
        packets.append((b"\x47\x40\x00\x10\x00" + table).ljust(188, b"\xff")[:188])
    return b"".join(packets) * 20


def fragment(samples: int) -> bytes:
    run = box("trun", words(0, samples))
    return box("moof", box("mfhd", words(0, 1)), box("traf", box("tfhd", words(0x020000, 1)), box("tfdt", words(0, 0)), run))


PLAYLIST: Final = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n"

ELSEWHERE: Final[dict[str, tuple[str, Make]]] = {
    # They name a file that is not theirs, or an address.
    "hls": ("not_a_video", lambda it: PLAYLIST.format(it.url)),
    "hls of a local file": ("not_a_video", lambda it: PLAYLIST.format(it.secret)),
    "hls of a local file by address": ("not_a_video", lambda it: PLAYLIST.format("file:///etc/passwd")),
    "hls with a key": ("not_a_video", lambda it: f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{it.url}"\n#EXTINF:1,\n{it.secret}\n'),
    "hls with a header": ("not_a_video", lambda it: f'#EXTM3U\n#EXT-X-MAP:URI="{it.url}"\n#EXTINF:1,\n{it.secret}\n'),
    "hls with subtitles": ("not_a_video", lambda it: f'#EXTM3U\n#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="s",URI="{it.secret}"\n'),
    "hls after a byte order mark": ("not_a_video", lambda it: b"\xef\xbb\xbf" + PLAYLIST.format(it.url).encode()),
    "hls in wide letters": ("not_a_video", lambda it: PLAYLIST.format(it.url).encode("utf-16")),
    "hls with concat": ("not_a_video", lambda it: PLAYLIST.format(f"concat:{it.url}|file://{it.secret}")),
    "hls with subfile": ("not_a_video", lambda it: PLAYLIST.format(f"subfile,,start,0,end,64,,:{it.secret}")),
    "hls with gopher": ("not_a_video", lambda it: PLAYLIST.format(f"gopher://127.0.0.1:{it.port}/_x")),
    "hls with data": ("not_a_video", lambda it: PLAYLIST.format("data:video/mp2t;base64,R0FB")),
    "concat script": ("not_a_video", lambda it: f"ffconcat version 1.0\nfile '{it.secret}'\nduration 5\n"),
    "concat of an address": ("not_a_video", lambda it: f"ffconcat version 1.0\nfile '{it.url}'\noption protocol_whitelist all\n"),
    "dash": (
        "not_a_video",
        lambda it: (
            f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet mimeType="video/mp4">'
            f'<Representation id="1" bandwidth="1"><BaseURL>{it.url}</BaseURL></Representation></AdaptationSet></Period></MPD>'
        ),
    ),
    "entity in xml": ("not_a_video", lambda it: f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{it.secret}">]><MPD>&e;</MPD>'),
    "sdp": (
        "not_a_video",
        lambda it: f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {it.port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    ),
    "rtsp": ("not_a_video", lambda it: f"RTSPtextrtsp://127.0.0.1:{it.port}/x"),
    "smil": ("not_a_video", lambda it: f'<smil><body><video src="{it.url}"/></body></smil>'),
    "asx": ("not_a_video", lambda it: f'<asx version="3.0"><entry><ref href="{it.url}"/></entry></asx>'),
    "pls": ("not_a_video", lambda it: f"[playlist]\nFile1={it.url}\nNumberOfEntries=1\n"),
    "svg": ("not_a_video", lambda it: f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{it.url}"/></svg>'),
    "ffmetadata": ("not_a_video", lambda it: f";FFMETADATA1\ntitle={it.url}\n"),
    "image sequence": ("not_a_video", lambda it: "/etc/%d.png\n"),
    "avisynth script": ("not_a_video", lambda it: f'AVISource("{it.secret}")\n'),
    "subtitles": ("not_a_video", lambda it: "1\n00:00:00,000 --> 00:00:01,000\nhello\n"),
    "web page": ("not_a_video", lambda it: f"<!doctype html><video src='{it.url}'>"),
    "script": ("not_a_video", lambda it: f"#!/bin/sh\ncurl {it.url}\n"),
    "redirecting quicktime": ("corrupt", lambda it: "\0\0\0\x08wide" + f"rmrarmdardrf url {it.url}"),
    "film of references": (
        "corrupt",
        lambda it: FTYP + box("moov", box("rmra", box("rmda", box("rdrf", words(0), b"url ", words(len(it.url)), it.url.encode())))),
    ),
    "external media": ("corrupt", lambda it: film(reference=box("url ", words(0), f"file://{it.secret}\0".encode()))),
    "external media by address": ("corrupt", lambda it: film(reference=box("url ", words(0), f"{it.url}\0".encode()))),
    "external media by alias": (
        "corrupt",
        lambda it: film(
            reference=box("alis", words(0), b"\0" * 150 + b"\0\x12" + len(str(it.secret)).to_bytes(2, "big") + str(it.secret).encode())
        ),
    ),
    "playlist behind ftyp": ("corrupt", lambda it: FTYP + PLAYLIST.format(it.url).encode()),
    "playlist behind avi": ("corrupt", lambda it: "RIFF\x10\0\0\0AVI " + PLAYLIST.format(it.url)),
    "concat behind flv": ("corrupt", lambda it: "FLV\x01" + f"ffconcat version 1.0\nfile '{it.secret}'\n"),
    "playlist behind ebml": ("corrupt", lambda it: b"\x1a\x45\xdf\xa3\x84webm" + PLAYLIST.format(it.url).encode()),
    "playlist behind mpeg": ("corrupt", lambda it: "\0\0\x01\xba" + PLAYLIST.format(it.url)),
    "playlist behind ogg": ("corrupt", lambda it: "OggS" + "\0" * 24 + "\x80theora" + PLAYLIST.format(it.url)),
    "playlist in a film": ("corrupt", lambda it: FTYP + box("mdat", PLAYLIST.format(it.url).encode())),
    "linked matroska": (
        "corrupt",
        lambda it: matroska(
            element(0x1549A966, element(0x3CB923, b"\1" * 16), element(0x3C83AB, str(it.secret).encode()), element(0x3EB923, b"\2" * 16)),
            matroska_track(),
        ),
    ),
}
OTHER_KINDS: Final[dict[str, tuple[str, Make]]] = {
    "zip": ("not_a_video", lambda it: "PK\x03\x04" + "\0" * 60),
    "tar": ("not_a_video", lambda it: tar()),
    "gzip bomb": ("not_a_video", lambda it: gzip.compress(bytes(10_000_000))),
    "pdf": ("not_a_video", lambda it: "%PDF-1.7\n"),
    "flash": ("not_a_video", lambda it: "CWS\x0a" + "\0" * 60),
    "picture": ("not_a_video", lambda it: "\x89PNG\r\n\x1a\n" + "\0" * 60),
    "animated gif of 65535 pixels": ("not_a_video", lambda it: b"GIF89a\xff\xff\xff\xff\x80\0\0" + b"\0" * 6 + b"!\xff\x0bNETSCAPE2.0"),
    "animated png of millions of pictures": (
        "not_a_video",
        lambda it: b"\x89PNG\r\n\x1a\n" + box("IHDR", words(60000, 60000), b"\x08\6\0\0\0") + box("acTL", words(0xFFFFFFF, 0)),
    ),
    "webp": ("not_a_video", lambda it: b"RIFF\x40\0\0\0WEBPVP8X" + b"\0" * 60),
    "photo of a telephone": ("not_a_video", lambda it: box("ftyp", b"heic", words(0), b"mif1heic") + box("meta", words(0))),
    "song of a shop": ("not_a_video", lambda it: box("ftyp", b"M4A ", words(0)) + box("moov")),
    "mere text": ("not_a_video", lambda it: "This is a film about a horse.\n" * 20),
    "one byte": ("not_a_video", lambda it: "x"),
    "nothing": ("empty", lambda it: ""),
    "sound alone": ("no_picture", lambda it: it.clips["song"]),
    "page before the film": ("not_a_video", lambda it: b"<!doctype html>" + MARK + it.clips["mp4"]),
}
LIES: Final[dict[str, tuple[str, Make]]] = {
    # Headers that promise more than there is.
    "endless nesting": ("corrupt", lambda it: FTYP + nested(("moov", "trak"), 20_000)),
    "huge boxes": ("corrupt", lambda it: FTYP + b"\0\0\0\x01moov\x7f" + b"\xff" * 7),
    "boxes of no size": ("corrupt", lambda it: FTYP + (words(0) + b"free") * 5000),
    "boxes smaller than themselves": ("corrupt", lambda it: FTYP + (words(7) + b"moov") * 100 + b"\0\0\0\1moov" + bytes(8)),
    "a size that runs over": ("corrupt", lambda it: FTYP + b"\0\0\0\1moov" + b"\xff" * 8 + film()[len(FTYP) :]),
    "cut in the header": ("corrupt", lambda it: it.clips["mp4"][:1500]),
    "without its header": ("corrupt", lambda it: FTYP + box("mdat", bytes(5000))),
    "zeros": ("corrupt", lambda it: it.clips["mp4"][:64] + bytes(5000)),
    "a picture of 30,000 pixels": ("unknown_codec too_large", lambda it: film(size=(30_000, 30_000))),
    "a picture of 16,000 pixels": ("too_large", lambda it: film(size=(16_000, 16_000))),
    "a square of 8,000 pixels": ("too_large", lambda it: film(size=(8000, 8000))),
    "pixels that matroska promises": ("too_large", lambda it: matroska(matroska_track(size=(15_000, 15_000)), cluster(b"\xff\xd8"))),
    "a picture of one pixel": ("too_small", lambda it: film(size=(1, 1))),
    "years of film": ("too_long", lambda it: film(timescale=1, duration=0x7FFFFFFF, stts=words(0, 1, LOOP, 0x7000000))),
    "billions of frames": ("corrupt too_heavy", lambda it: film(stsz=words(0, 1, 0x7FFFFFFF), stsc=words(0, 1, 1, 0x7FFFFFFF, 1))),
    "millions of frames": ("corrupt too_heavy", lambda it: film(stsz=words(0, 1, 250_000_000), stsc=words(0, 1, 1, 250_000_000, 1))),
    "frames without a length": ("corrupt", lambda it: film(stts=words(0, 1, 0xFFFFFFFF, 0))),
    "a table longer than the file": ("corrupt", lambda it: film(stco=words(0, 0x3FFFFFFF, 64))),
    "a table of edits longer than the file": (
        "corrupt",
        lambda it: film(edits=box("edts", box("elst", words(0, 0xFFFFFFF, 1000, 0, 65536)))),
    ),
    "compressed header that unpacks to gigabytes": (
        "corrupt too_heavy",
        lambda it: (
            FTYP + box("moov", box("cmov", box("dcom", b"zlib"), box("cmvd", words(2_000_000_000), zlib.compress(bytes(30_000_000)))))
        ),
    ),
    "a thousand tracks": ("corrupt", lambda it: film(tracks=1000)),
    "a fragment of millions of frames": (
        "corrupt too_heavy",
        lambda it: (
            film(
                stts=words(0, 0),
                stsz=words(0, 0, 0),
                stsc=words(0, 0),
                stco=words(0, 0),
                mvex=box("mvex", box("trex", words(0, 1, 1, 100, 1, 0))),
            )
            + fragment(250_000_000)
            + box("mdat", b"")
        ),
    ),
    "three thousand tracks of matroska": ("corrupt", lambda it: matroska(matroska_track(3000), cluster(b"\xff\xd8\xff\xd9"))),
    "an endless element": ("corrupt", lambda it: matroska(element(0xEC, size=(1 << 56) - 2), size=(1 << 56) - 2)),
    "tags within tags": ("corrupt", lambda it: matroska(_tags(3000), matroska_track())),
    "a bomb in a block": (
        "corrupt",
        lambda it: matroska(
            matroska_track(more=element(0x6D80, element(0x6240, element(0x5034, element(0x4254, b"\0"))))),
            cluster(zlib.compress(bytes(100_000_000), 9)),
        ),
    ),
    "an index of avi that points at itself": (
        "corrupt",
        lambda it: avi(stream=chunk("indx", struct.pack("<HBBI4s3I", 4, 0, 0, 2, b"00dc", 0, 0, 0) + struct.pack("<QII", 12, 32, 1) * 2)),
    ),
    "an index of avi beyond its end": (
        "corrupt",
        lambda it: avi(index=chunk("idx1", b"00dc" + struct.pack("<III", 16, 0xFFFFFFF0, 0xFFFFFFFF))),
    ),
    "an avi of no time": ("corrupt", lambda it: avi(rate=(0, 0))),
    "an avi of millions of pixels": ("unknown_codec too_large", lambda it: avi(side=0x7FFFFFF)),
    "values within values": ("corrupt", lambda it: amf_nesting(20_000)),
    "a thousand programs": ("corrupt", lambda it: crowded_transport_stream()),
    "wmv of nothing": ("corrupt", lambda it: bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + b"\xff" * 200),
    "mxf of nothing": ("corrupt", lambda it: bytes.fromhex("060e2b34020501010d0102") + b"\x01" * 300),
    "ogg of lies": ("corrupt", lambda it: b"OggS\0\2" + b"\0" * 20 + b"\1\x2a\x80theora\3\2\1" + b"\xff" * 33),
}
HONEST: Final[dict[str, tuple[str, Make]]] = {
    # There is a picture in them, and something that wants to get out.
    "script in a film": (PLAYS, lambda it: it.clips["mp4"] + box("free", MARK)),
    "script in its titles": (PLAYS, lambda it: it.clips["titled"]),
    "zip behind a film": (PLAYS, lambda it: it.clips["mp4"] + box("free", b"PK\3\4" + MARK) + b"PK\5\6" + bytes(18)),
    "script among subtitles": (PLAYS, lambda it: it.clips["subtitled"]),
    "script attached": (PLAYS, lambda it: it.clips["attached"]),
    "film that says it is 65,535 pixels wide": (PLAYS, lambda it: _wide(it.clips["mp4"])),
    "key frames that are none": (PLAYS, lambda it: it.clips["mp4"].replace(b"stss", b"skip")),
    "one picture": (PLAYS, lambda it: it.clips["still"]),
    "entity beside a film": (
        PLAYS,
        lambda it: it.clips["mp4"] + box("meta", words(0), box("xml ", words(0), f'<!DOCTYPE x [<!ENTITY e SYSTEM "{it.url}">]>'.encode())),
    ),
}
ALL: Final = ELSEWHERE | OTHER_KINDS | LIES | HONEST


def _tags(depth: int) -> bytes:
    tag = b""
    for _ in range(depth):
        tag = element(0x67C8, element(0x45A3, b"a"), tag)
    return element(0x1254C367, element(0x7373, tag))


def _wide(content: bytes) -> bytes:
    """What surrounds the picture lies; the picture itself says how large it is."""
    at = content.index(b"avc1", content.index(b"stsd")) + 4 + 24
    return content[:at] + b"\xff\xff\xff\xff" + content[at + 4 :]


def honest_clips(folder: Path, run: Callable[..., None]) -> dict[str, bytes]:
    """The clips that others are made of."""
    (folder / "x.srt").write_bytes(b"1\n00:00:00,000 --> 00:00:00,400\n" + MARK + b"\n")
    (folder / "x.html").write_bytes(MARK)
    source = ["-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10:duration=0.5"]
    run(*source, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", str(folder / "mp4.mp4"))
    again = ("-i", str(folder / "mp4.mp4"))
    run(*again, "-c", "copy", "-metadata", f"title={MARK.decode()}", "-metadata", f"comment={MARK.decode()}", str(folder / "titled.mp4"))
    run(*again, "-i", str(folder / "x.srt"), "-c", "copy", "-c:s", "mov_text", str(folder / "subtitled.mp4"))
    run(*again, "-c", "copy", "-attach", str(folder / "x.html"), "-metadata:s:t", "mimetype=text/html", str(folder / "attached.mkv"))
    run(*again, "-c", "copy", "-frames:v", "1", str(folder / "still.mp4"))
    run("-f", "lavfi", "-i", "sine=duration=0.3", "-c:a", "aac", str(folder / "song.mp4"))
    return {path.stem: path.read_bytes() for path in _clips(folder)}


def _clips(folder: Path) -> Iterator[Path]:
    yield from folder.glob("*.mp4")
    yield from folder.glob("*.mkv")
