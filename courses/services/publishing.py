"""Publishing: the draft becomes the version that learners take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from courses.completeness import missing_from_draft
from courses.content import Content, LessonContent, QuizContent, as_stored, digest_of, lesson_content, quiz_content
from courses.drafting import Draft, build_outline, read_draft, read_draft_outline
from courses.errors import NotReady
from courses.events import CoursePublished
from courses.models import Attachment, Course, CourseVersion, Lesson, LessonKind, LessonRevision, QuizRevision
from courses.outline import Outline, outline_as_stored, version_outline, version_shape
from courses.services.locks import lock_course
from courses.texts import clean_text
from kit.events import publish


@transaction.atomic
def publish_course(course: Course, *, by: User, note: str = "") -> CourseVersion:
    """Freeze the draft as the next version and let learners take it.

    Lessons and quizzes that did not change keep their revisions. Where nothing changed, the version that learners take is given back:
    whoever presses twice, or in two windows, makes one. Raises `NotReady` with what is missing, and `BadCourse`.
    """
    course = lock_course(course)
    draft = read_draft(course)
    if missing := missing_from_draft(draft):
        raise NotReady(missing)
    lessons, quizzes = _contents(draft)
    outline = build_outline(
        draft.modules,
        draft.lessons,
        [quiz for quiz in draft.quizzes if quiz.pk in quizzes],
        {quiz: len(found) for quiz, found in draft.questions.items()},
        lesson_revisions=_ensure_revisions(LessonRevision, "lesson_id", lessons),
        quiz_revisions=_ensure_revisions(QuizRevision, "quiz_id", quizzes),
    )
    if same := _equal_version(course, outline):
        return same
    last = CourseVersion.objects.filter(course=course).aggregate(last=Max("number"))["last"] or 0
    totals = outline.totals
    version = CourseVersion.objects.create(
        course=course,
        number=last + 1,
        note=clean_text(note, field="note", most=2000).strip(),
        published_at=timezone.now(),
        published_by=by,
        outline=outline_as_stored(outline),
        completion=course.completion,
        module_count=totals.modules,
        lesson_count=totals.lessons,
        quiz_count=totals.quizzes,
        free_lesson_count=totals.free_lessons,
        minutes=totals.minutes,
    )
    course.current_version = version
    course.save(update_fields=["current_version"])
    publish(CoursePublished(course_id=course.pk, version_id=version.pk))
    return version


def _equal_version(course: Course, outline: Outline) -> CourseVersion | None:
    """The version that learners take, where publishing would make one like it."""
    if course.current_version_id is None:
        return None
    current = CourseVersion.objects.defer("outline").get(pk=course.current_version_id)
    return current if current.completion == course.completion and version_outline(current.pk) == outline else None


def unpublished_changes(course: Course, *, outline: Outline | None = None, draft: Draft | None = None) -> bool:
    """Whether learners would get something else if the draft were published now; true for what never was.

    `outline` is the draft's, or `draft` all of it, where the caller has them. What the outline shows costs no query; only when that is
    as published are the texts compared.
    """
    version = course.current_version
    if version is None or version.completion != course.completion:
        return True
    if outline is not None and version_shape(version.pk) != outline:
        return True
    if draft is not None:
        return version_shape(version.pk) != draft.outline or _says_otherwise(draft, version.pk)
    if outline is None and version_shape(version.pk) != read_draft_outline(course):
        return True
    return _edited_since(course, version) or _kept_comparison(course.pk, version.pk, _mark(course))


def _edited_since(course: Course, version: CourseVersion) -> bool:
    """Whether a lesson that was saved after the version says something else. Reads only those, so that writing stays quick."""
    saved = list(Lesson.objects.present().filter(course=course, updated_at__gt=version.published_at))
    if not saved:
        return False
    named = version_outline(version.pk).lesson_by_id
    revisions = [entry.revision for lesson in saved if (entry := named.get(str(lesson.pk))) and entry.revision]
    held = dict(LessonRevision.objects.filter(pk__in=revisions).values_list("lesson", "digest"))
    attachments: dict[UUID, list[Attachment]] = defaultdict(list)
    for attachment in Attachment.objects.present().filter(lesson__in=saved).order_by("position", "created_at"):
        attachments[attachment.lesson_id].append(attachment)
    return any(held.get(lesson.pk) != digest_of(lesson_content(lesson, attachments[lesson.pk])) for lesson in saved)


def _mark(course: Course) -> str:
    """Stands for everything that the rows of the draft hold: another one when any of them changed."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"course": course.pk})
        mark: str = cursor.fetchone()[0]
    return mark


