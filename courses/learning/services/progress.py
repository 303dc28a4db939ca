"""Lessons done, and how far that brings one.

Progress is by lesson and quiz ids, which outlive versions: whatever a creator adds, moves or removes, what was done stays done.
Whoever changes an enrolment's counters holds its row.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from courses.learning.access import check_open_for
from courses.learning.completion import measure, version_aim
from courses.learning.errors import HandInFirst, LessonNotFound
from courses.learning.events import CourseCompleted
from courses.learning.models import Enrolment, LessonProgress, QuizAttempt, Submission
from courses.learning.selectors import published_lesson
from courses.models import Course, HandIn, LessonKind
from courses.outline import LessonEntry, Outline, version_outline
from kit.events import publish
from kit.prepared import Prepared, PreparedSave, planned_cursor

_LOCKED: Final = Prepared(
    lambda pk: Enrolment.objects.filter(pk=pk).select_for_update(of=("self",), no_key=True).select_related("course"), -1
)
_SAVE_COUNTED: Final = PreparedSave(
    Enrolment, "lessons_completed", "lessons_total", "progress", "completed_at", "last_lesson_id", "last_activity_at"
)

# What was done, and by which version it counts. Asked once the enrolment is held: what was read while waiting for it may be old.
_DONE: Final = """
    SELECT current_version_id,
           (SELECT string_agg(lesson_id::text, ' ') FROM learning_lessonprogress
            WHERE enrolment_id = %(enrolment)s AND completed_at IS NOT NULL),
           (SELECT string_agg(DISTINCT quiz_id::text, ' ') FROM learning_quizattempt WHERE enrolment_id = %(enrolment)s AND is_passed)
    FROM courses_course WHERE id = %(course)s
