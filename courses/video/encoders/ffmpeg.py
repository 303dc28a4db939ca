"""ffmpeg on this machine: the source is decoded once, and one run makes all rungs.

The loudness of the sound is measured first, which is quick, since it has to be known before its first second can be written. Then
the sound and all rungs follow together, a segment of each at a time. A run can begin at any segment: it seeks two seconds before it,
brings the pictures to a constant rate, drops those two seconds and is placed at its time, so that a try goes on where the last one
died, and memory and disk do not grow with the length of the video. Sound that was only begun is then made anew, in a run of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from courses.video.binaries import ffmpeg
from courses.video.confinement import FfmpegFailed, run_ffmpeg
from courses.video.encoders.base import AUDIO, Made, Order, Sink
from courses.video.hls import BadSegment, Header, place_segment, read_header, read_segment
from courses.video.ladder import Ladder, Rung
from courses.video.loudness import STEREO, levelling, measure
from courses.video.probing import reading
from courses.video.reasons import Trouble, Unprocessable

PRESET = "veryfast"
CRF = 23
SOUND_BITS = 128_000
AAC_FRAME = 1024
LEAST_SEGMENT_BYTES = 64
LEAST_SECONDS = 900
SLOWEST = 60
"""Seconds that a second of video may take."""
UNKNOWN_SECONDS = 12 * 3600
MOST_THREADS = 16
FAR_AHEAD = 3
"""Pictures wait for their sound, but not for longer than these many segments: it may end early, or lie at the end of the file."""

T = TypeVar("T")


class FfmpegEncoder:
    name = "ffmpeg"

    def encode(self, order: Order, sink: Sink) -> None:
        sound: _Sound | None = None
        if not order.has_sound_done:
            if order.probe.sound is not None:
                sound = _Sound(order, sink)
            if order.done_segments and sound is not None:
                self._encode_sound(order, sink, sound)
                sound = None
            if sound is None:
                sink.end_sound()
        self._encode_picture(order, sink, sound)

    def _encode_sound(self, order: Order, sink: Sink, sound: _Sound) -> None:
        def look() -> None:
            sink.beat()
            sound.take()

        arguments = ["-v", "error", "-vn", *reading(order.source, order.probe.demuxer), *sound.output()]
        try:
            run_ffmpeg(arguments, scratch=order.scratch, seconds=_patience(order), each=look)
        except FfmpegFailed as error:
            raise Unprocessable("bad_sound", str(error)[-300:]) from error
        look()

    def _encode_picture(self, order: Order, sink: Sink, sound: _Sound | None) -> None:
        """The rungs, and the sound beside them where one is given."""
        ladder, probe, first = order.ladder, order.probe, order.done_segments
        # A try that begins in the middle decodes two seconds of what is there already, to drop them.
        lead = ladder.gop_frames if first else 0
        begins = (first * ladder.segment_frames - lead) / ladder.rate
        arguments = ["-v", "error", *(("-ss", f"{float(begins):.6f}") if first else ()), *(() if sound else ("-an",)), "-sn", "-dn"]
        arguments += [*reading(order.source, probe.demuxer), "-filter_complex", picture_graph(order, lead=lead)]
        shelves = {}
        for rung in ladder.rungs:
            folder = _empty(order.scratch / rung.quality)
            arguments += ["-map", f"[{rung.quality}]", "-map_metadata", "-1", "-map_chapters", "-1"]
            arguments += [*x264(rung, ladder), *threads(rung, ladder)]
            arguments += _hls(
                folder, float(ladder.segment_seconds), "-hls_segment_options", "movflags=+negative_cts_offsets:use_editlist=0"
            )
            shelves[rung.quality] = _Shelf(folder, rung.quality, sink)
        if sound is not None:
            arguments += sound.output()
        taken = 0

        def look() -> None:
            nonlocal taken
            sink.beat()
            if sound is not None:
                sound.take()
            while all(shelf.has(taken) for shelf in shelves.values()):
                if sound is not None and not sound.reaches(taken) and not shelves[ladder.rungs[0].quality].has(taken + FAR_AHEAD):
                    break
                made = {name: shelf.place(taken, ladder, first) for name, shelf in shelves.items()}
                sink.take_segments(first + taken, made)
                taken += 1

        try:
            said = run_ffmpeg(arguments, scratch=order.scratch, seconds=_patience(order), each=look)
        except FfmpegFailed as error:
            raise _why(str(error)) from error
        if sound is not None:
            sound.end()
        look()
        _check_whole(order, made=first + taken, said=said)


def picture_graph(order: Order, *, lead: int = 0) -> str:
    """ffmpeg's filters from the source's picture to one output per rung, each scaled from the next larger one."""
    ladder, picture = order.ladder, order.probe.picture
    top = ladder.rungs[-1]
    steps = ["bwdif=mode=send_frame:deint=interlaced"] if picture.is_interlaced else []
    # The rate first: what is dropped need not be scaled.
    steps += [f"fps={ladder.rate}:start_time=0"]
    if lead:
        steps += [f"trim=start_frame={lead}", "setpts=PTS-STARTPTS"]
    steps += [f"scale={top.width}:{top.height}:flags=bicubic", "setsar=1"]
    if picture.is_hdr and can_tone_map():
        steps += [to_sdr()]
    steps += ["format=yuv420p"]
    graph = f"[0:{picture.stream}]{','.join(steps)}"
    for rung, smaller in zip(reversed(ladder.rungs[1:]), reversed(ladder.rungs[:-1]), strict=True):
        graph += f",split=2[{rung.quality}][from{rung.quality}];[from{rung.quality}]"
        graph += f"scale={smaller.width}:{smaller.height}:flags=bicubic,setsar=1"
    return f"{graph}[{ladder.rungs[0].quality}]"


@lru_cache(maxsize=1)
def can_tone_map() -> bool:
    """Whether this ffmpeg was built with zimg. Without it an HDR picture comes out pale, and the video's row says so."""
    listing = [ffmpeg(), "-hide_banner", "-filters"]
    said = subprocess.run(listing, capture_output=True, text=True, check=False, timeout=30).stdout  # noqa: S603
    return " zscale " in said and " tonemap " in said


