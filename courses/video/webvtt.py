"""Subtitles read from WebVTT or SubRip, and written as WebVTT that holds nothing but words and times.

https://www.w3.org/TR/webvtt1/ (§4.1 the file, §4.2 cue text). SubRip has no standard; what is read here is what its writers agree on:
numbered blocks, a comma before the milliseconds. Styles, regions, notes, classes, positions and every tag but <i>, <b> and <u> are
left out; who speaks (<v Name>) becomes words.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from courses.video.errors import BadCaptions

MOST_BYTES: Final = 2 * 1024 * 1024
MOST_CUES: Final = 20_000
MOST_CUE_CHARACTERS: Final = 1000
LONGEST_MS: Final = 100 * 3600 * 1000

_TIME: Final = r"(?:(\d{1,3}):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})"
_TIMING = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?$")
_TAG = re.compile(r"<(/?)([a-zA-Z]*)[^<>]*>")
_VOICE = re.compile(r"<v(?:\.[^\s<>]+)*\s+([^<>]+)>")
_SSA = re.compile(r"\{\\[^{}]*\}")
_KEPT: Final = ("i", "b", "u")


@dataclass(frozen=True)
class Cue:
    """`text` has Unix line ends and is plain but for <i>, <b>, <u> and the entities of WebVTT; times are milliseconds."""

    start_ms: int
    end_ms: int
    text: str

    @property
    def words(self) -> str:
        """The text alone, on one line: for transcripts and for searching."""
        return " ".join(html.unescape(_TAG.sub("", self.text)).split())


def read_subtitles(raw: bytes) -> list[Cue]:
    """The cues of a WebVTT or SubRip file, by their beginning. Raises `BadCaptions`."""
    if len(raw) > MOST_BYTES:
        raise BadCaptions(_("Subtitles may have up to 2 MB."), field="file")
    cues: list[Cue] = []
    # Python sorts what is nearly in order in one pass; equal beginnings stay as they were.
    for cue in _cues(_decoded(raw)):
        cues.append(cue)
        if len(cues) > MOST_CUES:
            raise BadCaptions(_("These are more than %(most)d subtitles.") % {"most": MOST_CUES}, field="file")
    if not cues:
        raise BadCaptions(_("There are no subtitles in this file. WebVTT (.vtt) and SubRip (.srt) can be read."), field="file")
    return sorted(cues, key=lambda cue: cue.start_ms)


def write_webvtt(cues: list[Cue]) -> str:
    blocks = ["WEBVTT", *(f"{_stamp(cue.start_ms)} --> {_stamp(cue.end_ms)}\n{cue.text}" for cue in cues)]
    return "\n\n".join(blocks) + "\n"


def read_cues(webvtt: str) -> list[Cue]:
    """The cues of what `write_webvtt` wrote: for transcripts."""
    return list(_cues(webvtt))


def _decoded(raw: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or the Western Windows code page that old SubRip files have. Raises `BadCaptions`."""
    encodings = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0b\x0e-\x1f\x7f]", text):
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise BadCaptions(_("This is no text that can be read. Save the subtitles as UTF-8."), field="file")


def _cues(text: str) -> Iterator[Cue]:
    for block in re.split(r"\n[ \t]*\n", text.lstrip("\n")):
        lines = block.strip("\n").split("\n")
        at = next((index for index, line in enumerate(lines[:2]) if "-->" in line), None)
        if at is None or lines[0].startswith(("NOTE", "STYLE", "REGION")):
            continue
        timing = _TIMING.match(lines[at])
        if timing is None:
            raise BadCaptions(_("This is no time: %(line)s") % {"line": lines[at].strip()[:80]}, field="file")
        start, end = _milliseconds(timing.groups()[:4]), _milliseconds(timing.groups()[4:])
        words = _clean("\n".join(lines[at + 1 :]))
        if words and start < end <= LONGEST_MS:
            yield Cue(start, end, words)


def _clean(text: str) -> str:
    text = _SSA.sub("", text)
    text = _VOICE.sub(lambda match: f"{match.group(1).strip()}: ", text)
    text = "\n".join(line.strip() for line in text.split("\n") if line.strip())[:MOST_CUE_CHARACTERS]
    kept: list[str] = []
    open_tags: list[str] = []
    end = 0
    for tag in _TAG.finditer(text):
        kept.append(_escaped(text[end : tag.start()]))
        end = tag.end()
        name = tag.group(2).lower()
        if name not in _KEPT:
            continue
        if not tag.group(1):
            if name not in open_tags:
                open_tags.append(name)
                kept.append(f"<{name}>")
        elif open_tags and open_tags[-1] == name:
            open_tags.pop()
            kept.append(f"</{name}>")
    kept.append(_escaped(text[end:]))
    kept += [f"</{name}>" for name in reversed(open_tags)]
    clean = "\n".join(line for line in "".join(kept).split("\n") if line.strip())
    return clean if re.sub(r"<[^>]*>", "", clean).strip() else ""


def _escaped(text: str) -> str:
    """Entities are read first, so that nothing is escaped twice. ">" is escaped too, so that "-->" cannot begin another cue."""
    plain = re.sub(r"\s*[\n\r\x0b\x0c\x85\u2028\u2029]\s*", "\n", html.unescape(text))
    return html.escape(re.sub(r"[\x00-\x08\x0e-\x1f\x7f]", "", plain), quote=False)


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = parts
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return whole * 1000 + int((fraction or "0").ljust(3, "0"))


def _stamp(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
