"""What the API says and takes about courses."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from ninja import Field, Schema
from pydantic import BeforeValidator, StrictBool, StringConstraints

from courses.completeness import Missing
from courses.content import LessonContent
from courses.drafting import Draft
from courses.limits import LONGEST_SENTENCE, MOST_OPTIONS, MOST_SENTENCES
from courses.models import Course, CourseVersion, Lesson, Module, Question, Quiz
from courses.outline import LessonEntry, ModuleEntry, QuizEntry


def _number(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise ValueError("Input should be a valid integer")
    return value


WHOLE = BeforeValidator(_number)
"""A whole number as JSON has it: 30 and 30.0, neither "30" nor true. Stands after the bounds, which the document shows."""
CourseSlug = Annotated[str, StringConstraints(max_length=140, pattern=r"^[-a-zA-Z0-9_]+$")]
"""A course's address."""
LessonSlug = Annotated[str, StringConstraints(max_length=80, pattern=r"^[-a-zA-Z0-9_]+$")]
Sentences = Annotated[list[Annotated[str, StringConstraints(max_length=LONGEST_SENTENCE)]], Field(max_length=MOST_SENTENCES)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=160)]
CourseTitle = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Stamp = Annotated[int, Field(ge=0, le=2_147_483_647), WHOLE]
LevelName = Literal["all", "beginner", "intermediate", "advanced"]
RuleName = Literal["lessons", "quizzes", "both"]
KindName = Literal["text", "video", "video_embed", "quiz_inline", "exercise"]
HandInName = Literal["nothing", "text", "file", "either"]
QuestionKindName = Literal["multiple_choice", "true_false", "multi_select"]


# --- What is sent. In a change, what is left out stays as it is. -----------------------------------------------------------


class CourseWordsIn(Schema):
    title: CourseTitle | None = None
    outcomes: Sentences | None = None
    prerequisites: Sentences | None = None
    audience: Sentences | None = None
    level: LevelName | None = None
    language: Annotated[str, StringConstraints(min_length=1, max_length=10)] | None = None
    completion: RuleName | None = Field(None, description="What finishing takes: every lesson, every required quiz, or both.")
    gives_certificate: StrictBool | None = None


class NewCourseIn(CourseWordsIn):
    title: CourseTitle


class ModuleWordsIn(Schema):
    title: Title | None = None
    description: Annotated[str, StringConstraints(max_length=2000)] | None = None
    is_free_preview: StrictBool | None = None


class NewModuleIn(ModuleWordsIn):
    title: Title


class LessonWordsIn(Schema):
    title: Title | None = None
    kind: KindName | None = None
    text: Annotated[str, StringConstraints(max_length=100_000)] | None = Field(None, description="Markdown; an exercise's instructions.")
    takeaways: Sentences | None = None
    minutes: Annotated[int, Field(ge=1, le=600), WHOLE] | None = None
    video_url: Annotated[str, StringConstraints(max_length=300)] | None = None
    hand_in: HandInName | None = None
    self_check: Sentences | None = None
    is_free_preview: StrictBool | None = None


class NewLessonIn(LessonWordsIn):
    title: Title


class LessonChangeIn(LessonWordsIn):
    edit_stamp: Stamp | None = Field(
        None, description="As it was read: a lesson that was changed since is refused. Without it, the last one wins."
    )


class QuizWordsIn(Schema):
    title: Title | None = None
    description: Annotated[str, StringConstraints(max_length=5000)] | None = None
    passing_score: Annotated[int, Field(ge=0, le=100), WHOLE] | None = Field(None, description="In per cent of the points.")
    allow_retakes: StrictBool | None = None
    shuffle: StrictBool | None = None
    time_limit_minutes: Annotated[int, Field(ge=1, le=600), WHOLE] | None = Field(
        None, description="null is without end, also in a change."
    )
    is_required: StrictBool | None = None
    is_free_preview: StrictBool | None = None


class NewQuizIn(QuizWordsIn):
    """Of a module, inside a lesson of kind quiz_inline, or (without either) the final assessment of the course."""

    title: Title
    module: UUID | None = None
    lesson: UUID | None = None


