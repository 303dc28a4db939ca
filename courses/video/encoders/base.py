"""What an encoder has to offer, and how it hands over what it made.

One that works here (`Encoder`) is followed while it works. One that works elsewhere (`RemoteEncoder`) is given an order, asked about
it or heard from, and what it made is taken over from the store at the end: by the same `Sink`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable
from uuid import UUID

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


@dataclass(frozen=True)
class Commission:
    """What to make elsewhere of `source`, a file in the private store, and to put below `folder` there.

    `token` is the same each time that the same work is asked for.
    """

    token: UUID
    video: UUID
    generation: int
    source: str
    folder: str
    probe: Probe
    ladder: Ladder


@dataclass(frozen=True)
class Report:
    """How a commission stands. `code` is one of `reasons.REASONS` where it failed; `detail` is for the log."""

    state: Literal["running", "made", "failed", "cancelled"]
    percent: int = 0
    code: str = ""
    detail: str = ""


@runtime_checkable
class RemoteEncoder(Protocol):
    """All of its methods raise `Trouble` where the encoder, or the store, does not answer."""

    name: str

    def submit(self, commission: Commission) -> str:
        """Order the work; the encoder's name for it. Ordering again with the same token gives the same name, and no second work."""

    def ask(self, remote_id: str) -> Report: ...

    def cancel(self, remote_id: str) -> None:
        """Stop it, if it has not ended. Safe to call again."""

    def collect(self, commission: Commission, sink: Sink, *, scratch: Path, done_segments: int, has_sound_done: bool) -> None:
        """Hand over what was made, from the store. Raises `Trouble` too where it is not what was ordered, and what `sink` raises."""
