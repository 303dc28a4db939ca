"""Small sources of every kind, made once per run by ffmpeg."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from courses.video.binaries import ffmpeg

TV = Fraction(1001, 1000)


@dataclass(frozen=True)
class Clip:
    """How to make a source, and what has to come of it: `sizes` from the lowest rung up."""

    name: str
    file: str
    arguments: str
    sizes: tuple[tuple[int, int], ...]
    rate: Fraction
    seconds: float
    has_sound: bool = True


def picture(size: str, rate: str, seconds: float) -> str:
    return f"-f lavfi -i testsrc2=size={size}:rate={rate}:duration={seconds}"


def tone(seconds: float, level: str = "-20dB") -> str:
    return f"-f lavfi -i sine=frequency=440:duration={seconds}:sample_rate=44100,volume={level}"


H264 = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -c:a aac"
SMALL = ((160, 90),)

CLIPS = (
    Clip("landscape", "a.mp4", f"{picture('640x360', '30', 8)} {tone(8)} {H264}", ((640, 360),), Fraction(30), 8),
    Clip("turned", "turned.mp4", f"{picture('640x360', '30', 2)} {tone(2)} {H264}", ((360, 640),), Fraction(30), 2),
    Clip("four by three", "b.mp4", f"{picture('640x480', '25', 2)} {tone(2)} {H264}", ((480, 360), (640, 480)), Fraction(25), 2),
    Clip(
        "wide pixels",
        "anamorphic.mp4",
        f"{picture('720x576', '25', 1)} {tone(1)} -vf setsar=16/11 {H264}",
        ((654, 360), (872, 480)),
        Fraction(25),
        1,
    ),
    Clip(
        "4K",
        "c.mp4",
        f"{picture('3840x2160', '5', 1)} {H264}",
        ((640, 360), (854, 480), (1280, 720), (1920, 1080)),
        Fraction(5),
        1,
        has_sound=False,
    ),
    Clip("24 frames", "d.mp4", f"{picture('160x90', '24', 13)} {tone(13)} {H264}", SMALL, Fraction(24), 13),
    Clip("29.97 frames", "e.mp4", f"{picture('160x90', '30000/1001', 13)} {tone(13)} {H264}", SMALL, Fraction(30000, 1001), 13),
    Clip("60 frames", "f.mp4", f"{picture('160x90', '60', 7)} {tone(7)} {H264}", SMALL, Fraction(60), 7),
    Clip(
        "variable rate",
        "g.webm",
        f"{picture('160x90', '30', 7)} {tone(7)} -vf select='not(eq(mod(n\\,7)\\,3))*not(between(n\\,60\\,75))'"
        " -fps_mode vfr -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus -ar 48000",
        SMALL,
        Fraction(30),
        7,
    ),
    Clip("no sound", "h.mp4", f"{picture('160x90', '25', 7)} {H264}", SMALL, Fraction(25), 7, has_sound=False),
    Clip(
        "5.1 sound",
        "i.mkv",
        f"{picture('160x90', '25', 7)} -f lavfi -i sine=frequency=300:duration=7,aformat=channel_layouts=5.1"
        f" -pix_fmt yuv420p -c:v libx264 -preset ultrafast -c:a ac3",
        SMALL,
        Fraction(25),
        7,
    ),
    Clip("half a second", "j.mp4", f"{picture('160x90', '30', 0.5)} {tone(0.5)} {H264}", SMALL, Fraction(30), 0.5),
    Clip(
        "HEVC, HDR",
        "k.mov",
        f"{picture('160x90', '30', 2)} {tone(2)} -pix_fmt yuv420p10le -c:v libx265 -preset ultrafast -tag:v hvc1"
        " -x265-params log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc -color_primaries bt2020"
        " -color_trc smpte2084 -colorspace bt2020nc -c:a aac",
        SMALL,
        Fraction(30),
        2,
    ),
    Clip(
        "ProRes",
        "l.mov",
        f"{picture('160x90', '24000/1001', 7)} {tone(7)} -c:v prores_ks -c:a pcm_s16le -timecode 01:00:00:00",
        SMALL,
        Fraction(24000, 1001),
        7,
    ),
    Clip(
        "odd size",
        "m.avi",
        f"-f lavfi -i testsrc=size=161x91:rate=25:duration=1 {tone(1)} -pix_fmt yuv420p -c:v mpeg4 -c:a mp3",
        ((160, 90),),
        Fraction(25),
        1,
    ),
    Clip(
        "interlaced", "n.ts", f"{picture('160x90', '25', 2)} {tone(2)} -c:v mpeg2video -flags +ilme+ildct -c:a mp2", SMALL, Fraction(25), 2
    ),
    Clip("wrong extension", "o.txt", f"{picture('160x90', '30', 1)} {tone(1)} {H264} -f mp4", SMALL, Fraction(30), 1),
)
BY_NAME = {clip.name: clip for clip in CLIPS}


def make_clip(clip: Clip, folder: Path) -> Path:
    path = folder / clip.file
    if path.exists():
        return path
    arguments = clip.arguments.split(" ")
    run(*arguments, *(("-bitexact",)), str(path))
    if clip.name == "turned":
        straight = path.with_name("straight.mp4")
        path.rename(straight)
        run("-display_rotation", "90", "-i", str(straight), "-c", "copy", str(path))
    return path


def run(*arguments: str) -> None:
    subprocess.run([ffmpeg(), "-v", "error", "-y", *arguments], check=True, timeout=60)
