"""Handing in exercises (the learner's side; the creator answers in `courses.teaching`)."""

from __future__ import annotations

from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.learning.errors import BadSubmission, NothingToHandIn
from courses.learning.events import ExerciseSubmitted
from courses.learning.limits import LONGEST_SUBMISSION, MOST_SUBMISSION_BYTES, MOST_SUBMISSIONS
from courses.learning.models import Enrolment, Submission
from courses.learning.selectors import published_lesson
from courses.learning.services.progress import complete_lesson, find_entry, lock_enrolment
from courses.models import HandIn, LessonKind
from kit.events import publish
from kit.files import Inspected, inspect_upload
from kit.files.types import FILE_TYPES
from kit.storage import StoredFile, private, store_upload


def submit_exercise(enrolment: Enrolment, *, lesson_id: UUID | str, text: str = "", upload: UploadedFile | None = None) -> Submission:
    """Hand in a text, a file or both, as the exercise asks; the lesson is done by it. Handing in again makes a further one.

    The same text sent twice, without a file, is handed in once. The file is inspected and stored outside the transaction, and let
    go again when it is refused. Raises `LessonNotFound`, `LessonLocked`, `NothingToHandIn`, `BadSubmission` and `RefusedFile`.
    """
    entry = find_entry(enrolment, lesson_id)
    content = published_lesson(entry.revision) if entry.revision else None
    if content is None or content.kind != LessonKind.EXERCISE or content.hand_in == HandIn.NOTHING:
        raise NothingToHandIn
    words = _clean(text) if content.hand_in != HandIn.FILE else ""
    file = upload if content.hand_in != HandIn.TEXT else None
    _check_complete(content.hand_in, words, file)
    if file is None:
        return _record(enrolment, entry.id, words, None, None)
    inspected = inspect_upload(file, name=file.name or "", allowed=FILE_TYPES, max_bytes=MOST_SUBMISSION_BYTES)
    stored = store_upload(file, prefix="submissions")
    try:
        return _record(enrolment, entry.id, words, inspected, stored)
    except BaseException:
        private().delete(stored.name)
        raise


def _clean(text: str) -> str:
    words = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(words) > LONGEST_SUBMISSION:
        sentence = _("Write at most %(most)d characters; this has %(count)d.")
        raise BadSubmission(sentence % {"most": LONGEST_SUBMISSION, "count": len(words)}, field="text")
    if "\x00" in words:
        raise BadSubmission(_("This holds a character that cannot be stored."), field="text")
    return words


def _check_complete(hand_in: str, words: str, file: UploadedFile | None) -> None:
    if hand_in == HandIn.TEXT and not words:
        raise BadSubmission(_("Write your answer first."), field="text")
    if hand_in == HandIn.FILE and file is None:
        raise BadSubmission(_("Choose a file first."), field="file")
    if not words and file is None:
        raise BadSubmission(_("Write something, choose a file, or both."), field="text")


@transaction.atomic
def _record(enrolment: Enrolment, lesson_id: str, words: str, inspected: Inspected | None, stored: StoredFile | None) -> Submission:
    locked = lock_enrolment(enrolment)
    last = Submission.objects.filter(enrolment=locked, lesson_id=lesson_id).order_by("-number").first()
    if last is not None and stored is None and not last.file and last.text == words and last.verdict == Submission.Verdict.WAITING:
        return last
    if last is not None and last.number >= MOST_SUBMISSIONS:
        raise BadSubmission(_("You handed this in %(most)d times; that is the most.") % {"most": MOST_SUBMISSIONS}, field="text")
    submission = Submission.objects.create(
        enrolment=locked,
        lesson_id=lesson_id,
        number=last.number + 1 if last else 1,
        text=words,
        file=stored.name if stored else "",
        file_name=inspected.name if inspected else "",
        content_type=inspected.content_type if inspected else "",
        size_bytes=stored.size if stored else 0,
        submitted_at=timezone.now(),
    )
    complete_lesson(locked, lesson_id=lesson_id)
    publish(ExerciseSubmitted(submission_id=submission.pk))
    return submission
