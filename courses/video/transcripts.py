"""What is said in a video, to be read: subtitles put together into lines of about a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from courses.video.pages import clock
from courses.video.webvtt import Cue

LONGEST_LINE: Final = 200
"""Characters. A line is closed once it is longer, wherever the sentence stands."""
LONGEST_PAUSE_MS: Final = 2000
_ENDS: Final = (".", "!", "?", "…", "。", "！", "？", "؟", "।", '."', '!"', '?"', ".”", "!”", "?”", ".)", "♪")


@dataclass(frozen=True)
class Line:
    """`text` is plain; times are milliseconds."""

    start_ms: int
    end_ms: int
    text: str

    @property
    def seconds(self) -> int:
        """Where a link to it leads: the second that it begins in."""
        return self.start_ms // 1000

    @property
    def clock(self) -> str:
        return clock(self.seconds * 1000)


def transcript_of(cues: Iterable[Cue]) -> list[Line]:
    """Lines in the order of the video. A line ends with a sentence, with a pause, with a speaker's name, or when it is long enough."""
    lines: list[Line] = []
    open_line = False
    for cue in cues:
        words = cue.words
        if not words:
            continue
        last = lines[-1] if lines else None
        if last and open_line and cue.start_ms - last.end_ms <= LONGEST_PAUSE_MS and not words.startswith(("-", "–", "—", ">>")):
            lines[-1] = Line(last.start_ms, max(last.end_ms, cue.end_ms), f"{last.text} {words}")
        else:
            lines.append(Line(cue.start_ms, cue.end_ms, words))
        open_line = not words.endswith(_ENDS) and len(lines[-1].text) < LONGEST_LINE
    return lines
