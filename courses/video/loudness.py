"""How loud the sound is, and what brings it to -16 LUFS (the level that AES TD1008 and podcast stores ask for).

Measured once over the whole file by ITU-R BS.1770 (ffmpeg's `ebur128`), then changed by one constant: unlike a levelling that
follows the sound, this leaves quiet passages quiet. What a gain would push beyond -1.5 dB is held by a limiter.
"""

from __future__ import annotations

import re
from pathlib import Path

from courses.video.confinement import Beat, FfmpegFailed, run_ffmpeg
from courses.video.probing import Probe, reading
from courses.video.reasons import Unprocessable

TARGET_LUFS = -16.0
MOST_GAIN_DB = 24.0
"""More would make a loud noise of a silent room."""
SILENCE_LUFS = -60.0
CEILING = 0.8414
"""-1.5 dB as an amplitude."""

STEREO = "aresample=48000:async=1:first_pts=0,aformat=channel_layouts=stereo"
"""Any layout as two channels at 48 kHz, gaps filled, beginning with the picture."""

_INTEGRATED = re.compile(r"^\s+I:\s+(-?[\d.]+|-inf|nan) LUFS", re.M)


def measure(path: Path, probe: Probe, *, scratch: Path, each: Beat, seconds: float) -> float | None:
    """Integrated loudness in LUFS of the sound as learners will hear it; None for silence. Raises `Unprocessable`."""
    assert probe.sound is not None
    arguments = ["-v", "info", "-nostats", "-vn", *reading(path, probe.demuxer), "-map", f"0:{probe.sound.stream}"]
    arguments += ["-af", f"{STEREO},ebur128=framelog=quiet", "-f", "null", "-"]
    try:
        said = run_ffmpeg(arguments, scratch=scratch, seconds=seconds, each=each)
    except FfmpegFailed as error:
        raise Unprocessable("bad_sound", str(error)[-300:]) from error
    found = _INTEGRATED.findall(said)
    if not found or found[-1] in ("nan", "-inf") or float(found[-1]) <= SILENCE_LUFS:
        return None
    return float(found[-1])


def levelling(loudness: float | None) -> str:
    """ffmpeg's filter that brings sound of this loudness to the target, "" where nothing is to be done."""
    if loudness is None:
        return ""
    gain = min(MOST_GAIN_DB, TARGET_LUFS - loudness)
    if abs(gain) < 0.1:
        return ""
    volume = f"volume={gain:.2f}dB"
    return f"{volume},alimiter=limit={CEILING}:level=false:latency=true" if gain > 0 else volume
