"""The player of a published course, put together for one person."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from courses.content import LessonContent
from courses.learning.access import Reason, Standing
from courses.learning.forms import NoteForm, SubmissionForm
from courses.learning.pages import Frame, LearnAddresses, LessonPage, build_frame, file_rows
from courses.learning.quiz_pages import panel_context
from courses.learning.selectors import LearnerState, Place, Step, notes_on, published_lesson, state_of, submissions_to, watched_in
from courses.learning.sittings import issue_ticket
from courses.learning.watching import Film, write_ranges
from courses.models import LessonKind
from courses.outline import LessonEntry
from courses.video.playing import VideoFrame, video_frame


def frame_of(standing: Standing, current: Step | None, state: LearnerState | None = None) -> Frame:
    """The frame of a lesson or quiz for whoever stands there. Two queries for learners (none where `state` is given)."""
    known = state_of(standing.enrolment, standing.outline) if state is None else state
    return build_frame(
        standing.outline,
        title=standing.course.title,
        addresses=LearnAddresses(standing.course.slug),
        access=standing.access_to,
        state=known if standing.enrolment else None,
        enrolment=standing.enrolment,
        current=current,
    )


def lesson_page(standing: Standing, entry: LessonEntry) -> LessonPage:
    """A lesson that is open for whoever stands there. Four queries for learners at most, besides those of its first showing, and
    three for a video of one's own.
    """
    assert entry.revision is not None
    content, addresses = published_lesson(entry.revision), LearnAddresses(standing.course.slug)
    state, enrolment = state_of(standing.enrolment, standing.outline), standing.enrolment
    is_learner = standing.is_learner_of(entry)
    is_exercise = content.kind == LessonKind.EXERCISE
    place = state.places.get(entry.id, Place())
    video = _video(standing, entry, content, place, addresses)
    return LessonPage(
        frame=frame_of(standing, entry, state),
        lesson=entry,
        content=content,
        href=addresses.lesson(entry.slug),
        files=file_rows(entry, content.attachments, addresses),
        is_learner=is_learner,
        notice="" if standing.reason in (Reason.ENROLLED, Reason.LOCKED) else standing.access_to(entry).sentence,
        is_done=entry.id in state.done,
        is_bookmarked=entry.id in state.bookmarked,
        can_undo=not (entry.quiz and entry.quiz.id in state.passed),
        ticket=_ticket(standing, entry, video) if is_learner else "",
        place=place,
        video=video,
        notes=tuple(notes_on(enrolment, entry.id)) if enrolment and is_learner else (),
        submissions=tuple(submissions_to(enrolment, entry.id)) if enrolment and is_learner and is_exercise else (),
        has_quiz=entry.quiz is not None,
        notes_href=reverse("learn_notes", args=[standing.course.slug]) if is_learner else "",
    )


def _video(standing: Standing, entry: LessonEntry, content: LessonContent, place: Place, addresses: LearnAddresses) -> VideoFrame | None:
    if content.kind != LessonKind.VIDEO or not content.video_id:
        return None
    watched = watched_in(standing.enrolment, entry.id, video_id=content.video_id) if standing.is_learner_of(entry) else ()
    return video_frame(content.video_id, base=addresses.video(entry.slug), start=place.video_seconds, watched=write_ranges(watched))


def _ticket(standing: Standing, entry: LessonEntry, video: VideoFrame | None) -> str:
    assert standing.user is not None
    enrolment = standing.enrolment.pk if standing.enrolment else None
    film = Film(video_id=video.video_id, seconds=video.seconds) if video and video.seconds else None
    return issue_ticket(user_id=standing.user.pk, lesson=entry, enrolment_id=enrolment, film=film)


def lesson_context(standing: Standing, entry: LessonEntry) -> dict[str, Any]:
    """What `courses/learning/lesson.html` shows: the page, and the forms and the quiz in it."""
    page = lesson_page(standing, entry)
    return {
        "course": standing.course,
        "page": page,
        "frame": page.frame,
        "panel": panel_context(standing, entry.quiz) if entry.quiz else None,
        "note_form": None,
        "empty_note_form": NoteForm,  # made where it is shown, which is once: what is empty is kept as HTML
        "submission_form": SubmissionForm(content=page.content) if page.is_learner and page.wants_hand_in else None,
    }
