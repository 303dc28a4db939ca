"""What an encoder has to offer, and how it hands over what it made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from courses.video.ladder import Ladder
from courses.video.probing import Probe

AUDIO = "audio"
"""The name of the sound among the qualities."""


@dataclass(frozen=True)
class Order:
    """What to make of which file. `done_segments` of the picture, and the sound if `has_sound_done`, were made by an earlier try."""

    source: Path
    probe: Probe
    ladder: Ladder
    scratch: Path
    done_segments: int = 0
    has_sound_done: bool = False


@dataclass(frozen=True)
class Made:
    """A finished segment (or header, without a number) on the local disk, which may be taken away from there."""

    path: Path
    milliseconds: int
    codec: str


class Sink(Protocol):
    """Who takes what was made, in order, and decides whether to go on: each method may raise, and that ends the encoder."""

    def beat(self) -> None:
        """The work goes on. Called often; cheap."""

    def take_header(self, quality: str, path: Path, *, codec: str) -> None:
        """The init.mp4 of a quality. Comes before its segments, and again in each try."""

    def take_sound(self, number: int, segment: Made) -> None: ...

    def end_sound(self) -> None:
        """All of the sound has been taken; without any segment when there is none to hear."""

    def take_segments(self, number: int, segments: Mapping[str, Made]) -> None:
        """Segment `number` of each rung: all of them, or none."""


class Encoder(Protocol):
    name: str

    def encode(self, order: Order, sink: Sink) -> None:
        """Make the sound (once), then the picture's rungs together. Raises `Unprocessable`, `Trouble`, and what `sink` raises."""
