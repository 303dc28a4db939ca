"""Private notes (R166). They stay with whoever wrote them, also when the course was taken back."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from courses.learning.errors import BadNote, NoteNotFound
from courses.learning.limits import LONGEST_NOTE, MOST_NOTES, MOST_VIDEO_SECONDS
from courses.learning.models import Enrolment, Note
from courses.learning.services.progress import find_entry, lock_enrolment


@transaction.atomic
def add_note(enrolment: Enrolment, *, lesson_id: UUID | str, text: str, at_seconds: int | None = None) -> Note:
    """Keep a note (Markdown) to a lesson, at `at_seconds` of its video if given.

    Sending the same note twice in a row keeps one. Raises `LessonNotFound`, `LessonLocked` and `BadNote`.
    """
    locked = lock_enrolment(enrolment)
    entry = find_entry(locked, lesson_id)
    words, at = _clean(text), _clean_time(at_seconds)
    last = Note.objects.filter(enrolment=locked, lesson_id=entry.id).order_by("-created_at").first()
    if last is not None and (last.text, last.at_seconds) == (words, at):
        return last
    if Note.objects.filter(enrolment=locked).count() >= MOST_NOTES:
        raise BadNote(_("You have %(most)d notes in this course. Delete some to write more.") % {"most": MOST_NOTES}, field="text")
    return Note.objects.create(enrolment=locked, lesson_id=entry.id, text=words, at_seconds=at)


@transaction.atomic
def change_note(note: Note, *, text: str) -> Note:
    """Say it differently. Raises `BadNote`, and `NoteNotFound` when it was deleted meanwhile."""
    locked = Note.objects.select_for_update(of=("self",)).filter(pk=note.pk).first()
    if locked is None:
        raise NoteNotFound
    locked.text = _clean(text)
    locked.save(update_fields=["text", "updated_at"])
    return locked


@transaction.atomic
def delete_note(note: Note) -> None:
    """Gone for good. Deleting what is gone changes nothing."""
    Note.objects.filter(pk=note.pk).delete()


def _clean(text: str) -> str:
    words = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not words:
        raise BadNote(field="text")
    if len(words) > LONGEST_NOTE:
        raise BadNote(
            _("Write at most %(most)d characters; this has %(count)d.") % {"most": LONGEST_NOTE, "count": len(words)}, field="text"
        )
    if "\x00" in words:
        raise BadNote(_("This holds a character that cannot be stored."), field="text")
    return words


def _clean_time(seconds: int | None) -> int | None:
    return None if seconds is None else max(0, min(seconds, MOST_VIDEO_SECONDS))