def to_sdr() -> str:
    """HDR to what every screen shows: to linear light (white of paper at 203 nits, ITU-R BT.2408), to the colours of BT.709, then
    the bright parts compressed by Hable's curve."""
    # Sources often leave out what zscale insists on. Both kinds of HDR are defined with the colours of BT.2020 (ITU-R BT.2100).
    return (
        "setparams=color_primaries=bt2020:colorspace=bt2020nc,zscale=transfer=linear:npl=203,format=gbrpf32le,zscale=primaries=bt709,tonemap=tonemap=hable:desat=0,"
        "zscale=transfer=bt709:matrix=bt709:range=tv"
    )


def x264(rung: Rung, ladder: Ladder) -> list[str]:
    """Key frames every two seconds and nowhere else, so that the rungs' segments begin at the same pictures."""
    return [
        *("-c:v", "libx264", "-preset", PRESET, "-profile:v", "high", "-crf", str(CRF)),
        *("-maxrate", str(rung.most_bits), "-bufsize", str(2 * rung.most_bits)),
        *("-g", str(ladder.gop_frames), "-keyint_min", str(ladder.gop_frames), "-sc_threshold", "0", "-flags", "+cgop"),
    ]


def threads(rung: Rung, ladder: Ladder) -> list[str]:
    """One thread per core for the largest rung, for the others as much less as they are smaller: they run side by side anyway, and
    each thread holds pictures (ffmpeg's own choice, half as many again as there are cores for each, takes a fifth more memory)."""
    top = ladder.rungs[-1]
    share = rung.width * rung.height / (top.width * top.height)
    return ["-threads", str(max(1, min(MOST_THREADS, round((os.cpu_count() or 1) * share))))]


class _Sound:
    """The sound of a source, as one output of a run."""

    def __init__(self, order: Order, sink: Sink) -> None:
        assert order.probe.sound is not None
        self.sink = sink
        self.stream = order.probe.sound.stream
        self.seconds = float(order.ladder.segment_seconds)
        self.loudness = measure(order.source, order.probe, scratch=order.scratch, each=sink.beat, seconds=_patience(order))
        self.folder = _empty(order.scratch / AUDIO)
        self.shelf = _Shelf(self.folder, AUDIO, sink)
        self.has_ended = False

    def output(self) -> list[str]:
        # The encoder puts a frame of silence first. Taking as much off the beginning keeps the sound with the picture, without
        # an edit list, which players treat differently.
        filters = [STEREO, levelling(self.loudness), f"atrim=start_sample={AAC_FRAME}", "asetpts=PTS-STARTPTS"]
        arguments = ["-map", f"0:{self.stream}", "-map_metadata", "-1", "-map_chapters", "-1"]
        arguments += ["-af", ",".join(part for part in filters if part), "-c:a", "aac", "-b:a", str(SOUND_BITS)]
        return [*arguments, *_hls(self.folder, self.seconds)]

    def take(self) -> None:
        """What has been made of it since."""
        while (found := self.shelf.next()) is not None:
            number, path = found
            self.sink.take_sound(number, self.shelf.describe(path))

    def reaches(self, number: int) -> bool:
        """It is there for picture segment `number`, or there is no more of it."""
        return self.has_ended or self.shelf.taken > number

    def end(self) -> None:
        """The run is over: all that there is has been made."""
        self.take()
        self.has_ended = True
        self.sink.end_sound()


