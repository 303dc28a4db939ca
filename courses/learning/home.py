"""The course's own page: for its learner where she is, for visitors what is free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from courses.learning.access import Reason, Standing
from courses.learning.models import Note
from courses.learning.pages import Frame, LearnAddresses, StepRow, build_frame, rows_of
from courses.learning.selectors import LearnerState, Step, next_step, state_of
from courses.outline import Outline, Totals

MOST_FREE: Final = 12
"""Free lessons that are listed by themselves."""


@dataclass(frozen=True, kw_only=True)
class CourseHome:
    """`resume` is where to go on, None for visitors without a free lesson. `frame` has its module open."""

    frame: Frame
    totals: Totals
    reason: str
    is_learner: bool
    has_full_access: bool
    has_begun: bool
    is_completed: bool
    resume: StepRow | None
    free: tuple[StepRow, ...]
    bookmarks: tuple[StepRow, ...]
    notes: int
    has_notes_page: bool


def course_home(standing: Standing) -> CourseHome:
    """Three queries for learners, none for visitors."""
    outline, enrolment = standing.outline, standing.enrolment
    state = state_of(enrolment, outline)
    addresses = LearnAddresses(standing.course.slug)
    free = [lesson for lesson in outline.lessons() if lesson.is_free]
    resume: Step | None
    if standing.reason is Reason.CLOSED:
        resume = None
    elif standing.has_full_access:
        resume = next_step(outline, state, enrolment.last_lesson_id if enrolment else None)
    else:
        resume = next((lesson for lesson in free if lesson.id not in state.done), free[0] if free else None)
    shown = LearnerState() if enrolment is None else state
    rows = rows_of(addresses, standing.access_to, shown)
    return CourseHome(
        frame=build_frame(
            outline,
            title=standing.course.title,
            addresses=addresses,
            access=standing.access_to,
            state=state if enrolment else None,
            enrolment=enrolment,
            current=None,
            open_at=resume,
        ),
        totals=outline.totals,
        reason=standing.reason.value,
        is_learner=standing.reason is Reason.ENROLLED,
        has_full_access=standing.has_full_access,
        has_begun=bool(enrolment and (state.done or enrolment.last_lesson_id)),
        is_completed=bool(enrolment and enrolment.is_completed),
        resume=rows([resume])[0] if resume else None,
        free=rows(listed_free(outline)) if standing.may_preview else (),
        bookmarks=rows([lesson for lesson in outline.lessons() if lesson.id in state.bookmarked and standing.access_to(lesson).accessible]),
        notes=Note.objects.filter(enrolment=enrolment).count() if enrolment else 0,
        has_notes_page=enrolment is not None,
    )


def listed_free(outline: Outline) -> list[Step]:
    """The first free lessons where they are in several modules. Those of one stand together in the outline, which is open there."""
    free: list[Step] = [lesson for lesson in outline.lessons() if lesson.is_free]
    return free[:MOST_FREE] if len({outline.module_of[lesson.id].id for lesson in free}) > 1 else []
