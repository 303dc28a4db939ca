"""All notes of a course as one Markdown file."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from courses.learning.clock import clock
from courses.learning.selectors import LessonNotes


def notes_as_markdown(title: str, lessons: Sequence[LessonNotes]) -> str:
    """The course's title, a heading per lesson, each note as it was typed below its place in the video and its date."""
    parts = [f"# {_line(_('Notes on %(course)s') % {'course': title})}"]
    for lesson in lessons:
        parts.append(f"## {_line(lesson.title or _('A lesson that left the course'))}")
        for note in lesson.notes:
            written = date_format(localtime(note.created_at), "Y-m-d H:i")
            place = f"{clock(note.at_seconds)}, " if note.at_seconds is not None else ""
            parts.append(f"*{place}{written}*\n\n{note.text}")
    return "\n\n".join(parts) + "\n"


def _line(text: str) -> str:
    return " ".join(text.split())