class _Shelf:
    """The files of one output, as they appear."""

    def __init__(self, folder: Path, quality: str, sink: Sink) -> None:
        self.folder = folder
        self.quality = quality
        self.sink = sink
        self.header: Header | None = None
        self.taken = 0
        self.ticks = 0

    def has(self, number: int) -> bool:
        # ffmpeg gives a segment its name when it is whole. Where there was nothing (left) to encode it leaves one without any content.
        try:
            return (self.folder / f"{number}.m4s").stat().st_size >= LEAST_SEGMENT_BYTES
        except FileNotFoundError:
            return False

    def next(self) -> tuple[int, Path] | None:
        number = self.taken
        if not self.has(number):
            return None
        self.taken += 1
        return number, self.folder / f"{number}.m4s"

    def read_header(self) -> Header:
        if self.header is None:
            path = self.folder / "init.mp4"
            self.header = _trusted(read_header, path.read_bytes())
            self.sink.take_header(self.quality, path, codec=self.header.codec)
        return self.header

    def describe(self, path: Path) -> Made:
        """A segment where it stands."""
        header = self.read_header()
        ticks = _trusted(read_segment, path.read_bytes()).ticks
        before, self.ticks = self.ticks, self.ticks + ticks
        # Rounded at the edges, so that the sum of many does not wander.
        milliseconds = round(self.ticks * 1000 / header.timescale) - round(before * 1000 / header.timescale)
        return Made(path, milliseconds, header.codec)

    def place(self, number: int, ladder: Ladder, first: int) -> Made:
        """Segment `number` of this run, moved to its time in the video."""
        header = self.read_header()
        path = self.folder / f"{number}.m4s"
        content = path.read_bytes()
        segment = _trusted(read_segment, content)
        later = first * ladder.segment_frames * header.timescale / ladder.rate
        due = number * ladder.segment_frames * header.timescale / ladder.rate
        if segment.start != due or later.denominator != 1 or not segment.starts_with_key:
            raise Trouble("encoder", f"segment {number} of {self.quality} begins at {segment.start}, not {due}")
        path.write_bytes(place_segment(content, later_by=int(later), number=first + number + 1))
        begins = later + due
        milliseconds = round((begins + segment.ticks) * 1000 / header.timescale) - round(begins * 1000 / header.timescale)
        return Made(path, milliseconds, header.codec)


def _trusted(read: Callable[[bytes], T], content: bytes) -> T:
    try:
        return read(content)
    except (BadSegment, ValueError, IndexError) as error:
        raise Trouble("encoder", str(error)) from error


def _hls(folder: Path, seconds: float, *more: str) -> list[str]:
    """One output cut into segments; their number is not the time's, which `place` sees to."""
    return [
        *("-f", "hls", "-hls_time", f"{seconds:.6f}", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"),
        *("-hls_fmp4_init_filename", "init.mp4", "-hls_flags", "temp_file", *more),
        *("-hls_segment_filename", f"{folder}/%d.m4s", f"{folder}/ffmpeg.m3u8"),
    ]


def _patience(order: Order) -> float:
    return LEAST_SECONDS + SLOWEST * (order.probe.seconds or UNKNOWN_SECONDS)


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _why(said: str) -> Exception:
    """What ffmpeg's last words mean for who uploaded the file."""
    if "Decoder not found" in said or "not on whitelist" in said or "Decoding requested, but no decoder found" in said:
        return Unprocessable("unknown_codec", said[-300:])
    if "Error while opening encoder" in said or "Error initializing" in said or "Error reinitializing filters" in said:
        return Trouble("encoder", said[-300:])
    return Unprocessable("corrupt", said[-300:])


def _check_whole(order: Order, *, made: int, said: str) -> None:
    """Damaged frames are shown as far as they can be; a file that breaks off, or shows nothing, is refused."""
    if made == 0:
        raise Unprocessable("corrupt", said[-300:] or "no picture could be decoded")
    lasts = order.probe.seconds
    if said and lasts is not None and made * float(order.ladder.segment_seconds) < 0.9 * lasts - 1:
        raise Unprocessable("cut_short", f"{made} segments of {lasts} s: {said[-200:]}")
