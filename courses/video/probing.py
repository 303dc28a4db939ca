"""What a file is, found out without trusting it (goals.md: playlists and concat scripts pose as videos).

The first bytes choose the one demuxer that may read the file; ffmpeg is told that one by name and never guesses, opens no
protocol but local files, and decodes with the decoders listed here only. So a playlist is refused before anything reads it.
What ffmpeg then says of the file is read from its log, since it is what will happen: its idea of rotation is the one that counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from courses.video.confinement import Beat, FfmpegFailed, run_ffmpeg
from courses.video.reasons import Unprocessable
from courses.video.sniffing import HEAD_BYTES, video_type

LONGEST_SECONDS = 12 * 3600
LARGEST_SIDE = 8192
MOST_PIXELS = 8192 * 4608
"""8K, a little more: what is decoded takes a hundred bytes of memory for each, however little the file holds."""
SMALLEST_SIDE = 32
PROBE_SECONDS = 60
PROBE_CPU_SECONDS = 10
PROBE_MEMORY_BYTES = 1024**3
"""Address space. Twelve hours of film have tables of some hundred megabytes; a file may say that it has billions of frames."""

DECODERS = (
    "h264,hevc,libdav1d,av1,vp8,vp9,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4,h263,mpeg1video,mpeg2video,mjpeg,prores,dnxhd,wmv1,wmv2,wmv3,vc1,"
    "theora,dvvideo,cfhd,ffv1,huffyuv,utvideo,rawvideo,png,qtrle,svq3,flv,vvc,"
    "aac,aac_latm,ac3,eac3,mp3,mp3float,mp2,mp2float,opus,libopus,vorbis,flac,alac,dca,truehd,wmav1,wmav2,wmapro,amrnb,amrwb,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_u8,pcm_s8,pcm_alaw,pcm_mulaw,"
    "pcm_bluray,pcm_dvd,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms"
)


@dataclass(frozen=True)
class Picture:
    """The picture as it is seen: turned, with square pixels. `frame_rate` is the average, in frames per second."""

    stream: int
    codec: str
    width: int
    height: int
    frame_rate: float
    rotation: int
    is_hdr: bool
    is_interlaced: bool


@dataclass(frozen=True)
class Sound:
    stream: int
    codec: str
    layout: str


@dataclass(frozen=True)
class Probe:
    """`seconds` is None where the file does not say how long it is."""

    demuxer: str
    seconds: float | None
    picture: Picture
    sound: Sound | None


def sniff(path: Path) -> str:
    """The demuxer for a file, by its first bytes. Raises `Unprocessable` for what is not a video."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise Unprocessable("empty")
    if head.startswith(b"\x00\x00\x01\xb3"):
        return "mpegvideo"
    try:
        return _DEMUXERS[video_type(head)]
    except KeyError:
        raise Unprocessable("not_a_video") from None


def reading(path: Path, demuxer: str) -> list[str]:
    """ffmpeg's arguments to read a file as what it was found to be, and as nothing else."""
    family = _FAMILY.get(demuxer, demuxer)
    allowed = ["-protocol_whitelist", "file", "-format_whitelist", family, "-codec_whitelist", DECODERS]
    return [*allowed, "-f", demuxer, "-i", f"file:{path}"]


_DEMUXERS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/x-flv": "flv",
    "video/x-ms-wmv": "asf",
    "application/mxf": "mxf",
    "video/mpeg": "mpeg",
    "video/ogg": "ogg",
    "video/mp2t": "mpegts",
}
_FAMILY = {"mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm"}


def probe(path: Path, *, scratch: Path, each: Beat) -> Probe:
    """What is in the file. Raises `Unprocessable` with the reason where no video can be made of it."""
    demuxer = sniff(path)
    arguments = [
        "-v",
        "info",
        "-nostats",
        "-threads",
        "1",
        *reading(path, demuxer),
        "-t",
        "0",
        "-map",
        "0:v?",
        "-c",
        "copy",
        "-f",
        "null",
        "-",
    ]
    try:
        said = run_ffmpeg(
            arguments,
            scratch=scratch,
            seconds=PROBE_SECONDS,
            each=each,
            cpu_seconds=PROBE_CPU_SECONDS,
            memory_bytes=PROBE_MEMORY_BYTES,
        )
    except FfmpegFailed as error:
        said = str(error)
        if not list(_streams(said)):
            raise Unprocessable("corrupt", said[-300:]) from error
    return read_description(said, demuxer=demuxer)


