"""Pictures of a video: its poster, and the sheet of small ones that the player shows while somebody looks for a place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from PIL import Image, ImageStat

from courses.video.confinement import Beat, FfmpegFailed, run_ffmpeg
from courses.video.encoders.ffmpeg import can_tone_map, to_sdr
from courses.video.ladder import GOPS_PER_SEGMENT, Ladder
from courses.video.probing import Probe, reading
from courses.video.reasons import Unprocessable

POSTER_SIDE = 1280
POSTER_PLACES = (0.1, 0.25, 0.5, 0.75, 0.0)
"""Parts of the length, tried in turn until a picture shows something."""
DARKEST, BRIGHTEST, PLAINEST = 24, 244, 10
"""Mean brightness of 255, and its deviation, within which a picture is worth showing."""
STILL_SECONDS = 120

TILE_SIDE = 160
COLUMNS = 10
MOST_TILES = 100


def make_poster(source: Path, probe: Probe, *, scratch: Path, each: Beat) -> Path | None:
    """A WebP of at most 1280 pixels that is neither black nor blank, if the video has such a moment; else the liveliest of five.

    None where no picture could be decoded at those places.
    """
    best: tuple[float, Image.Image] | None = None
    places = POSTER_PLACES if probe.seconds else (0.0,)
    # Key frames first: to show another, all between it and the key frame before have to be decoded.
    for place, is_exact in [(place, False) for place in places] + [(place, True) for place in places if place]:
        picture = _still(source, probe, at=place * (probe.seconds or 0), is_exact=is_exact, scratch=scratch, each=each)
        if picture is None:
            continue
        grey = ImageStat.Stat(picture.convert("L").resize((64, 64)))
        mean, deviation = grey.mean[0], grey.stddev[0]
        if best is None or deviation > best[0]:
            best = (deviation, picture)
        if DARKEST <= mean <= BRIGHTEST and deviation >= PLAINEST:
            best = (deviation, picture)
            break
    if best is None:
        return None
    path = scratch / "poster.webp"
    best[1].save(path, "WEBP", quality=80, method=4)
    return path


def _still(source: Path, probe: Probe, *, at: float, is_exact: bool, scratch: Path, each: Beat) -> Image.Image | None:
    picture, path = probe.picture, scratch / "still.bmp"
    path.unlink(missing_ok=True)
    shrink = min(1.0, POSTER_SIDE / max(picture.width, picture.height))
    steps = [f"scale={round(picture.width * shrink)}:{round(picture.height * shrink)}:flags=bicubic", "setsar=1"]
    if picture.is_hdr and can_tone_map():
        steps.append(to_sdr())
    # Only the key frame before the place is decoded, unless it has to be the very picture.
    near = () if is_exact else ("-noaccurate_seek", "-skip_frame", "nokey", "-threads", "1")
    arguments = ["-v", "error", *(("-ss", f"{at:.3f}") if at else ()), *near, "-an", *reading(source, probe.demuxer)]
    arguments += ["-map", f"0:{picture.stream}", "-vf", ",".join([*steps, "format=bgr24"]), "-fps_mode", "passthrough"]
    arguments += ["-frames:v", "1", "-update", "1", "-y", str(path)]
    try:
        run_ffmpeg(arguments, scratch=scratch, seconds=STILL_SECONDS, each=each)
    except (FfmpegFailed, Unprocessable):
        return None
    return _opened(path)


@dataclass(frozen=True)
class Sheet:
    """Small pictures in rows of `columns`, from left to right, one for each `interval_ms` beginning at 0."""

    path: Path
    width: int
    height: int
    columns: int
    rows: int
    interval_ms: int


def make_storyboard(
    ladder: Ladder, segments: Sequence[int], read: Callable[[int | None], bytes], *, scratch: Path, each: Beat
) -> Sheet | None:
    """The sheet from the lowest rung, of whose key frames only those that are shown are decoded.

    `segments` are its milliseconds; `read(number)` gives one, `read(None)` the header.
    """
    gop_ms = float(ladder.gop_seconds) * 1000
    gops = max(1, ceil((sum(segments) - 1) / gop_ms))
    every = ceil(gops / MOST_TILES)
    wanted = range(0, gops, every)
    joined, keys = scratch / "storyboard.mp4", []
    fed = 0
    with joined.open("wb") as file:
        file.write(read(None))
        for number in dict.fromkeys(gop // GOPS_PER_SEGMENT for gop in wanted):
            if number >= len(segments):
                break
            keys += [fed + gop % GOPS_PER_SEGMENT for gop in wanted if gop // GOPS_PER_SEGMENT == number]
            fed += ceil((segments[number] - 1) / gop_ms)
            file.write(read(number))
            each()
    lowest = ladder.rungs[0]
    shrink = TILE_SIDE / max(lowest.width, lowest.height)
    width, height = max(2, round(lowest.width * shrink)), max(2, round(lowest.height * shrink))
    columns, rows = min(COLUMNS, len(keys)), ceil(len(keys) / COLUMNS)
    chosen = "+".join(f"eq(n\\,{key})" for key in keys)
    path = scratch / "storyboard.bmp"
    path.unlink(missing_ok=True)
    arguments = ["-v", "error", "-skip_frame", "nokey", "-protocol_whitelist", "file", "-f", "mov", "-i", f"file:{joined}"]
    arguments += ["-vf", f"select={chosen},scale={width}:{height},tile={columns}x{rows},format=bgr24", "-fps_mode", "passthrough"]
    arguments += ["-frames:v", "1", "-update", "1", "-y", str(path)]
    try:
        run_ffmpeg(arguments, scratch=scratch, seconds=STILL_SECONDS, each=each)
    except (FfmpegFailed, Unprocessable):
        return None
    finally:
        joined.unlink(missing_ok=True)
    sheet = _opened(path)
    if sheet is None:
        return None
    done = scratch / "storyboard.webp"
    sheet.save(done, "WEBP", quality=60, method=4)
    return Sheet(done, width, height, columns, rows, round(every * gop_ms))


def _opened(path: Path) -> Image.Image | None:
    if not path.exists():
        return None
    with Image.open(path) as picture:
        picture.load()
        return picture.convert("RGB")
