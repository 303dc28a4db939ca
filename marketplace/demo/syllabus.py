"""The demo courses as they are written: `content/courses/<slug>/`, a folder a module, a file a lesson, in the order of their names.

* `course.md`: TOML between `+++` lines says what the course and its listing say; then the listing's description.
* `<nn>-<name>/module.md`: `title`, `free`; then its description.
* `<nn>-<name>/<nn>-<slug>.md`: a lesson; the front matter is that of `LessonPlan`, then its text. Pictures are
  `![what it shows](picture:name)`, drawn by `marketplace.demo.drawings`.
* `<nn>-<name>/quiz.md` ends a module, `assessment.md` beside `course.md` ends the course: front matter of `QuizPlan`, an
  introduction, then questions. A lesson of kind quiz_inline has its questions after `<!-- quiz -->`.

A question is a heading `## …` (what stands between it and the answers belongs to it), a task list whose ticked entries are right,
and the explanation. With several ticked entries it is worth two points, and a part of them for a part of the answers.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from courses.models import QuestionKind
from courses.services.courses import CourseWords
from courses.services.lessons import LessonWords
from courses.services.quizzes import QuestionWords, QuizWords

FOLDER = Path(__file__).parent / "content" / "courses"
WORDS_PER_MINUTE: Final = 150
"""Of somebody who reads in order to learn, and looks at the tables."""
_NUMBERED = re.compile(r"^\d+-")
_QUESTION = re.compile(r"^## (.+)$", re.MULTILINE)
_ANSWER = re.compile(r"^- \[(?P<tick>[ x])\] (?P<text>.+)$")
_PICTURE = re.compile(r"\]\(picture:(?P<name>[a-z0-9-]+)\)")
_INSIDE: Final = "<!-- quiz -->\n"


@dataclass(frozen=True, kw_only=True)
class QuizPlan:
    words: QuizWords
    slug: str
    questions: list[QuestionWords]


@dataclass(frozen=True, kw_only=True)
class LessonPlan:
    """`files` are names that `marketplace.demo.worksheets` makes."""

    slug: str
    words: LessonWords
    files: list[str] = field(default_factory=list)
    quiz: QuizPlan | None = None


@dataclass(frozen=True, kw_only=True)
class ModulePlan:
    title: str
    description: str
    is_free: bool
    lessons: list[LessonPlan]
    quiz: QuizPlan | None


@dataclass(frozen=True, kw_only=True)
class CoursePlan:
    """A whole demo course. `listing` is what its product says: the fields of `marketplace.demo.content.Work` by name."""

    slug: str
    creator: str
    words: CourseWords
    description: str
    listing: dict[str, Any]
    modules: list[ModulePlan]
    assessment: QuizPlan | None

    def pictures(self) -> list[str]:
        """The names of all pictures in its lessons, each once, in order."""
        texts = (lesson.words.text for module in self.modules for lesson in module.lessons)
        return list(dict.fromkeys(name for text in texts for name in _PICTURE.findall(text)))


def read_courses(folder: Path = FOLDER) -> Iterator[CoursePlan]:
    """All demo courses in a stable order. Raises ValueError naming the file that is not as it should be."""
    for path in sorted(folder.glob("*/course.md")):
        yield _read_course(path.parent)


def with_pictures(text: str, addresses: dict[str, str]) -> str:
    """The text with each `picture:name` replaced by the address of that name. Raises KeyError for one that was not drawn."""
    return _PICTURE.sub(lambda found: f"]({addresses[found['name']]})", text)


def minutes_for(text: str) -> int:
    """How long a text takes: its words at reading speed, half a minute a picture, code block and formula of its own."""
    stops = text.count("](picture:") + text.count("```") // 2 + text.count("$$") // 2
    return max(1, math.ceil(len(text.split()) / WORDS_PER_MINUTE + stops / 2))


def _read_course(folder: Path) -> CoursePlan:
    facts, description = _read(folder / "course.md")
    assessment = folder / "assessment.md"
    said = {name: facts.pop(name) for name in CourseWords.__dataclass_fields__ if name in facts}
    for name in ("price", "suggested", "compare_at"):
        if name in facts:
            facts[name] = Decimal(facts[name])
    return CoursePlan(
        slug=folder.name,
        creator=facts.pop("creator"),
        words=CourseWords(**said),
        description=description,
        listing=facts,
        modules=[_read_module(path.parent) for path in sorted(folder.glob("*/module.md"))],
        assessment=_read_quiz(assessment, slug="final-assessment") if assessment.exists() else None,
    )


def _read_module(folder: Path) -> ModulePlan:
    facts, description = _read(folder / "module.md")
    quiz = folder / "quiz.md"
    return ModulePlan(
        title=facts["title"],
        description=description,
        is_free=facts.get("free", False),
        lessons=[_read_lesson(path) for path in sorted(folder.glob("[0-9]*.md"))],
        quiz=_read_quiz(quiz, slug=f"{_NUMBERED.sub('', folder.name)}-quiz") if quiz.exists() else None,
    )


def _read_lesson(path: Path) -> LessonPlan:
    """`work` in the front matter are the minutes that an exercise takes besides reading it."""
    facts, body = _read(path)
    text, _mark, inside = body.partition(_INSIDE)
    slug = _NUMBERED.sub("", path.stem)
    files = facts.pop("files", [])
    work = facts.pop("work", 0)
    quiz = _quiz(path, facts.pop("quiz", {"title": facts["title"]}), inside, slug=f"{slug}-quiz") if inside else None
    minutes = minutes_for(text) + work + (len(quiz.questions) if quiz else 0)
    words = LessonWords(text=text.strip() + "\n", minutes=minutes, is_free_preview=facts.pop("free", False), **facts)
    return LessonPlan(slug=slug, words=words, files=files, quiz=quiz)


def _read_quiz(path: Path, *, slug: str) -> QuizPlan:
    facts, body = _read(path)
    return _quiz(path, facts, body, slug=slug)


def _quiz(path: Path, facts: dict[str, Any], body: str, *, slug: str) -> QuizPlan:
    introduction, *parts = _QUESTION.split(body)
    questions = [_question(path, title, rest) for title, rest in zip(parts[::2], parts[1::2], strict=True)]
    return QuizPlan(words=QuizWords(description=introduction.strip(), **facts), slug=slug, questions=questions)


def _question(path: Path, title: str, rest: str) -> QuestionWords:
    before: list[str] = []
    after: list[str] = []
    options: list[dict[str, str]] = []
    correct: list[str] = []
    for line in rest.splitlines():
        if answer := _ANSWER.match(line):
            ident = "abcdefghijkl"[len(options)]
            options.append({"id": ident, "text": answer["text"].strip()})
            correct += [ident] if answer["tick"] == "x" else []
        else:
            (after if options else before).append(line)
    if len(options) < 2 or not correct:
        raise ValueError(f"{path}: “{title}” needs answers and a right one")
    said: dict[str, Any] = {"text": "\n".join([title.strip(), *before]).strip(), "explanation": "\n".join(after).strip()}
    if [option["text"] for option in options] == ["True", "False"]:
        return QuestionWords(kind=QuestionKind.TRUE_FALSE, correct=["true" if correct == ["a"] else "false"], **said)
    if len(correct) > 1:
        return QuestionWords(kind=QuestionKind.MULTI_SELECT, options=options, correct=correct, partial_credit=True, points=2, **said)
    return QuestionWords(kind=QuestionKind.MULTIPLE_CHOICE, options=options, correct=correct, **said)


def _read(path: Path) -> tuple[dict[str, Any], str]:
    source = path.read_text(encoding="utf-8")
    head, mark, body = source.removeprefix("+++\n").partition("\n+++\n")
    if not source.startswith("+++\n") or not mark:
        raise ValueError(f"{path}: the front matter does not stand between +++ lines")
    try:
        return tomllib.loads(head), body.strip() + "\n"
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from error
