"""Learning by the API: one's courses, what is open in them, and what is done. The rules are those of the player."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from accounts.api_auth import auth_for, user_auth
from accounts.models import Scope, User
from courses.api_schemas import WHOLE, AttachmentOut, CourseSlug, LessonSlug, QuizLine, TotalsOut, absolute, files_out, quiz_line
from courses.learning.access import Standing, get_standing, open_lesson
from courses.learning.errors import LessonNotFound
from courses.learning.limits import MOST_RANGES
from courses.learning.models import Enrolment
from courses.learning.selectors import LearnerState, Step, courses_of, film_of, published_lesson, resume_steps, state_of
from courses.learning.services.beats import record_beat
from courses.learning.services.enrolments import enrolment_in
from courses.learning.services.progress import complete_lesson, mark_lesson, reopen_lesson
from courses.learning.watching import check_ranges
from courses.outline import LessonEntry, QuizEntry
from kit.ratelimit import limit as limit_rate
from kit.storage import download_url

learning_router = Router(tags=["learning"])


class StepOut(Schema):
    """A lesson, or a quiz that stands on its own."""

    kind: str = Field(description="`lesson` or `quiz`.")
    slug: str
    title: str
    url: str


class ProgressOut(Schema):
    """`progress` is in whole per cent, 100 only when the course is finished. A `preview` remembers what was done in free lessons."""

    source: str
    is_open: bool = Field(description="Whether the whole course is open: false for a preview, and after a refund.")
    progress: int
    lessons_completed: int
    lessons_total: int
    seconds_spent: int
    enrolled_at: datetime
    last_activity_at: datetime
    completed_at: datetime | None


class TakenCourse(ProgressOut):
    """`next` is where one goes on."""

    slug: str
    title: str
    creator: str
    url: str
    next: StepOut | None


class TakenCourses(Schema):
    count: int
    items: list[TakenCourse]


class AccessOut(Schema):
    """`reason` is one of owner, staff, enrolled, free_preview, revoked, locked; `sentence` says it to people (R202)."""

    accessible: bool
    reason: str
    sentence: str


class LearnLesson(Schema):
    id: UUID
    slug: str
    title: str
    kind: str
    minutes: int
    is_done: bool
    is_bookmarked: bool
    access: AccessOut
    quiz: QuizLine | None


class LearnQuiz(QuizLine):
    is_passed: bool
    access: AccessOut


class LearnModule(Schema):
    id: UUID
    title: str
    description: str
    minutes: int
    lessons: list[LearnLesson]
    quizzes: list[LearnQuiz]


class LearnCourse(Schema):
    """The version that learners take now, as it stands open to whoever asks. `progress` is null before anything was done."""

    slug: str
    title: str
    outcomes: list[str]
    prerequisites: list[str]
    audience: list[str]
    level: str
    language: str
    totals: TotalsOut
    progress: ProgressOut | None
    modules: list[LearnModule]
    quizzes: list[LearnQuiz]


class LessonPageOut(Schema):
    """What a lesson says. `text` is Markdown; `video_seconds` is where the video stood last."""

    id: UUID
    slug: str
    title: str
    kind: str
    text: str
    takeaways: list[str]
    minutes: int
    video_url: str
    hand_in: str
    self_check: list[str]
    files: list[AttachmentOut]
    quiz: QuizLine | None
    url: str
    is_done: bool
    is_bookmarked: bool
    video_seconds: int


class MarksOut(Schema):
    """How a lesson is marked, and how far that brings one."""

    is_done: bool
    is_bookmarked: bool
    progress: ProgressOut


class BeatIn(Schema):
    """`sitting` is an id that the program draws when the lesson is opened; `seconds` how long it has been open since, all in all.

    A report that comes twice, late or out of order counts once, and no more is counted than the clock says has passed.
    """

    sitting: UUID
    seconds: Annotated[int, Field(ge=0, le=2_147_483_647), WHOLE]
    video_seconds: Annotated[int, Field(ge=0, le=2_147_483_647), WHOLE] | None = None
    page_permille: Annotated[int, Field(ge=0, le=1000), WHOLE] | None = Field(
        None, description="How far down the lesson one has read, in thousandths."
    )
    watched: list[tuple[int, int]] = Field(
        [],
        max_length=MOST_RANGES,
        description="All ranges of seconds of the lesson's own video that were played in this sitting: `[[0, 45], [60, 72]]`, the"
        " second number not included. With nine tenths of the video in them, from all sittings, the lesson is done.",
    )


class LessonFileLink(Schema):
    """A link that needs no sign-in and works for `expires_in` seconds."""

    url: str
    name: str
    size_bytes: int
    sha256: str
    content_type: str
    expires_in: int


def _step(course: str, step: Step) -> dict[str, Any]:
    name = "learn_quiz" if isinstance(step, QuizEntry) else "learn_lesson"
    url = absolute(reverse(name, args=[course, step.slug]))
    return {"kind": name.removeprefix("learn_"), "slug": step.slug, "title": step.title, "url": url}


def _progress(enrolment: Enrolment) -> dict[str, Any]:
    names = [name for name in ProgressOut.model_fields if name != "is_open"]
    return {**{name: getattr(enrolment, name) for name in names}, "is_open": enrolment.is_full}


def _access(standing: Standing, entry: LessonEntry | QuizEntry) -> dict[str, Any]:
    found = standing.access_to(entry)
    return {"accessible": found.accessible, "reason": found.reason.value, "sentence": str(found.sentence)}


def _lesson(standing: Standing, state: LearnerState, entry: LessonEntry) -> dict[str, Any]:
    return {
        **{name: getattr(entry, name) for name in ("id", "slug", "title", "kind", "minutes")},
        "is_done": entry.id in state.done,
        "is_bookmarked": entry.id in state.bookmarked,
        "access": _access(standing, entry),
        "quiz": quiz_line(entry.quiz) if entry.quiz else None,
    }


def _quiz(standing: Standing, state: LearnerState, entry: QuizEntry) -> dict[str, Any]:
    return {**quiz_line(entry), "is_passed": entry.id in state.passed, "access": _access(standing, entry)}


def _opened(request: HttpRequest, slug: str, lesson: str) -> tuple[Standing, LessonEntry]:
    """Raises `CourseNotFound`, `LessonNotFound`, `LessonLocked`."""
    standing = get_standing(cast(User, request.user), slug)
    return standing, open_lesson(standing, lesson)


@learning_router.get("/courses", response={200: TakenCourses}, auth=user_auth, summary="Courses that I have")
def taken(request: HttpRequest, limit: int = Query(50, ge=1, le=100), offset: int = Query(0, ge=0, le=100_000)) -> dict[str, Any]:
    """The one with the most recent activity on top, each with where it goes on (R203, R204)."""
    mine = courses_of(cast(User, request.user))
    page = list(mine[offset : offset + limit])
    ahead = resume_steps(page)
    return {
        "count": mine.count(),
        "items": [
            {
                **_progress(enrolment),
                "slug": enrolment.course.slug,
                "title": enrolment.course.title,
                "creator": enrolment.course.creator.username,
                "url": absolute(enrolment.course.get_absolute_url()),
                "next": _step(enrolment.course.slug, ahead[enrolment.pk]) if enrolment.pk in ahead else None,
            }
            for enrolment in page
        ],
    }


@learning_router.get("/courses/{slug}", response={200: LearnCourse}, auth=user_auth, summary="A course and what is open in it")
def outline(request: HttpRequest, slug: CourseSlug) -> dict[str, Any]:
    """Every lesson with whether it is open, and why or why not (R202)."""
    standing = get_standing(cast(User, request.user), slug)
    course, state = standing.course, state_of(standing.enrolment, standing.outline)
    said = ("slug", "title", "outcomes", "prerequisites", "audience", "level", "language")
    totals = standing.outline.totals
    return {
        **{name: getattr(course, name) for name in said},
        "totals": {name: getattr(totals, name) for name in TotalsOut.model_fields},
        "progress": _progress(standing.enrolment) if standing.enrolment else None,
        "modules": [
            {
                **{name: getattr(module, name) for name in ("id", "title", "description", "minutes")},
                "lessons": [_lesson(standing, state, lesson) for lesson in module.lessons],
                "quizzes": [_quiz(standing, state, quiz) for quiz in module.quizzes],
            }
            for module in standing.outline.modules
        ],
        "quizzes": [_quiz(standing, state, quiz) for quiz in standing.outline.quizzes],
    }


@learning_router.get("/courses/{slug}/lessons/{lesson}", response={200: LessonPageOut}, auth=user_auth, summary="Read a lesson")
def lesson_page(request: HttpRequest, slug: CourseSlug, lesson: LessonSlug) -> dict[str, Any]:
    """A closed one is refused with 403 `lesson_locked` and a `reason` (R201). The questions of its quiz are asked on the page alone."""
    standing, entry = _opened(request, slug, lesson)
    assert entry.revision is not None
    content, state = published_lesson(entry.revision), state_of(standing.enrolment, standing.outline)
    place = state.places.get(entry.id)
    said = ("title", "kind", "text", "takeaways", "minutes", "video_url", "hand_in", "self_check")
    return {
        **{name: getattr(content, name) for name in said},
        "id": entry.id,
        "slug": entry.slug,
        "files": files_out(content),
        "quiz": quiz_line(entry.quiz) if entry.quiz else None,
        "url": absolute(reverse("learn_lesson", args=[slug, entry.slug])),
        "is_done": entry.id in state.done,
        "is_bookmarked": entry.id in state.bookmarked,
        "video_seconds": place.video_seconds if place else 0,
    }


def _marks(request: HttpRequest, slug: str, entry: LessonEntry) -> dict[str, Any]:
    standing = get_standing(cast(User, request.user), slug)
    state, enrolment = state_of(standing.enrolment, standing.outline), standing.enrolment
    assert enrolment is not None
    return {"is_done": entry.id in state.done, "is_bookmarked": entry.id in state.bookmarked, "progress": _progress(enrolment)}


@learning_router.put("/courses/{slug}/lessons/{lesson}/completion", response={200: MarksOut}, auth=user_auth, summary="Mark a lesson done")
def complete(request: HttpRequest, slug: CourseSlug, lesson: LessonSlug) -> dict[str, Any]:
    """Doing it twice changes nothing. With the last step the course is finished."""
    standing, entry = _opened(request, slug, lesson)
    complete_lesson(enrolment_in(standing, entry), lesson_id=entry.id)
    return _marks(request, slug, entry)


@learning_router.delete(
    "/courses/{slug}/lessons/{lesson}/completion", response={200: MarksOut}, auth=user_auth, summary="Take the mark back"
)
def reopen(request: HttpRequest, slug: CourseSlug, lesson: LessonSlug) -> dict[str, Any]:
    """A finished course stays finished."""
    standing, entry = _opened(request, slug, lesson)
    reopen_lesson(enrolment_in(standing, entry), lesson_id=entry.id)
    return _marks(request, slug, entry)


@learning_router.put("/courses/{slug}/lessons/{lesson}/bookmark", response={200: MarksOut}, auth=user_auth, summary="Bookmark a lesson")
def bookmark(request: HttpRequest, slug: CourseSlug, lesson: LessonSlug) -> dict[str, Any]:
    standing, entry = _opened(request, slug, lesson)
    mark_lesson(enrolment_in(standing, entry), lesson_id=entry.id, bookmarked=True)
    return _marks(request, slug, entry)


@learning_router.delete("/courses/{slug}/lessons/{lesson}/bookmark", response={200: MarksOut}, auth=user_auth, summary="Remove a bookmark")
def forget(request: HttpRequest, slug: CourseSlug, lesson: LessonSlug) -> dict[str, Any]:
    standing, entry = _opened(request, slug, lesson)
    mark_lesson(enrolment_in(standing, entry), lesson_id=entry.id, bookmarked=False)
    return _marks(request, slug, entry)


@learning_router.post("/courses/{slug}/lessons/{lesson}/beats", response={204: None}, auth=user_auth, summary="Report time spent")
def beat(request: HttpRequest, slug: CourseSlug, lesson: LessonSlug, payload: BeatIn) -> Status:
    """Every fifteen seconds or so while a lesson is open, and once when it is closed (R165)."""
    standing, entry = _opened(request, slug, lesson)
    watched = check_ranges(payload.watched)
    record_beat(
        enrolment_in(standing, entry),
        lesson_id=entry.id,
        sitting=payload.sitting,
        seconds=payload.seconds,
        video_seconds=payload.video_seconds,
        page_permille=payload.page_permille,
        watched=watched,
        film=film_of(entry) if watched else None,
    )
    return Status(204, None)


@learning_router.post(
    "/courses/{slug}/lessons/{lesson}/files/{uuid:file_id}/download",
    response={200: LessonFileLink},
    auth=auth_for(Scope.DOWNLOAD),
    summary="Get a link to a lesson's file",
)
def download(request: HttpRequest, slug: CourseSlug, lesson: LessonSlug, file_id: UUID) -> dict[str, Any]:
    """As the published version has it."""
    limit_rate("lesson_file", rate="120/m", request=request, by="user")
    _standing, entry = _opened(request, slug, lesson)
    files = published_lesson(entry.revision).attachments if entry.revision else ()
    found = next((one for one in files if one.id == str(file_id)), None)
    if found is None:
        raise LessonNotFound(_("This file is not part of the lesson."))
    url = download_url(found.file, filename=found.name, content_type=found.content_type, seconds=settings.DOWNLOAD_LINK_SECONDS)
    return {
        "url": absolute(url),
        "name": found.name,
        "size_bytes": found.size,
        "sha256": found.sha256,
        "content_type": found.content_type,
        "expires_in": settings.DOWNLOAD_LINK_SECONDS,
    }
