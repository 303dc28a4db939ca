"""Who takes what an encoder makes, in tests of the encoder by itself."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from courses.video.encoders import AUDIO, Made, Order
from courses.video.ladder import make_ladder
from courses.video.probing import probe


class Stop(Exception):
    """What a sink says that wants no more."""


class Collector:
    """Keeps what an encoder makes in a folder; stops it after `most` segments."""

    def __init__(self, folder: Path, *, most: int = 1000) -> None:
        self.folder = folder
        self.most = most
        self.numbers: list[int] = []
        self.lengths: list[int] = []
        self.sound: list[int] = []
        self.ended = 0

    def beat(self) -> None: ...

    def take_header(self, quality: str, path: Path, *, codec: str) -> None:
        (self.folder / quality).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, self.folder / quality / "init.mp4")

    def take_sound(self, number: int, segment: Made) -> None:
        self.sound.append(segment.milliseconds)
        shutil.copyfile(segment.path, self.folder / AUDIO / f"{number}.m4s")

    def end_sound(self) -> None:
        self.ended += 1

    def take_segments(self, number: int, segments: Mapping[str, Made]) -> None:
        if len(self.numbers) == self.most:
            raise Stop
        self.numbers.append(number)
        for quality, made in segments.items():
            shutil.copyfile(made.path, self.folder / quality / f"{number}.m4s")
        self.lengths.append(next(iter(segments.values())).milliseconds)

    def track(self, quality: str) -> list[bytes]:
        files = sorted((self.folder / quality).glob("*.m4s"), key=lambda file: int(file.stem))
        return [(self.folder / quality / "init.mp4").read_bytes(), *(file.read_bytes() for file in files)]


def order_for(path: Path, scratch: Path, *, done: int = 0) -> Order:
    found = probe(path, scratch=scratch, each=lambda: None)
    ladder = make_ladder(width=found.picture.width, height=found.picture.height, frame_rate=found.picture.frame_rate)
    return Order(path, found, ladder, scratch, done_segments=done, has_sound_done=bool(done))
