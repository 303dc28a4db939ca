"""What pages of learning show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from courses.content import LessonContent, read_lesson_content
from courses.learning.models import Enrolment, LessonProgress, Note, QuizAttempt, Submission
from courses.learning.watching import Film, Ranges
from courses.models import Course, LessonKind, LessonRevision
from courses.outline import LessonEntry, Outline, QuizEntry, version_outline
from courses.video.selectors import seconds_of
from kit.prepared import Prepared, planned_cursor

Step = LessonEntry | QuizEntry


@lru_cache(maxsize=256)
def published_lesson(revision: int) -> LessonContent:
    """What a lesson said when it was published, kept in memory: a revision never changes. One query at first, none later."""
    return read_lesson_content(LessonRevision.objects.values_list("content", flat=True).get(pk=revision))


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one was in a lesson: seconds of the video, thousandths of the page."""

    video_seconds: int = 0
    page_permille: int = 0


@dataclass(frozen=True, kw_only=True)
class LearnerState:
    """What somebody has done in a course: ids of lessons and quizzes."""

    done: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()
    bookmarked: frozenset[str] = frozenset()
    places: Mapping[str, Place] = field(default_factory=dict)

    def has_done(self, step: Step) -> bool:
        return step.id in (self.done if isinstance(step, LessonEntry) else self.passed)


# Every page of the player asks this: one row instead of one per lesson.
_STATE: Final = """
    SELECT string_agg(lesson_id::text, ' ') FILTER (WHERE completed_at IS NOT NULL),
           string_agg(lesson_id::text, ' ') FILTER (WHERE bookmarked_at IS NOT NULL),
           string_agg(concat_ws('/', lesson_id, video_seconds, page_permille), ' ') FILTER (WHERE video_seconds > 0 OR page_permille > 0),
           (SELECT string_agg(DISTINCT quiz_id::text, ' ') FROM learning_quizattempt
            WHERE enrolment_id = %(enrolment)s AND is_passed AND %(has_quizzes)s)
    FROM learning_lessonprogress WHERE enrolment_id = %(enrolment)s
"""


def state_of(enrolment: Enrolment | None, outline: Outline) -> LearnerState:
    """One query, however many lessons; none without an enrolment."""
    if enrolment is None:
        return LearnerState()
    with planned_cursor() as cursor:
        cursor.execute(_STATE, {"enrolment": enrolment.pk, "has_quizzes": bool(outline.quiz_by_id)})
        done, bookmarked, places, passed = (row or "" for row in cursor.fetchone())
    return LearnerState(
        done=frozenset(done.split()),
        passed=frozenset(passed.split()),
        bookmarked=frozenset(bookmarked.split()),
        places={
            lesson: Place(video_seconds=int(video), page_permille=int(page))
            for lesson, video, page in (place.split("/") for place in places.split())
        },
    )


def watched_in(enrolment: Enrolment | None, lesson_id: UUID | str, *, video_id: UUID | str) -> Ranges:
    """What somebody played of the video that the lesson shows. One query; none without an enrolment."""
    if enrolment is None:
        return ()
    rows = LessonProgress.objects.filter(enrolment=enrolment, lesson_id=lesson_id, watched_video=video_id)
    return rows.values_list("watched", flat=True).first() or ()


def film_of(entry: LessonEntry) -> Film | None:
    """The video of one's own that a lesson shows, once its length is known. One query, for lessons with a video."""
    content = published_lesson(entry.revision) if entry.revision else None
    if content is None or content.kind != LessonKind.VIDEO or not content.video_id:
        return None
    seconds = seconds_of(content.video_id)
    return Film(video_id=UUID(content.video_id), seconds=seconds) if seconds else None


def next_step(outline: Outline, state: LearnerState, last_lesson_id: UUID | str | None) -> Step:
    """Where to go on: the lesson that was open last unless it is done, else what follows it and is not done, else the first such.

    With everything done it is the last one open, or the first of all.
    """
    steps = outline.steps
    last = str(last_lesson_id) if last_lesson_id else ""
    at = next((index for index, step in enumerate(steps) if step.id == last), 0)
    ahead = [*steps[at:], *steps[:at]]
    return next((step for step in ahead if not state.has_done(step)), steps[at])


def resume_step(enrolment: Enrolment) -> Step | None:
    """As `next_step`, for one enrolment; None while the course has no version. Three queries at most."""
    version = enrolment.course.current_version_id
    if version is None:
        return None
    outline = version_outline(version)
    return next_step(outline, state_of(enrolment, outline), enrolment.last_lesson_id)