"""


def lock_enrolment(enrolment: Enrolment) -> Enrolment:
    """The enrolment with its course, read anew under lock until the transaction ends. Raises `Enrolment.DoesNotExist`."""
    locked = _LOCKED.first(enrolment.pk)
    if locked is None:
        raise Enrolment.DoesNotExist
    return locked


def find_entry(enrolment: Enrolment, lesson_id: UUID | str) -> LessonEntry:
    """The lesson in the version that is learned now. Raises `LessonNotFound`, and `LessonLocked` where it is not open."""
    version = enrolment.course.current_version_id
    entry = version_outline(version).lesson_by_id.get(str(lesson_id)) if version else None
    if entry is None:
        raise LessonNotFound
    check_open_for(enrolment, entry)
    return entry


@transaction.atomic
def complete_lesson(enrolment: Enrolment, *, lesson_id: UUID | str) -> Enrolment:
    """Mark a lesson done. Doing it twice changes nothing.

    Raises `LessonNotFound`, `LessonLocked`, and `HandInFirst` for an exercise that waits for its work.
    """
    locked = lock_enrolment(enrolment)
    entry = find_entry(locked, lesson_id)
    if _waits_for_work(locked, entry):
        raise HandInFirst
    ensure_done(locked, [entry.id])
    locked.last_lesson_id, locked.last_activity_at = UUID(entry.id), timezone.now()
    return recount(locked)


@transaction.atomic
def reopen_lesson(enrolment: Enrolment, *, lesson_id: UUID | str) -> Enrolment:
    """Take the mark back; a finished course stays finished. A lesson whose quiz was passed stays done."""
    locked = lock_enrolment(enrolment)
    entry = find_entry(locked, lesson_id)
    LessonProgress.objects.filter(enrolment=locked, lesson_id=entry.id).update(completed_at=None, marks_itself=False)
    return recount(locked)


@transaction.atomic
def complete_watched(enrolment_id: int, *, lesson_id: UUID) -> bool:
    """Mark a lesson done because enough of its video was watched; whether that finishes the course. Once per video.

    Of several pages that find at once that it is enough, one marks it.
    """
    locked = lock_enrolment(Enrolment(pk=enrolment_id))
    rows = LessonProgress.objects.filter(enrolment=locked, lesson_id=lesson_id, completed_at__isnull=True, marks_itself=True)
    was_finished = locked.is_completed
    if not rows.update(completed_at=timezone.now(), marks_itself=False):
        return False
    return recount(locked).is_completed and not was_finished


@transaction.atomic
def mark_lesson(enrolment: Enrolment, *, lesson_id: UUID | str, bookmarked: bool) -> LessonProgress:
    """Set or remove a bookmark (R167). Raises `LessonNotFound` and `LessonLocked`."""
    locked = lock_enrolment(enrolment)
    entry = find_entry(locked, lesson_id)
    now = timezone.now()
    _ensure_rows(locked, [entry.id])
    rows = LessonProgress.objects.filter(enrolment=locked, lesson_id=entry.id)
    rows.filter(bookmarked_at__isnull=bookmarked).update(bookmarked_at=now if bookmarked else None)
    return rows.get()


def _waits_for_work(locked: Enrolment, entry: LessonEntry) -> bool:
    """Whether the lesson asks to hand something in and nothing was. No query but for an exercise."""
    if entry.kind != LessonKind.EXERCISE or entry.revision is None or published_lesson(entry.revision).hand_in == HandIn.NOTHING:
        return False
    return not Submission.objects.filter(enrolment=locked, lesson_id=entry.id).exists()


def ensure_done(locked: Enrolment, lesson_ids: list[str]) -> None:
    """Mark lessons done, for a caller who holds the enrolment and refreshes it. The first date counts."""
    _ensure_rows(locked, lesson_ids)
    LessonProgress.objects.filter(enrolment=locked, lesson_id__in=lesson_ids, completed_at__isnull=True).update(completed_at=timezone.now())


def _ensure_rows(locked: Enrolment, lesson_ids: list[str]) -> None:
    now = timezone.now()
    LessonProgress.objects.bulk_create(
        [LessonProgress(enrolment=locked, lesson_id=lesson, first_viewed_at=now, last_viewed_at=now) for lesson in lesson_ids],
        ignore_conflicts=True,
    )


@transaction.atomic
def refresh_progress(enrolment: Enrolment) -> Enrolment:
    """Count anew from the rows what this enrolment has done, and finish the course where its rule is fulfilled.

    Called whenever a lesson was done or a quiz handed in. Publishes `CourseCompleted` once, ever; only a full enrolment finishes.
    """
    return recount(lock_enrolment(enrolment))


def recount(locked: Enrolment) -> Enrolment:
    """As `refresh_progress`, for a caller who holds the enrolment; saves its last lesson and activity along with the counters."""
    with planned_cursor() as cursor:
        cursor.execute(_DONE, {"enrolment": locked.pk, "course": locked.course_id})
        version, lessons, quizzes = cursor.fetchone()
    if version is None:
        _SAVE_COUNTED(locked)
        return locked
    outline, aim = version_outline(version), version_aim(version)
    done, passed = set((lessons or "").split()), set((quizzes or "").split())
    by_quiz = [lesson.id for lesson in outline.lessons() if lesson.quiz and lesson.quiz.id in passed and lesson.id not in done]
    if by_quiz:
        ensure_done(locked, by_quiz)
        done.update(by_quiz)
    reached = measure(outline, aim, done=done, passed=passed)
    locked.lessons_completed, locked.lessons_total = reached.lessons_completed, aim.lessons_total
    locked.progress = 100 if locked.is_completed else reached.progress
    if reached.is_finished and locked.is_full and not locked.is_completed:
        locked.completed_at = timezone.now()
        publish(CourseCompleted(enrolment_id=locked.pk))
    _SAVE_COUNTED(locked)
    return locked


@transaction.atomic
def refresh_course(course: Course) -> int:
    """Count every enrolment of a course anew, after a version was published; how many finished by it.

    A few statements, however many learners. Whoever finished stays finished; whoever fulfils the new version's rule finishes now
    (lessons may have been removed).
    """
    enrolments = Enrolment.objects.filter(course=course)
    list(enrolments.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    # Read once nobody else counts: another version may have come out while this waited.
    version = Course.objects.values_list("current_version_id", flat=True).get(pk=course.pk)
    if version is None:
        return 0
    outline, aim = version_outline(version), version_aim(version)
    _mark_by_quizzes(course, outline)
    lessons = LessonProgress.objects.filter(completed_at__isnull=False)
    attempts = QuizAttempt.objects.filter(is_passed=True, quiz_id__in=aim.quizzes)
    reached = _count(lessons.filter(lesson_id__in=aim.lessons), "lesson") + _count(attempts, "quiz")
    enrolments.annotate(done=_count(lessons.filter(lesson_id__in=list(outline.lesson_by_id)), "lesson"), reached=reached).update(
        lessons_completed=F("done"),
        lessons_total=aim.lessons_total,
        progress=Case(
            When(Q(completed_at__isnull=False) | Q(reached=aim.size), then=Value(100)),
            default=F("reached") * 100 / aim.size,
            output_field=IntegerField(),
        ),
    )
    finished = list(enrolments.full().filter(progress=100, completed_at__isnull=True).order_by("pk").values_list("pk", flat=True))
    enrolments.filter(pk__in=finished).update(completed_at=timezone.now())
    for enrolment in finished:
        publish(CourseCompleted(enrolment_id=enrolment))
    return len(finished)


def _mark_by_quizzes(course: Course, outline: Outline) -> None:
    """Mark the lessons done whose quiz was passed while they were not part of the course. The caller holds the enrolments."""
    inside = [lesson.quiz.id for lesson in outline.lessons() if lesson.quiz]
    if not inside:
        return
    done = LessonProgress.objects.filter(enrolment=OuterRef("enrolment"), lesson=OuterRef("quiz__lesson"), completed_at__isnull=False)
    passed = QuizAttempt.objects.filter(~Exists(done), enrolment__course=course, is_passed=True, quiz_id__in=inside)
    now = timezone.now()
    rows = [
        LessonProgress(enrolment_id=enrolment, lesson_id=lesson, first_viewed_at=now, last_viewed_at=now, completed_at=now)
        for enrolment, lesson in passed.order_by().values_list("enrolment_id", "quiz__lesson_id").distinct()
    ]
    LessonProgress.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, unique_fields=["enrolment", "lesson"], update_fields=["completed_at"]
    )


def _count(rows: QuerySet[Any], what: str) -> Coalesce:
    counted = rows.filter(enrolment=OuterRef("pk")).order_by().values("enrolment").annotate(n=Count(what, distinct=True)).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
