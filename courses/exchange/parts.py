"""A course on its way in: what each format is read into, before anything is checked or made.

`where` is the place that the report names, `names` maps fields to what they are called there. Pictures in texts stand as
`FILE_SCHEME` addresses, put there by `courses.exchange.files.Files`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from courses.exchange.report import in_file, join_path
from courses.services.courses import CourseWords
from courses.services.lessons import LessonWords
from courses.services.quizzes import QuestionWords, QuizWords


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something stands in the source. `file` is "" in a single JSON document."""

    file: str = ""
    path: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    def of(self, name: str = "") -> str:
        """The place of one field, as people read it."""
        path = join_path(self.path, self.names.get(name, name))
        return in_file(self.file, path) if self.file else path


@dataclass(kw_only=True)
class FilePart:
    """A file beside a lesson: `path` in the package, `name` as learners see it."""

    place: Place
    path: str
    name: str


@dataclass(kw_only=True)
class QuestionPart:
    place: Place
    words: QuestionWords


@dataclass(kw_only=True)
class QuizPart:
    place: Place
    words: QuizWords
    slug: str = ""
    questions: list[QuestionPart] = field(default_factory=list)


@dataclass(kw_only=True)
class LessonPart:
    place: Place
    words: LessonWords
    slug: str = ""
    quiz: QuizPart | None = None
    attachments: list[FilePart] = field(default_factory=list)


@dataclass(kw_only=True)
class ModulePart:
    place: Place
    title: str
    description: str = ""
    is_free_preview: bool = False
    lessons: list[LessonPart] = field(default_factory=list)
    quizzes: list[QuizPart] = field(default_factory=list)


@dataclass(kw_only=True)
class CoursePart:
    place: Place
    words: CourseWords
    slug: str = ""
    modules: list[ModulePart] = field(default_factory=list)
    quizzes: list[QuizPart] = field(default_factory=list)

    def lessons(self) -> list[LessonPart]:
        return [lesson for module in self.modules for lesson in module.lessons]

    def all_quizzes(self) -> list[QuizPart]:
        found = [lesson.quiz for lesson in self.lessons() if lesson.quiz]
        return [*found, *(quiz for module in self.modules for quiz in module.quizzes), *self.quizzes]

    def attachments(self) -> list[FilePart]:
        return [entry for lesson in self.lessons() for entry in lesson.attachments]