def resume_steps(enrolments: Iterable[Enrolment]) -> dict[int, Step]:
    """By the enrolments' pks (with their courses selected): where each goes on. Two queries, however many."""
    taken = [enrolment for enrolment in enrolments if enrolment.course.current_version_id]
    done: dict[int, set[str]] = defaultdict(set)
    passed: dict[int, set[str]] = defaultdict(set)
    if taken:
        rows = LessonProgress.objects.filter(enrolment__in=taken, completed_at__isnull=False).values_list("enrolment_id", "lesson_id")
        for pk, lesson in rows:
            done[pk].add(str(lesson))
        for pk, quiz in QuizAttempt.objects.filter(enrolment__in=taken, is_passed=True).values_list("enrolment_id", "quiz_id"):
            passed[pk].add(str(quiz))
    found: dict[int, Step] = {}
    for enrolment in taken:
        assert enrolment.course.current_version_id is not None
        state = LearnerState(done=frozenset(done[enrolment.pk]), passed=frozenset(passed[enrolment.pk]))
        found[enrolment.pk] = next_step(version_outline(enrolment.course.current_version_id), state, enrolment.last_lesson_id)
    return found


def courses_of(user: User) -> QuerySet[Enrolment]:
    """The courses that somebody has, most recent activity first, with the course and its creator (R203, R204)."""
    return Enrolment.objects.of(user).full().select_related("course__creator__profile", "last_lesson").order_by("-last_activity_at", "-pk")


def previews_of(user: User) -> QuerySet[Enrolment]:
    """Courses of which somebody took free lessons and nothing more, most recent activity first."""
    previews = Enrolment.objects.of(user).filter(source=Enrolment.Source.PREVIEW, revoked_at__isnull=True)
    return previews.select_related("course__creator__profile", "last_lesson").order_by("-last_activity_at", "-pk")


_NOTES: Final = Prepared(lambda enrolment, lesson: Note.objects.filter(enrolment_id=enrolment, lesson_id=lesson), -1, UUID(int=0))


def notes_on(enrolment: Enrolment, lesson_id: UUID | str) -> list[Note]:
    """A lesson's notes: those at a time of the video in its order, then the others as they were written."""
    return _in_order(_NOTES.all(enrolment.pk, UUID(str(lesson_id))))


@dataclass(frozen=True, kw_only=True)
class LessonNotes:
    """The notes to one lesson. `slug` is "" where the lesson is no longer part of the course."""

    title: str
    slug: str
    notes: list[Note]


def notes_of(enrolment: Enrolment) -> list[LessonNotes]:
    """All notes of a course by lesson, in the order of the course; lessons that left it come last. Two queries at most."""
    by_lesson: dict[str, list[Note]] = defaultdict(list)
    for note in Note.objects.filter(enrolment=enrolment).order_by("created_at"):
        by_lesson[str(note.lesson_id)].append(note)
    version = enrolment.course.current_version_id
    outline = version_outline(version) if version else None
    found = []
    for lesson in outline.lessons() if outline else ():
        if notes := by_lesson.pop(lesson.id, None):
            found.append(LessonNotes(title=lesson.title, slug=lesson.slug, notes=_in_order(notes)))
    titles = _last_titles(list(by_lesson)) if by_lesson else {}
    return found + [LessonNotes(title=titles.get(lesson, ""), slug="", notes=_in_order(notes)) for lesson, notes in by_lesson.items()]


def _in_order(notes: list[Note]) -> list[Note]:
    return sorted(notes, key=lambda note: (note.at_seconds is None, note.at_seconds or 0, note.created_at))


def _last_titles(lessons: Iterable[str]) -> dict[str, str]:
    """As they were last published: what a creator calls them in the draft by now is nobody else's to read."""
    rows = (
        LessonRevision.objects.filter(lesson_id__in=[UUID(lesson) for lesson in lessons]).order_by("lesson_id", "-pk").distinct("lesson_id")
    )
    return {str(lesson): title for lesson, title in rows.values_list("lesson_id", "content__title")}


def submissions_to(enrolment: Enrolment, lesson_id: UUID | str) -> list[Submission]:
    """What was handed in for an exercise, the newest first."""
    return list(Submission.objects.filter(enrolment=enrolment, lesson_id=lesson_id).order_by("-number"))


def has_learners(course: Course) -> bool:
    """Whether anybody is or was enrolled, be it for free lessons."""
    return Enrolment.objects.filter(course=course).exists()