class QuizChangeIn(QuizWordsIn):
    edit_stamp: Stamp | None = Field(
        None, description="As it was read: a quiz that was changed since is refused. Without it, the last one wins."
    )


class OptionIn(Schema):
    id: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    text: Annotated[str, StringConstraints(max_length=1000)]


class QuestionWordsIn(Schema):
    """A true/false question has the options `true` and `false` by itself. A draft may lack answers, publishing may not."""

    text: Annotated[str, StringConstraints(max_length=5000)] | None = None
    kind: QuestionKindName | None = None
    options: Annotated[list[OptionIn], Field(max_length=MOST_OPTIONS)] | None = None
    correct: Annotated[list[Annotated[str, StringConstraints(max_length=40)]], Field(max_length=MOST_OPTIONS)] | None = None
    explanation: Annotated[str, StringConstraints(max_length=5000)] | None = None
    partial_credit: StrictBool | None = None
    points: Annotated[int, Field(ge=1, le=100), WHOLE] | None = None


class NewQuestionIn(QuestionWordsIn):
    text: Annotated[str, StringConstraints(max_length=5000)]


class QuestionChangeIn(QuestionWordsIn):
    edit_stamp: Stamp | None = Field(
        None, description="As it was read: a question that was changed since is refused. Without it, the last one wins."
    )


class PlaceIn(Schema):
    id: UUID
    lessons: list[UUID]


class OrderIn(Schema):
    """Every module with its lessons, in order. `stamp` is the course's `outline_stamp` as it was read."""

    stamp: Stamp
    modules: list[PlaceIn]


class PublicationIn(Schema):
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


# --- What comes back. ----------------------------------------------------------------------------------------------------------


class CourseVersionOut(Schema):
    number: int
    note: str
    published_at: datetime
    module_count: int
    lesson_count: int
    quiz_count: int
    free_lesson_count: int
    minutes: int


class OwnCourse(Schema):
    """`version` is what learners take now, null before the first publishing."""

    slug: str
    title: str
    outcomes: list[str]
    prerequisites: list[str]
    audience: list[str]
    level: str
    language: str
    completion: str
    gives_certificate: bool
    outline_stamp: int
    version: CourseVersionOut | None
    url: str
    created_at: datetime
    updated_at: datetime


class OwnCoursePage(Schema):
    count: int
    items: list[OwnCourse]


class QuizLine(Schema):
    """`minutes` is the time limit; `questions` their number."""

    id: UUID
    slug: str
    title: str
    kind: str
    questions: int
    minutes: int | None
    passing_score: int
    is_required: bool
    is_free: bool


class DraftLessonLine(Schema):
    id: UUID
    slug: str
    title: str
    kind: str
    minutes: int
    is_free: bool
    quiz: QuizLine | None


class DraftModule(Schema):
    id: UUID
    title: str
    description: str
    is_free: bool
    minutes: int
    lessons: list[DraftLessonLine]
    quizzes: list[QuizLine]


class TotalsOut(Schema):
    modules: int
    lessons: int
    quizzes: int
    minutes: int
    free_lessons: int


class MissingOut(Schema):
    """`subject` is "course" or "module:<id>", "lesson:<id>", "quiz:<id>"; `url` the place in the builder."""

    subject: str
    sentence: str
    url: str


class CourseDraft(OwnCourse):
    """The draft; `missing` is what publishing still needs."""

    modules: list[DraftModule]
    quizzes: list[QuizLine]
    totals: TotalsOut
    missing: list[MissingOut]


class StampOut(Schema):
    outline_stamp: int


class ModuleOut(Schema):
    id: UUID
    title: str
    description: str
    is_free_preview: bool
    position: int | None


class AttachmentOut(Schema):
    id: UUID
    name: str
    size_bytes: int
    content_type: str


class LessonOut(Schema):
    id: UUID
    module: UUID
    slug: str
    title: str
    kind: str
    text: str
    takeaways: list[str]
    minutes: int
    video_url: str
    hand_in: str
    self_check: list[str]
    is_free_preview: bool
    position: int | None
    edit_stamp: int
    files: list[AttachmentOut]


