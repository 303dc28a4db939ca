"""Links and pictures in Markdown: found where they stand, and changed without touching the rest of the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# ![words](<target with spaces> "title"), [words](target); words hold brackets one deep, as a picture inside a link has. An escaped
# sign is passed over as a pair: a bracket behind a backslash begins nothing. No two parts side by side can match the same signs, and no
# link is sought from within what another one passed over, so that time is linear in the length of the text.
_INLINE: Final = re.compile(
    r"\\.|(?P<bang>!?)\[(?P<words>(?:[^\[\]\\]|\\.|\[(?:[^\[\]\\]|\\.)*\])*)\]"
    r"\([ \t]*(?:\n[ \t]*)?(?:<(?P<angled>[^<>\n]*)>|(?P<plain>[^\s()<>]+(?:\([^\s()]*\)[^\s()]*)*))"
    r"(?P<title>(?:[ \t]+|[ \t]*\n[ \t]*)(?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\)))?[ \t]*\)"
)
_DEFINITION: Final = re.compile(r"^(?P<head> {0,3}\[[^\[\]\n]+\]:[ \t]*)(?:<(?P<angled>[^<>\n]*)>|(?P<plain>\S+))", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Link:
    """One link or picture: where it leads, as written."""

    target: str
    words: str
    is_picture: bool
    is_definition: bool = False


Answer = str | None
"""A new target; None leaves the link as it is."""


class Unlinked(str):
    """As an answer: these words take the place of the whole link."""


def relink(text: str, answer: Callable[[Link], Answer]) -> str:
    """The text with each link's target replaced by what `answer` says about it."""

    def inline(match: re.Match[str]) -> str:
        if match["words"] is None:
            return match[0]
        target = match["angled"] if match["angled"] is not None else match["plain"]
        words = _INLINE.sub(inline, match["words"]) if "](" in match["words"] else match["words"]
        found = answer(Link(target=target, words=words, is_picture=bool(match["bang"])))
        if isinstance(found, Unlinked):
            return str(found)
        if found is None and words == match["words"]:
            return match[0]
        return f"{match['bang']}[{words}]({_written(target if found is None else found)}{match['title'] or ''})"

    def definition(match: re.Match[str]) -> str:
        target = match["angled"] if match["angled"] is not None else match["plain"]
        found = answer(Link(target=target, words="", is_picture=True, is_definition=True))
        return match[0] if found is None or isinstance(found, Unlinked) else f"{match['head']}{_written(found)}"

    return _DEFINITION.sub(definition, _INLINE.sub(inline, text))


def _written(target: str) -> str:
    return f"<{target}>" if re.search(r"[\s()<>]", target) else target
