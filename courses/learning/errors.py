"""What learning refuses."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kit.errors import Conflict, DomainError, Forbidden, NotFound


class LessonNotFound(NotFound):
    code = "lesson_not_found"
    message = _("This lesson is not part of the course.")


class LessonLocked(Forbidden):
    """The lesson is there, but not open for whoever asks. `reason` (an extra) is a word of `courses.learning.access.Reason`."""

    code = "lesson_locked"
    message = _("This lesson is for those who have the course. Open the course to see how to get it.")


class NotEnrolled(NotFound):
    code = "not_enrolled"
    message = _("You have not begun this course, so there is nothing of yours here.")


class NothingKept(Forbidden):
    code = "nothing_kept"
    message = _("You look at this course without taking it, so nothing of yours is kept here.")


class NoteNotFound(NotFound):
    code = "note_not_found"
    message = _("There is no such note among yours.")


class BadNote(DomainError):
    status_code = 422
    code = "bad_note"
    message = _("Write something first.")


class BadSubmission(DomainError):
    status_code = 422
    code = "bad_submission"
    message = _("There is nothing to hand in yet.")


class SubmissionNotFound(NotFound):
    code = "submission_not_found"
    message = _("There is no such file among what you handed in.")


class HandInFirst(Conflict):
    """The exercise asks for work, and is done by handing it in."""

    code = "hand_in_first"
    message = _("This exercise is done by handing in your work.")


class NothingToHandIn(Conflict):
    code = "nothing_to_hand_in"
    message = _("This lesson does not ask for anything to be handed in.")


class BadBeat(DomainError):
    """A report of time spent that is not one."""

    code = "bad_beat"
    message = _("This is not a report of time spent.")


class QuizNotFound(NotFound):
    code = "quiz_not_found"
    message = _("This quiz is not part of the course.")


class AttemptNotFound(NotFound):
    code = "attempt_not_found"
    message = _("There is no such attempt among yours.")


class NoMoreAttempts(Conflict):
    code = "no_more_attempts"
    message = _("This quiz can be taken once, and you took it.")


class AttemptOver(Conflict):
    """Answers came after an attempt was handed in, or after its time."""

    code = "attempt_over"
    message = _("This attempt is over. What was saved before its end counts.")