class OptionOut(Schema):
    id: str
    text: str


class QuestionOut(Schema):
    id: UUID
    kind: str
    text: str
    options: list[OptionOut]
    correct: list[str]
    explanation: str
    partial_credit: bool
    points: int
    position: int | None
    edit_stamp: int


class QuizOut(Schema):
    id: UUID
    kind: str
    module: UUID | None
    lesson: UUID | None
    slug: str
    title: str
    description: str
    passing_score: int
    allow_retakes: bool
    shuffle: bool
    time_limit_minutes: int | None
    is_required: bool
    is_free_preview: bool
    edit_stamp: int
    questions: list[QuestionOut]


def absolute(url: str) -> str:
    """An address with the site's own in front, unless it has one."""
    return f"{settings.SITE_URL}{url}" if url.startswith("/") else url


def own_course(course: Course) -> dict[str, Any]:
    """`OwnCourse`. No query where the version was selected."""
    names = [name for name in OwnCourse.model_fields if name not in ("version", "url")]
    version = version_out(course.current_version) if course.current_version else None
    return {**{name: getattr(course, name) for name in names}, "version": version, "url": absolute(course.get_absolute_url())}


def version_out(version: CourseVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in CourseVersionOut.model_fields}


def course_draft(draft: Draft, missing: list[Missing]) -> dict[str, Any]:
    """`CourseDraft`. No query."""
    return {
        **own_course(draft.course),
        "modules": [module_line(module) for module in draft.outline.modules],
        "quizzes": [quiz_line(quiz) for quiz in draft.outline.quizzes],
        "totals": dataclasses.asdict(draft.outline.totals),
        "missing": [{"subject": one.subject, "sentence": str(one.sentence), "url": absolute(one.url)} for one in missing],
    }


def module_line(module: ModuleEntry) -> dict[str, Any]:
    return {
        **{name: getattr(module, name) for name in ("id", "title", "description", "is_free", "minutes")},
        "lessons": [lesson_line(lesson) for lesson in module.lessons],
        "quizzes": [quiz_line(quiz) for quiz in module.quizzes],
    }


def lesson_line(lesson: LessonEntry) -> dict[str, Any]:
    names = ("id", "slug", "title", "kind", "minutes", "is_free")
    return {**{name: getattr(lesson, name) for name in names}, "quiz": quiz_line(lesson.quiz) if lesson.quiz else None}


def quiz_line(quiz: QuizEntry) -> dict[str, Any]:
    return {name: getattr(quiz, name) for name in QuizLine.model_fields}


def module_out(module: Module) -> dict[str, Any]:
    return {name: getattr(module, name) for name in ModuleOut.model_fields}


def lesson_out(lesson: Lesson) -> dict[str, Any]:
    """`LessonOut`. One query, for its files."""
    names = [name for name in LessonOut.model_fields if name not in ("module", "files")]
    files = lesson.attachments.present().order_by("position", "created_at")
    return {
        **{name: getattr(lesson, name) for name in names},
        "module": lesson.module_id,
        "files": [{name: getattr(one, name) for name in AttachmentOut.model_fields} for one in files],
    }


def files_out(content: LessonContent) -> list[dict[str, Any]]:
    """`AttachmentOut` of what a published lesson holds."""
    return [{"id": one.id, "name": one.name, "size_bytes": one.size, "content_type": one.content_type} for one in content.attachments]


def quiz_out(quiz: Quiz) -> dict[str, Any]:
    """`QuizOut`. One query, for its questions."""
    names = [name for name in QuizOut.model_fields if name not in ("module", "lesson", "questions")]
    questions = Question.objects.present().filter(quiz=quiz).order_by("position")
    return {
        **{name: getattr(quiz, name) for name in names},
        "module": quiz.module_id,
        "lesson": quiz.lesson_id,
        "questions": [question_out(question) for question in questions],
    }


def question_out(question: Question) -> dict[str, Any]:
    return {name: getattr(question, name) for name in QuestionOut.model_fields}
