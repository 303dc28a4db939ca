"""Which streams are made of a picture: sizes, frame rate, and where they are cut (R181).

Rungs are named by their short side, so that a portrait video gets as many pixels as a landscape one. Nothing is scaled up. All
rungs of a video have one frame rate and the same key frames; a rung may be left at each segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

GOP_SECONDS = 2
GOPS_PER_SEGMENT = 3
NEARLY = 0.9
"""A picture of 432 lines is a rung of 480 left as it is: so much smaller than a rung's name its picture may be."""
LONGEST_SIDE = 4096
"""What level 5.1 of H.264, the most that phones decode, takes beside a short side of 1080."""

RATES = tuple(
    Fraction(rate)
    for rate in (5, 10, 12, 15, 20, Fraction(24000, 1001), 24, 25, Fraction(30000, 1001), 30, 48, 50, Fraction(60000, 1001), 60)
)


@dataclass(frozen=True)
class Quality:
    """A rung's name, short side in pixels, and the most bits per second at 30 frames (the average is what the picture needs)."""

    name: str
    side: int
    most_bits: int


QUALITIES = (
    Quality("360p", 360, 900_000),
    Quality("480p", 480, 1_600_000),
    Quality("720p", 720, 3_200_000),
    Quality("1080p", 1080, 5_800_000),
)


@dataclass(frozen=True)
class Rung:
    quality: str
    width: int
    height: int
    most_bits: int


@dataclass(frozen=True)
class Ladder:
    """Rungs from the lowest up; `rate` in frames per second. A segment holds `segment_frames` frames, the last one fewer."""

    rungs: tuple[Rung, ...]
    rate: Fraction

    @property
    def gop_frames(self) -> int:
        return round(self.rate * GOP_SECONDS)

    @property
    def segment_frames(self) -> int:
        return self.gop_frames * GOPS_PER_SEGMENT

    @property
    def gop_seconds(self) -> Fraction:
        """2 s, or 2.002 s at the rates of television."""
        return self.gop_frames / self.rate

    @property
    def segment_seconds(self) -> Fraction:
        return self.segment_frames / self.rate


def make_ladder(*, width: int, height: int, frame_rate: float, qualities: Sequence[Quality] = QUALITIES) -> Ladder:
    """The ladder for a picture of `width` × `height` as it is seen (turned, with square pixels).

    A picture below the lowest rung is one rung of its own size.
    """
    short = min(width, height)
    rate = steady_rate(frame_rate)
    effort = 1.0 if rate <= 30 else 1.5
    kept = [quality for quality in qualities if short >= quality.side * NEARLY]
    if not kept:
        side = _even(short)
        kept = [Quality(f"{side}p", side, qualities[0].most_bits)]
    rungs = []
    for quality in kept:
        shrink = min(1.0, quality.side / short, LONGEST_SIDE / max(width, height))
        rungs.append(Rung(quality.name, _even(width * shrink), _even(height * shrink), int(quality.most_bits * effort)))
    return Ladder(tuple(rungs), rate)


def steady_rate(frame_rate: float) -> Fraction:
    """The constant rate for a source of about `frame_rate` frames per second: the usual rate it is meant to be, else the next
    higher one, so that no frame of a variable rate is lost; high-speed sources are halved until they are at most 60."""
    if not frame_rate > 0:
        return Fraction(30)
    while frame_rate > 60.5:
        frame_rate /= 2
    nearest = min(RATES, key=lambda rate: abs(float(rate) - frame_rate))
    if abs(float(nearest) - frame_rate) <= 0.006 * frame_rate:
        return nearest
    return next((rate for rate in RATES if rate >= frame_rate), Fraction(60))


def _even(length: float) -> int:
    """H.264's colours come in squares of two pixels. Halves go down, so that an odd picture does not grow."""
    return max(2, 2 * ceil(length / 2 - 0.5))
