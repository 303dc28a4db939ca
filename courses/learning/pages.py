"""What the pages of the player hold, as plain objects: a lesson of a version and one of a draft look the same.

`Frame` is what stands round every step: the bar, the outline, the way back and on. `LessonPage` is a lesson in it. Whoever shows a
draft builds them from the draft's `Outline` and `LessonContent`, with addresses of its own and nobody's progress; the templates
`courses/learning/lesson.html` and `player_base.html` ask for nothing else than `page` and `frame`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from courses.content import AttachmentContent, LessonContent
from courses.learning.access import LessonAccess
from courses.learning.completion import percentage
from courses.learning.models import Enrolment, Note, Submission
from courses.learning.selectors import LearnerState, Place, Step
from courses.models import HandIn, LessonKind
from courses.outline import LessonEntry, ModuleEntry, Outline, QuizEntry
from courses.video.playing import VideoFrame
from kit.durations import duration

AccessOf = Callable[[Step], LessonAccess]


class Addresses(Protocol):
    """Where the links of a page lead. "" leaves a link out."""

    course: str

    def lesson(self, slug: str) -> str: ...
    def quiz(self, slug: str) -> str: ...
    def module(self, module_id: str) -> str:
        """Where a module's steps are fetched from when it is opened; "" puts the steps of every module into the page."""
        ...

    def file(self, lesson_slug: str, attachment_id: str) -> str: ...


class LearnAddresses:
    """Those of a published course. One address is looked up, the others are below it."""

    def __init__(self, slug: str) -> None:
        self.course = reverse("learn_course", args=[slug])

    def lesson(self, slug: str) -> str:
        return f"{self.course}{slug}/"

    def quiz(self, slug: str) -> str:
        return f"{self.course}quizzes/{slug}/"

    def module(self, module_id: str) -> str:
        return f"{self.course}outline/{module_id}/"

    def file(self, lesson_slug: str, attachment_id: str) -> str:
        return f"{self.course}{lesson_slug}/files/{attachment_id}/"

    def video(self, lesson_slug: str) -> str:
        """What the addresses of a lesson's video begin with."""
        return f"{self.course}{lesson_slug}/video/"


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRow:
    """A line of the outline. `state` is one of current, done, open, free, locked; `fact` is how long it takes."""

    id: str
    title: str
    href: str
    state: str
    fact: str
    is_current: bool = False


