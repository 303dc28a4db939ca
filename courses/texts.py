"""Cleaning what creators type, the same way wherever it comes from: a form, the API, an import."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext as _

from courses.errors import BadCourse
from courses.limits import LONGEST_SENTENCE, MOST_SENTENCES

UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
"""NUL, and halves of characters, which escapes in JSON and YAML can name: the database takes neither."""


def clean_line(text: str, *, field: str, most: int) -> str:
    """One line, trimmed. Raises `BadCourse` when empty, longer than `most` characters, or with control characters."""
    line = " ".join(text.split())
    if not line:
        raise BadCourse(_("Write something here."), field=field)
    if len(line) > most:
        raise BadCourse(_("Write at most %(most)d characters.") % {"most": most}, field=field)
    if UNSTORABLE.search(line):
        raise BadCourse(_("This holds a character that cannot be stored."), field=field)
    return line


def clean_text(text: str, *, field: str, most: int) -> str:
    """Several lines, with Unix line ends. Raises `BadCourse` when longer than `most` characters or with a NUL."""
    clean = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(clean) > most:
        raise BadCourse(_("Write at most %(most)d characters; this has %(count)d.") % {"most": most, "count": len(clean)}, field=field)
    if UNSTORABLE.search(clean):
        raise BadCourse(_("This holds a character that cannot be stored."), field=field)
    return clean


def clean_sentences(sentences: Iterable[str], *, field: str) -> list[str]:
    """Non-empty lines, trimmed. Raises `BadCourse` for too many or too long ones."""
    lines = [line for entry in sentences if (line := " ".join(str(entry).split()))]
    if len(lines) > MOST_SENTENCES:
        raise BadCourse(_("Name at most %(most)d.") % {"most": MOST_SENTENCES}, field=field)
    for line in lines:
        clean_line(line, field=field, most=LONGEST_SENTENCE)
    return lines
