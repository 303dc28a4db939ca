"""What the dry run found: problems, which stop the import, and warnings, which say what will be different."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from courses.exchange.formats.names import natural
from courses.exchange.limits import MOST_NOTES, MOST_PLACES_AT_ONCE


@dataclass(frozen=True)
class Note:
    """`path` is the place: "modules[2].lessons[0].title" in JSON, a file and a field elsewhere; "" for the whole."""

    path: str
    sentence: str


@dataclass
class Report:
    """`unnamed` counts the problems beyond the most that are named, `untold` the warnings."""

    problems: list[Note] = field(default_factory=list)
    warnings: list[Note] = field(default_factory=list)
    unnamed: int = 0
    untold: int = 0
    _said: set[tuple[str, str]] = field(default_factory=set, repr=False)

    def problem(self, path: str, sentence: str | Promise) -> None:
        if len(self.problems) >= MOST_NOTES:
            self.unnamed += 1
        elif self._is_new(path, str(sentence)):
            self.problems.append(Note(path, str(sentence)))

    def warn(self, path: str, sentence: str | Promise) -> None:
        if len(self.warnings) >= MOST_NOTES:
            self.untold += 1
        elif self._is_new(path, str(sentence)):
            self.warnings.append(Note(path, str(sentence)))

    @property
    def is_clean(self) -> bool:
        return not self.problems

    def _is_new(self, path: str, sentence: str) -> bool:
        known = (path, sentence) in self._said
        self._said.add((path, sentence))
        return not known

    def as_stored(self) -> dict[str, Any]:
        """As JSON for `CourseImport.report`, in the order of the paths."""
        notes = {"problems": self.problems, "warnings": self.warnings}
        return {
            **{
                name: [{"path": note.path, "sentence": note.sentence} for note in sorted(found, key=lambda note: natural(note.path))]
                for name, found in notes.items()
            },
            "unnamed": self.unnamed,
            "untold": self.untold,
        }


@dataclass(frozen=True)
class Told:
    """One sentence and all the places of which it was said: the first few, and the rest."""

    sentence: str
    places: list[str]
    others: list[str]


def told_once(notes: Sequence[Mapping[str, str]]) -> list[Told]:
    """Stored notes with each sentence once, in the order in which it was said first."""
    places: dict[str, list[str]] = {}
    for note in notes:
        places.setdefault(note["sentence"], []).append(note["path"])
    few = MOST_PLACES_AT_ONCE
    return [
        Told(sentence, found if len(found) <= few + 1 else found[:few], [] if len(found) <= few + 1 else found[few:])
        for sentence, found in places.items()
    ]


def join_path(*parts: str) -> str:
    """ "modules[0]" and "title" make "modules[0].title"; empty parts are left out."""
    return ".".join(part for part in parts if part)


def in_file(path: str, place: str) -> str:
    """A field of a file: "01-letters/02-n.md: minutes"."""
    return f"{path}: {place}" if place else path


def choose_of(known: Mapping[str, Any] | list[str]) -> str:
    return _("Choose one of: %(known)s.") % {"known": ", ".join(known)}