_MARK = """
    SELECT md5(concat(
        (SELECT string_agg(md5(lesson::text), '' ORDER BY lesson.id) FROM courses_lesson lesson WHERE lesson.course_id = %(course)s),
        (SELECT string_agg(md5(quiz::text), '' ORDER BY quiz.id) FROM courses_quiz quiz WHERE quiz.course_id = %(course)s),
        (SELECT string_agg(md5(question::text), '' ORDER BY question.id)
            FROM courses_question question JOIN courses_quiz quiz ON quiz.id = question.quiz_id WHERE quiz.course_id = %(course)s),
        (SELECT string_agg(md5(file::text), '' ORDER BY file.id)
            FROM courses_attachment file JOIN courses_lesson lesson ON lesson.id = file.lesson_id WHERE lesson.course_id = %(course)s)
    ))
"""


@lru_cache(maxsize=512)
def _kept_comparison(course_id: int, version_id: int, mark: str) -> bool:
    """`_says_otherwise` of the draft that `mark` stands for, kept in memory."""
    return _says_otherwise(read_draft(Course.objects.get(pk=course_id)), version_id)


def _says_otherwise(draft: Draft, version_id: int) -> bool:
    """Whether a text of the draft differs from that of the version, whose outline is the same."""
    published = version_outline(version_id)
    lessons, quizzes = _contents(draft)
    named_lessons = {lesson.revision: lesson.id for lesson in published.lessons() if lesson.revision}
    named_quizzes = {quiz.revision: quiz.id for quiz in published.all_quizzes() if quiz.revision}
    held = {
        **{named_lessons[pk]: sha for pk, sha in LessonRevision.objects.filter(pk__in=list(named_lessons)).values_list("pk", "digest")},
        **{named_quizzes[pk]: sha for pk, sha in QuizRevision.objects.filter(pk__in=list(named_quizzes)).values_list("pk", "digest")},
    }
    contents: dict[UUID, Content] = {**quizzes, **lessons}
    return any(held.get(str(pk)) != digest_of(content) for pk, content in contents.items())


def _contents(draft: Draft) -> tuple[dict[UUID, LessonContent], dict[UUID, QuizContent]]:
    """What every lesson and every quiz of the draft says. A quiz inside a lesson that is none any more is left out."""
    lessons = {
        lesson.pk: lesson_content(lesson, draft.attachments.get(lesson.pk, ())) for part in draft.lessons.values() for lesson in part
    }
    inline = {lesson.pk for part in draft.lessons.values() for lesson in part if lesson.kind == LessonKind.QUIZ_INLINE}
    quizzes = {
        quiz.pk: quiz_content(quiz, draft.questions.get(quiz.pk, ()))
        for quiz in draft.quizzes
        if quiz.lesson_id is None or quiz.lesson_id in inline
    }
    return lessons, quizzes


def _ensure_revisions(model: type[Any], subject: str, contents: Mapping[UUID, Content]) -> dict[UUID, int]:
    """The pk of each content's revision, made where it is new."""
    digests = {pk: digest_of(content) for pk, content in contents.items()}
    model.objects.bulk_create(
        [model(**{subject: pk, "digest": digests[pk], "content": as_stored(content)}) for pk, content in contents.items()],
        ignore_conflicts=True,
        batch_size=500,
    )
    rows: Sequence[tuple[UUID, str, int]] = model.objects.filter(
        **{f"{subject}__in": list(contents)}, digest__in=set(digests.values())
    ).values_list(subject, "digest", "pk")
    by_digest = {(pk, digest): revision for pk, digest, revision in rows}
    return {pk: by_digest[pk, digest] for pk, digest in digests.items()}
