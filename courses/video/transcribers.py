"""What writes down the words of a video: one interface, and a program on this machine that is named in settings.

No such program comes along; whisper.cpp's `whisper-cli` and faster-whisper's command lines fit (docs/operations.md).
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from django.conf import settings

from courses.video.confinement import Beat, ProgramFailed, run_confined
from courses.video.reasons import Trouble, Unprocessable
from courses.video.webvtt import MOST_BYTES

LEAST_SECONDS: Final = 600
SLOWEST: Final = 6
"""Seconds that a second of sound may take."""
PLACEHOLDERS: Final = ("{audio}", "{language}", "{output}", "{folder}")
ENDINGS: Final = (".vtt", ".srt")
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Transcriber(Protocol):
    """Whoever turns sound into timed words."""

    def transcribe(self, audio: Path, *, language: str, seconds: float, each: Beat) -> bytes:
        """WebVTT or SubRip of `audio` (WAV, 16 kHz, one channel, `seconds` long), which may write beside it; b"" when nobody speaks.

        `language` is a tag such as "de" or "pt-BR"; `each` is called often, and what it raises ends the work.
        Raises `Unprocessable`, `Trouble`.
        """


@dataclass(frozen=True)
class CommandTranscriber:
    """A program of this machine. Its words may hold {audio}, {language} ("pt" of "pt-BR"), {output} (a path without an ending, to
    which it adds .vtt or .srt) and {folder} (where it may write one such file by a name of its own)."""

    words: Sequence[str]
    memory_bytes: int

    def transcribe(self, audio: Path, *, language: str, seconds: float, each: Beat) -> bytes:
        folder = audio.parent / "captions"
        folder.mkdir()
        known = {"audio": audio, "language": language.partition("-")[0], "output": folder / "captions", "folder": folder}
        filled = [self._filled(word, known) for word in self.words]
        program = shutil.which(filled[0])
        if program is None:
            raise Trouble("transcriber", f"{filled[0]} is not there")
        try:
            said = run_confined(
                [program, *filled[1:]],
                scratch=audio.parent,
                seconds=LEAST_SECONDS + SLOWEST * seconds,
                each=each,
                memory_bytes=self.memory_bytes,
                path=PATH,
            )
        except Unprocessable as refusal:
            raise Unprocessable("captions_heavy", str(refusal)) from refusal
        except ProgramFailed as error:
            raise Trouble("transcriber", str(error)[-300:]) from error
        found = sorted(path for path in folder.rglob("*") if path.suffix in ENDINGS and path.is_file() and not path.is_symlink())
        if not found:
            raise Trouble("transcriber", f"it wrote neither .vtt nor .srt: {said[-200:]}")
        with found[-1].open("rb") as file:
            return file.read(MOST_BYTES + 1)

    @staticmethod
    def _filled(word: str, known: dict[str, object]) -> str:
        for name, value in known.items():
            word = word.replace(f"{{{name}}}", str(value))
        return word


def get_transcriber() -> Transcriber | None:
    """None where none is set up."""
    if not settings.VIDEO_TRANSCRIBER_COMMAND:
        return None
    return CommandTranscriber(shlex.split(settings.VIDEO_TRANSCRIBER_COMMAND), settings.VIDEO_TRANSCRIBER_MEMORY_BYTES)