_STREAM = re.compile(r"Stream #0:(\d+)(?:\[[^\]]*\])?(?:\([^)]*\))?: (Video|Audio): (.*)")
_DURATION = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", re.M)
_SIZE = re.compile(r", (\d+)x(\d+)(?: \[SAR (\d+):(\d+)|, SAR (\d+):(\d+)|[, ]|$)")
_RATE = re.compile(r", ([\d.]+)(k?) (fps|tbr)")
_ROTATION = re.compile(r"^ {4,}Display Matrix: rotation of (-?[\d.]+) degrees", re.M)
_HDR = re.compile(r"smpte2084|arib-std-b67")


def read_description(said: str, *, demuxer: str) -> Probe:
    """What ffmpeg's log says of its input. Raises `Unprocessable`."""
    said = said.partition("\nOutput #0")[0]
    duration = _DURATION.search(said)
    seconds = int(duration[1]) * 3600 + int(duration[2]) * 60 + float(duration[3]) if duration else None
    if seconds is not None and seconds > LONGEST_SECONDS:
        raise Unprocessable("too_long", f"{seconds} s")
    picture: Picture | None = None
    sound: Sound | None = None
    for number, kind, words, more in _streams(said):
        if kind == "Video" and picture is None and "(attached pic)" not in words and "(timed thumbnails)" not in words:
            picture = _read_picture(number, words, more)
        elif kind == "Audio" and sound is None and not words.startswith("none"):
            sound = _read_sound(number, words)
    if picture is None:
        raise Unprocessable("no_picture")
    return Probe(demuxer, seconds, picture, sound)


def _streams(said: str) -> Iterator[tuple[int, str, str, str]]:
    """Number, kind, description and further lines of each stream of picture or sound.

    ffmpeg's own lines stand two spaces in, or four within a group (a picture and its time code, say); what a file says of itself,
    titles and the like, stands further to the right, or below "Metadata".
    """
    section, found, more = "", None, ""
    for line in said.splitlines():
        text = line.lstrip(" ")
        indent = len(line) - len(text)
        if indent == 2:
            section = text
        is_own = indent == 2 or (indent == 4 and section.startswith(("Stream group", "Program")))
        if is_own and text.startswith("Stream #"):
            if found:
                yield int(found[1]), found[2], found[3], more
            found, more = _STREAM.match(text), ""
        elif indent > 2:
            more += f"{line}\n"
    if found:
        yield int(found[1]), found[2], found[3], more


def _read_picture(number: int, words: str, more: str) -> Picture:
    codec = words.split(" ", 1)[0].rstrip(",")
    size = _SIZE.search(words)
    if size is None or codec in ("none", "unknown"):
        raise Unprocessable("unknown_codec", words[:200])
    width, height = int(size[1]), int(size[2])
    across, down = int(size[3] or size[5] or 1), int(size[4] or size[6] or 1)
    if max(width, height) > LARGEST_SIDE or width * height > MOST_PIXELS:
        raise Unprocessable("too_large", f"{width}x{height}")
    if across and down and 1 / 8 <= across / down <= 8:
        # Wide pixels make a wider picture, flat ones a higher: nothing of what was recorded is thrown away.
        width, height = (round(width * across / down), height) if across > down else (width, round(height * down / across))
    turned = _ROTATION.search(more)
    rotation = round(float(turned[1])) % 360 if turned else 0
    if rotation in (90, 270):
        width, height = height, width
    if min(width, height) < SMALLEST_SIDE:
        raise Unprocessable("too_small", f"{width}x{height}")
    rates = {kind: float(value) * (1000 if kilo else 1) for value, kilo, kind in _RATE.findall(words)}
    rate = next((rates[kind] for kind in ("fps", "tbr") if 0 < rates.get(kind, 0) <= 300), 30.0)
    return Picture(
        stream=number,
        codec=codec,
        width=width,
        height=height,
        frame_rate=rate,
        rotation=rotation,
        is_hdr=bool(_HDR.search(words)),
        is_interlaced="top first" in words or "bottom first" in words,
    )


def _read_sound(number: int, words: str) -> Sound:
    parts = words.split(", ")
    return Sound(stream=number, codec=words.split(" ", 1)[0].rstrip(","), layout=parts[2] if len(parts) > 2 else "")