@dataclass(frozen=True, kw_only=True)
class Part:
    """A module in the outline, or the final assessment (`number` 0). `steps` is None where they come when it is opened."""

    id: str
    number: int
    title: str
    href: str
    is_open: bool
    count: str
    steps: tuple[StepRow, ...] | None


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What stands round a step. `done` and `total` count lessons; None for whoever has no progress here."""

    course_title: str
    course_href: str
    parts: tuple[Part, ...]
    place: str = ""
    before: StepRow | None = None
    after: StepRow | None = None
    done: int | None = None
    total: int = 0
    progress: int = 0
    minutes_left: int = 0

    @property
    def time_words(self) -> str:
        """ "3 h 18 min left"; without progress how long all of it is."""
        if not self.minutes_left and self.done is not None:
            return ""
        length = duration(self.minutes_left)
        return length if self.done is None else _("%(length)s left") % {"length": length}

    @property
    def here(self) -> StepRow | None:
        """The line of the current step."""
        return next((step for part in self.parts if part.is_open for step in part.steps or () if step.is_current), None)

    @property
    def open_part(self) -> Part | None:
        return next((part for part in self.parts if part.is_open and part.number), None)


@dataclass(frozen=True, kw_only=True)
class FileRow:
    name: str
    size: int
    href: str


@dataclass(frozen=True, kw_only=True)
class LessonPage:
    """A lesson in the player. `is_learner` turns on what is kept: the mark, the bookmark, notes, time. `ticket` is for `beats`."""

    frame: Frame
    lesson: LessonEntry
    content: LessonContent
    href: str
    files: tuple[FileRow, ...] = ()
    is_learner: bool = False
    notice: str | Promise = ""
    is_done: bool = False
    is_bookmarked: bool = False
    can_undo: bool = False
    ticket: str = ""
    place: Place = field(default_factory=Place)
    notes: tuple[Note, ...] = ()
    notes_href: str = ""
    submissions: tuple[Submission, ...] = ()
    has_quiz: bool = False
    video: VideoFrame | None = None

    @property
    def is_exercise(self) -> bool:
        return self.content.kind == LessonKind.EXERCISE

    @property
    def wants_hand_in(self) -> bool:
        """Whether something is handed in; the lesson is then done by it, not by a mark."""
        return self.is_exercise and self.content.hand_in != HandIn.NOTHING

    @property
    def has_video(self) -> bool:
        return self.content.kind in (LessonKind.VIDEO, LessonKind.VIDEO_EMBED)


def build_frame(
    outline: Outline,
    *,
    title: str,
    addresses: Addresses,
    access: AccessOf,
    state: LearnerState | None = None,
    enrolment: Enrolment | None = None,
    current: Step | None = None,
    open_at: Step | None = None,
) -> Frame:
    """The frame of the step `current`. Without `state` nobody's progress is shown. No query.

    The steps of the current module (of `open_at` where there is no current step) and of the final assessment are in the page; those
    of others are where `addresses.module` says, or in the page where it says nothing.
    """
    known = state or LearnerState()
    rows = _Rows(addresses, access, state, current)
    shown = current or open_at
    open_module = outline.module_of.get(shown.id) if shown else None
    parts = [_part(rows, number, module, module is open_module) for number, module in enumerate(outline.modules, 1)]
    if outline.quizzes:
        steps = rows.of(outline.quizzes)
        parts.append(Part(id="final", number=0, title=_("At the end of the course"), href="", is_open=True, count="", steps=steps))
    before, after = _neighbours(outline, current)
    done = known.done & outline.lesson_by_id.keys()
    total = len(outline.lesson_by_id)
    return Frame(
        course_title=title,
        course_href=addresses.course,
        parts=tuple(parts),
        place=_place(outline, current),
        before=rows.one(before) if before else None,
        after=rows.one(after) if after else None,
        done=len(done) if state is not None else None,
        total=total,
        progress=enrolment.progress if enrolment else percentage(len(done), total),
        minutes_left=outline.totals.minutes - sum([outline.lesson_by_id[lesson].minutes for lesson in done]),
    )


def module_rows(
    outline: Outline, module: ModuleEntry, *, addresses: Addresses, access: AccessOf, state: LearnerState | None = None
) -> tuple[StepRow, ...]:
    """The steps of one module, for the outline that opens it."""
    return _Rows(addresses, access, state, None).of([*module.lessons, *module.quizzes])


def rows_of(addresses: Addresses, access: AccessOf, state: LearnerState | None) -> Callable[[Sequence[Step]], tuple[StepRow, ...]]:
    """Turns steps into lines, wherever they are listed."""
    return _Rows(addresses, access, state, None).of


def file_rows(entry: LessonEntry, attachments: tuple[AttachmentContent, ...], addresses: Addresses) -> tuple[FileRow, ...]:
    return tuple(FileRow(name=file.name, size=file.size, href=addresses.file(entry.slug, file.id)) for file in attachments)


class _Rows:
    def __init__(self, addresses: Addresses, access: AccessOf, state: LearnerState | None, current: Step | None) -> None:
        self.addresses, self.access, self.state = addresses, access, state or LearnerState()
        self.finished = self.state.done | self.state.passed
        self.shows_progress = state is not None
        self.current_id = current.id if current else ""
        self.language = get_language()

    def of(self, steps: Sequence[Step]) -> tuple[StepRow, ...]:
        return tuple(self.one(step) for step in steps)

    def one(self, step: Step) -> StepRow:
        href = self.addresses.lesson(step.slug) if isinstance(step, LessonEntry) else self.addresses.quiz(step.slug)
        return StepRow(
            id=step.id,
            title=step.title,
            href=href,
            state=self._state(step),
            fact=_fact(step, self.language),
            is_current=step.id == self.current_id,
        )

    def count(self, steps: list[Step]) -> str:
        # One set of ids: those of lessons and of quizzes never meet.
        done = len([1 for step in steps if step.id in self.finished]) if self.shows_progress else None
        return _count(done, len(steps), self.language)

    def _state(self, step: Step) -> str:
        access = self.access(step)
        if step.id in self.finished:
            return "done"
        if not access.accessible:
            return "locked"
        if step.id == self.current_id:
            return "current"
        return "free" if access.reason == "free_preview" else "open"


def _part(rows: _Rows, number: int, module: ModuleEntry, is_open: bool) -> Part:
    steps: list[Step] = [*module.lessons, *module.quizzes]
    href = rows.addresses.module(module.id)
    return Part(
        id=module.id,
        number=number,
        title=module.title,
        href=href,
        is_open=is_open,
        count=rows.count(steps),
        steps=rows.of(steps) if is_open or not href else None,
    )


# Said in every line of an outline, by every page: kept by what they say and in which language.
@lru_cache(maxsize=1024)
def _count(done: int | None, total: int, language: str | None) -> str:
    if done is None:
        return ngettext("%(count)d step", "%(count)d steps", total) % {"count": total}
    return _("%(done)d of %(total)d") % {"done": done, "total": total}


@lru_cache(maxsize=4096)
def _fact(step: Step, language: str | None) -> str:
    if isinstance(step, LessonEntry):
        return duration(step.minutes)
    return ngettext("%(count)d question", "%(count)d questions", step.questions) % {"count": step.questions}


def _neighbours(outline: Outline, current: Step | None) -> tuple[Step | None, Step | None]:
    steps = outline.steps
    ids = [step.id for step in steps]
    if current is None or current.id not in ids:
        return None, None
    at = ids.index(current.id)
    return steps[at - 1] if at else None, steps[at + 1] if at + 1 < len(steps) else None


def _place(outline: Outline, current: Step | None) -> str:
    """ "Part 2, lesson 3 of 6"."""
    module = outline.module_of.get(current.id) if current else None
    if current is None:
        return ""
    if module is None:
        return _("Final assessment")
    number = outline.modules.index(module) + 1
    if isinstance(current, QuizEntry):
        return _("Part %(part)d, quiz") % {"part": number}
    values = {"part": number, "lesson": module.lessons.index(current) + 1, "lessons": len(module.lessons)}
    return _("Part %(part)d, lesson %(lesson)d of %(lessons)d") % values
