"""Places in a video as people write them: 3:51, 1:02:03."""

from __future__ import annotations

import re
from typing import Final

_CLOCK: Final = re.compile(r"(?:(?:(\d{1,3}):)?([0-5]?\d):)?(\d{1,5})", re.ASCII)


def clock(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def read_clock(text: str) -> int:
    """Seconds; a number alone is seconds too. Raises ValueError for anything else."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds
