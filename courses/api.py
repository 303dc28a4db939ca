"""Building courses by the API (R186-R191). The rules are those of the builder's page: both call the same services."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar, cast
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from ninja.responses import Status

from accounts.access import check_creator
from accounts.api_auth import user_auth
from accounts.models import User
from courses.access import get_own_course, get_own_lesson, get_own_module, get_own_question, get_own_quiz
from courses.api_schemas import (
    CourseDraft,
    CourseSlug,
    CourseVersionOut,
    CourseWordsIn,
    LessonChangeIn,
    LessonOut,
    ModuleOut,
    ModuleWordsIn,
    NewCourseIn,
    NewLessonIn,
    NewModuleIn,
    NewQuestionIn,
    NewQuizIn,
    OrderIn,
    OwnCoursePage,
    PublicationIn,
    QuestionChangeIn,
    QuestionOut,
    QuizChangeIn,
    QuizOut,
    StampOut,
    course_draft,
    lesson_out,
    module_out,
    own_course,
    question_out,
    quiz_out,
    version_out,
)
from courses.completeness import missing_from_draft
from courses.drafting import read_draft
from courses.errors import BadCourse
from courses.models import Course, LessonKind
from courses.services.courses import CourseWords, change_course, create_course, delete_course
from courses.services.lesson_edits import save_lesson
from courses.services.lesson_quizzes import ensure_inline_quiz
from courses.services.lessons import LessonWords, add_lesson, change_lesson, remove_lesson
from courses.services.modules import ModuleWords, add_module, change_module, remove_module
from courses.services.ordering import arrange_outline
from courses.services.publishing import publish_course
from courses.services.questions import change_question, remove_question
from courses.services.quizzes import QuestionWords, QuizWords, add_question, add_quiz, change_quiz, remove_quiz
from kit.api import refusals
from kit.ratelimit import limit as limit_rate

course_router = Router(tags=["courses"])

Words = TypeVar("Words", CourseWords, ModuleWords, LessonWords, QuizWords, QuestionWords)
NULLABLE = frozenset({"time_limit_minutes"})
"""Where null says something. Elsewhere it says as little as leaving the field out."""


def _own(request: HttpRequest, slug: str) -> tuple[User, Course]:
    """Who calls, and their own course. Raises `CreatorsOnly`, `CourseNotFound`."""
    check_creator(request.user)
    user = cast(User, request.user)
    return user, get_own_course(user, slug)


def _said(payload: Schema, start: Words) -> Words:
    """`start` with what was sent."""
    names = {field.name for field in dataclasses.fields(start)}
    given = payload.model_dump(exclude_unset=True)
    return dataclasses.replace(
        start, **{name: value for name, value in given.items() if name in names and (value is not None or name in NULLABLE)}
    )


def _draft(course: Course) -> dict[str, Any]:
    draft = read_draft(course)
    return course_draft(draft, missing_from_draft(draft))


@course_router.get("", response={200: OwnCoursePage}, auth=user_auth, summary="My courses")
def list_courses(request: HttpRequest, limit: int = Query(50, ge=1, le=100), offset: int = Query(0, ge=0, le=100_000)) -> dict[str, Any]:
    """On sale or not, what was changed last on top."""
    check_creator(request.user)
    mine = Course.objects.of(cast(User, request.user))
    page = mine.select_related("current_version").defer("current_version__outline").order_by("-updated_at", "-pk")[offset : offset + limit]
    return {"count": mine.count(), "items": [own_course(course) for course in page]}


@course_router.post("", response={201: CourseDraft}, auth=user_auth, summary="Begin a course")
def create(request: HttpRequest, payload: NewCourseIn) -> Status:
    """An empty one that is not for sale. To begin one together with its listing, `POST /creator/products` with the kind `course`."""
    check_creator(request.user)
    limit_rate("api-create", rate="60/h", request=request, by="user")
    return Status(201, _draft(create_course(by=cast(User, request.user), words=_said(payload, CourseWords(title=payload.title)))))


@course_router.get("/{slug}", response={200: CourseDraft}, auth=user_auth, summary="The draft of a course")
def read(request: HttpRequest, slug: CourseSlug) -> dict[str, Any]:
    """Its outline, its totals, and what is missing before it can be published."""
    _user, course = _own(request, slug)
    return _draft(course)


@course_router.patch("/{slug}", response={200: CourseDraft}, auth=user_auth, summary="Change what a course says about itself")
def change(request: HttpRequest, slug: CourseSlug, payload: CourseWordsIn) -> dict[str, Any]:
    user, course = _own(request, slug)
    change_course(course, by=user, words=_said(payload, CourseWords.of(course)))
    return _draft(get_own_course(user, slug))


@course_router.delete("/{slug}", response={204: None, **refusals(409)}, auth=user_auth, summary="Delete a course")
def delete(request: HttpRequest, slug: CourseSlug) -> Status:
    """Refused while anybody takes or took it, or while it is for sale."""
    user, course = _own(request, slug)
    delete_course(course, by=user)
    return Status(204, None)


@course_router.post(
    "/{slug}/publication",
    response={200: CourseVersionOut, 201: CourseVersionOut, **refusals(409)},
    auth=user_auth,
    summary="Publish the draft as a version",
)
def publish(request: HttpRequest, slug: CourseSlug, payload: PublicationIn) -> Status:
    """Learners take it from now on; where nothing changed, the answer is 200 with the version that they take already.

    A draft that lacks something is refused with 409 `course_not_ready`; `missing` says what.
    """
    user, course = _own(request, slug)
    version = publish_course(course, by=user, note=payload.note)
    return Status(200 if version.pk == course.current_version_id else 201, version_out(version))


@course_router.put("/{slug}/order", response={200: StampOut, **refusals(409)}, auth=user_auth, summary="Order modules and lessons")
def arrange(request: HttpRequest, slug: CourseSlug, payload: OrderIn) -> dict[str, Any]:
    """All of them at once (R189). Refused with 409 `stale_outline` when the outline was changed since `stamp`: read it, and order anew."""
    user, course = _own(request, slug)
    order = [(place.id, place.lessons) for place in payload.modules]
    return {"outline_stamp": arrange_outline(course, by=user, stamp=payload.stamp, order=order)}


@course_router.post("/{slug}/modules", response={201: ModuleOut}, auth=user_auth, summary="Add a module")
def create_module(request: HttpRequest, slug: CourseSlug, payload: NewModuleIn) -> Status:
    """At the end (R186)."""
    user, course = _own(request, slug)
    words = _said(payload, ModuleWords(title=payload.title))
    return Status(201, module_out(add_module(course, by=user, **dataclasses.asdict(words))))


@course_router.patch("/{slug}/modules/{uuid:module_id}", response={200: ModuleOut}, auth=user_auth, summary="Change a module")
def update_module(request: HttpRequest, slug: CourseSlug, module_id: UUID, payload: ModuleWordsIn) -> dict[str, Any]:
    user, course = _own(request, slug)
    module = get_own_module(course, module_id)
    return module_out(change_module(module, by=user, words=_said(payload, ModuleWords.of(module))))


@course_router.delete("/{slug}/modules/{uuid:module_id}", response={204: None}, auth=user_auth, summary="Remove a module")
def delete_module(request: HttpRequest, slug: CourseSlug, module_id: UUID) -> Status:
    """With its lessons and quizzes, from the draft (R188). What is published stays as it is."""
    user, course = _own(request, slug)
    remove_module(get_own_module(course, module_id), by=user)
    return Status(204, None)


@course_router.post("/{slug}/modules/{uuid:module_id}/lessons", response={201: LessonOut}, auth=user_auth, summary="Add a lesson")
def create_lesson(request: HttpRequest, slug: CourseSlug, module_id: UUID, payload: NewLessonIn) -> Status:
    """At the end of the module (R190). One of kind `quiz_inline` gets its quiz with it."""
    user, course = _own(request, slug)
    lesson = add_lesson(get_own_module(course, module_id), by=user, words=_said(payload, LessonWords(title=payload.title)))
    if lesson.kind == LessonKind.QUIZ_INLINE:
        ensure_inline_quiz(lesson, by=user)
    return Status(201, lesson_out(lesson))


@course_router.get("/{slug}/lessons/{uuid:lesson_id}", response={200: LessonOut}, auth=user_auth, summary="A lesson of the draft")
def read_lesson(request: HttpRequest, slug: CourseSlug, lesson_id: UUID) -> dict[str, Any]:
    _user, course = _own(request, slug)
    return lesson_out(get_own_lesson(course, lesson_id))


@course_router.patch(
    "/{slug}/lessons/{uuid:lesson_id}", response={200: LessonOut, **refusals(409)}, auth=user_auth, summary="Change a lesson"
)
def update_lesson(request: HttpRequest, slug: CourseSlug, lesson_id: UUID, payload: LessonChangeIn) -> dict[str, Any]:
    """With `edit_stamp` refused by 409 `stale_edit` when somebody else was faster (R191)."""
    user, course = _own(request, slug)
    lesson = get_own_lesson(course, lesson_id)
    words = _said(payload, LessonWords.of(lesson))
    if payload.edit_stamp is None:
        return lesson_out(change_lesson(lesson, by=user, words=words))
    return lesson_out(save_lesson(lesson, by=user, stamp=payload.edit_stamp, words=words))


@course_router.delete("/{slug}/lessons/{uuid:lesson_id}", response={204: None}, auth=user_auth, summary="Remove a lesson")
def delete_lesson(request: HttpRequest, slug: CourseSlug, lesson_id: UUID) -> Status:
    """From the draft; what is published stays as it is."""
    user, course = _own(request, slug)
    remove_lesson(get_own_lesson(course, lesson_id), by=user)
    return Status(204, None)


@course_router.post("/{slug}/quizzes", response={201: QuizOut}, auth=user_auth, summary="Add a quiz")
def create_quiz(request: HttpRequest, slug: CourseSlug, payload: NewQuizIn) -> Status:
    """Of a module, inside a lesson, or of the course. A lesson has one quiz: for the one that it has, this says its words."""
    user, course = _own(request, slug)
    words = _said(payload, QuizWords(title=payload.title))
    if payload.lesson is None:
        module = get_own_module(course, payload.module) if payload.module else None
        return Status(201, quiz_out(add_quiz(course, by=user, words=words, module=module)))
    lesson = get_own_lesson(course, payload.lesson)
    if lesson.kind != LessonKind.QUIZ_INLINE:
        raise BadCourse(_("Only a lesson of the kind “quiz” holds a quiz."), field="lesson")
    quiz = ensure_inline_quiz(lesson, by=user)
    return Status(201, quiz_out(change_quiz(quiz, by=user, stamp=quiz.edit_stamp, words=words)))


@course_router.get("/{slug}/quizzes/{uuid:quiz_id}", response={200: QuizOut}, auth=user_auth, summary="A quiz of the draft")
def read_quiz(request: HttpRequest, slug: CourseSlug, quiz_id: UUID) -> dict[str, Any]:
    """With its questions and the right answers."""
    _user, course = _own(request, slug)
    return quiz_out(get_own_quiz(course, quiz_id))


@course_router.patch("/{slug}/quizzes/{uuid:quiz_id}", response={200: QuizOut, **refusals(409)}, auth=user_auth, summary="Change a quiz")
def update_quiz(request: HttpRequest, slug: CourseSlug, quiz_id: UUID, payload: QuizChangeIn) -> dict[str, Any]:
    user, course = _own(request, slug)
    quiz = get_own_quiz(course, quiz_id)
    stamp = quiz.edit_stamp if payload.edit_stamp is None else payload.edit_stamp
    return quiz_out(change_quiz(quiz, by=user, stamp=stamp, words=_said(payload, QuizWords.of(quiz))))


@course_router.delete("/{slug}/quizzes/{uuid:quiz_id}", response={204: None}, auth=user_auth, summary="Remove a quiz")
def delete_quiz(request: HttpRequest, slug: CourseSlug, quiz_id: UUID) -> Status:
    """From the draft. The quiz inside a lesson goes with its lesson."""
    user, course = _own(request, slug)
    remove_quiz(get_own_quiz(course, quiz_id), by=user)
    return Status(204, None)


@course_router.post("/{slug}/quizzes/{uuid:quiz_id}/questions", response={201: QuestionOut}, auth=user_auth, summary="Add a question")
def create_question(request: HttpRequest, slug: CourseSlug, quiz_id: UUID, payload: NewQuestionIn) -> Status:
    """At the end of the quiz."""
    user, course = _own(request, slug)
    words = _said(payload, QuestionWords(text=payload.text))
    return Status(201, question_out(add_question(get_own_quiz(course, quiz_id), by=user, words=words)))


@course_router.patch(
    "/{slug}/quizzes/{uuid:quiz_id}/questions/{uuid:question_id}",
    response={200: QuestionOut, **refusals(409)},
    auth=user_auth,
    summary="Change a question",
)
def update_question(request: HttpRequest, slug: CourseSlug, quiz_id: UUID, question_id: UUID, payload: QuestionChangeIn) -> dict[str, Any]:
    user, course = _own(request, slug)
    question = get_own_question(get_own_quiz(course, quiz_id), question_id)
    stamp = question.edit_stamp if payload.edit_stamp is None else payload.edit_stamp
    return question_out(change_question(question, by=user, stamp=stamp, words=_said(payload, QuestionWords.of(question))))


@course_router.delete(
    "/{slug}/quizzes/{uuid:quiz_id}/questions/{uuid:question_id}", response={204: None}, auth=user_auth, summary="Remove a question"
)
def delete_question(request: HttpRequest, slug: CourseSlug, quiz_id: UUID, question_id: UUID) -> Status:
    """From the draft; attempts that were asked it keep it."""
    user, course = _own(request, slug)
    remove_question(get_own_question(get_own_quiz(course, quiz_id), question_id), by=user)
    return Status(204, None)
