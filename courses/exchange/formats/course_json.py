"""Our own format (docs/course-format.md), which also reads courses kept as one JSON document elsewhere (R256)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext as _

from courses.exchange.files import Files
from courses.exchange.formats.members import Members
from courses.exchange.limits import MOST_JSON, MOST_JSON_BRACKETS, MOST_JSON_COMMAS, MOST_JSON_QUOTES
from courses.exchange.packages import decode, is_storable
from courses.exchange.parts import CoursePart, FilePart, LessonPart, ModulePart, QuestionPart, QuizPart
from courses.exchange.report import Report
from courses.models import Completion, LessonKind, Level, QuestionKind
from courses.services.courses import CourseWords
from courses.services.lessons import LessonWords
from courses.services.quizzes import QuestionWords, QuizWords
from kit.files import RefusedFile

FORMAT: Final = "atelier-course"
VERSION: Final = 1
FREE_LESSONS: Final = 2
"""How many lessons of the first module are free where a document says nothing about previews (R258)."""

_COURSE: Final = {"outcomes": ("learning_outcomes",), "audience": ("target_audience",), "title": ("name",)}
_MODULE: Final = {"title": ("name",)}
_LESSON: Final = {
    "title": ("name",),
    "text": ("content", "content_markdown", "markdown"),
    "kind": ("lesson_type", "type"),
    "minutes": ("estimated_minutes", "duration_minutes"),
    "takeaways": ("key_takeaways",),
    "video_url": ("video",),
}
QUIZ_NAMES: Final = {"title": ("name",), "kind": ("quiz_type", "type")}
_QUESTION: Final = {
    "text": ("question", "question_text"),
    "kind": ("question_type", "type"),
    "correct": ("correct_answer", "correct_answers"),
    "options": ("answers",),
}
_ATTACHMENT: Final = {"file": ("path",)}
# Said by others about a course or its parts, true of ours by themselves.
_KNOWN_ELSEWHERE: Final = frozenset({"order", "id", "pk", "created_at", "updated_at", "estimated_minutes"})
_LESSON_KINDS: Final = {"quiz": "quiz_inline", "article": "text", "markdown": "text"}
_QUESTION_KINDS: Final = {"multiple-choice": "multiple_choice", "single_choice": "multiple_choice", "multiple_select": "multi_select"}


def parse_json(raw: bytes, name: str) -> Any:
    """Any JSON document within bounds of memory. Raises `RefusedFile` saying where it breaks."""
    if len(raw) > MOST_JSON:
        raise RefusedFile(_("“%(name)s” is larger than %(most)d MB.") % {"name": name, "most": MOST_JSON // 1024**2})
    if raw.count(b"[") + raw.count(b"{") > MOST_JSON_BRACKETS or raw.count(b'"') > MOST_JSON_QUOTES or raw.count(b",") > MOST_JSON_COMMAS:
        raise RefusedFile(_("“%(name)s” has more parts than any course needs.") % {"name": name})
    text = decode(raw, name)
    try:
        document = json.loads(text, object_pairs_hook=_each_name_once, parse_constant=_no_such_number)
    except RecursionError as error:
        raise RefusedFile(_("“%(name)s” is nested too deeply.") % {"name": name}) from error
    except json.JSONDecodeError as error:
        raise RefusedFile(
            _("“%(name)s” is not complete JSON: look at line %(line)d, column %(column)d.")
            % {"name": name, "line": error.lineno, "column": error.colno}
        ) from error
    except ValueError as error:
        raise RefusedFile(_("“%(name)s” is not JSON that we can read: %(reason)s") % {"name": name, "reason": error}) from error
    if not is_storable(document):
        raise RefusedFile(_("“%(name)s” is not a plain text.") % {"name": name})
    return document


def read_course_json(document: Any, *, file: str, files: Files, report: Report, opens_lessons: bool = True) -> CoursePart:
    """The course in a parsed document. What does not fit goes into the report, the rest is read on.

    With `opens_lessons` a document that says nothing about previews gets those of R257 and R258.
    """
    if not isinstance(document, dict):
        raise RefusedFile(_("A course begins with {…}; this is something else."))
    inner = document.get("course")
    if isinstance(inner, dict) and "modules" not in document:
        document = {**inner, **{key: value for key, value in document.items() if key in ("format", "version")}}
    members = Members(document, file=file, path="", report=report, aliases=_COURSE)
    _check_version(members, report)
    words = CourseWords(
        title=members.text("title"),
        outcomes=members.sentences("outcomes"),
        prerequisites=members.sentences("prerequisites"),
        audience=members.sentences("audience"),
        level=members.text("level", Level.ALL),
        language=members.text("language", "en"),
        completion=members.text("completion", Completion.BOTH),
        gives_certificate=members.flag("gives_certificate", True),
    )
    course = CoursePart(place=members.place, words=words, slug=members.text("slug"))
    course.modules = [read_module(entry, files=files, report=report) for entry in members.objects("modules", _MODULE)]
    _read_quizzes(members, course, files)
    if members.raw("modules") is None:
        report.problem(members.where("modules"), _("There are no modules."))
    members.finish(ignored=_KNOWN_ELSEWHERE)
    if opens_lessons and not _says_previews(document):
        open_first_lessons(course)
        if course.modules:
            report.warn(
                "",
                _("The file says nothing about free previews, so the first module is free, and its first two lessons are marked free too."),
            )
    return course


def open_first_lessons(course: CoursePart) -> None:
    """R257, R258: the first module is a preview; its first two lessons are marked too, so that they stay free if the module does not."""
    if not course.modules:
        return
    first = course.modules[0]
    first.is_free_preview = True
    for lesson in first.lessons[:FREE_LESSONS]:
        lesson.words = replace(lesson.words, is_free_preview=True)


def read_module(members: Members, *, files: Files, report: Report) -> ModulePart:
    module = ModulePart(
        place=members.place,
        title=members.text("title"),
        description=members.text("description"),
        is_free_preview=members.flag("is_free_preview", False),
    )
    module.lessons = [read_lesson(entry, files=files, report=report) for entry in members.objects("lessons", _LESSON)]
    module.quizzes = [read_quiz(entry, files=files) for entry in members.objects("quizzes", QUIZ_NAMES)]
    members.finish(ignored=_KNOWN_ELSEWHERE)
    return module


def read_lesson(members: Members, *, files: Files, report: Report) -> LessonPart:
    text = members.text("text")
    kind = members.text("kind", LessonKind.VIDEO_EMBED if members.raw("video_url") else LessonKind.TEXT)
    words = LessonWords(
        title=members.text("title"),
        kind=_LESSON_KINDS.get(kind, kind),
        text=files.link_pictures(text, place=members.where("text")),
        takeaways=members.sentences("takeaways"),
        minutes=members.number("minutes", 5),
        video_url=members.text("video_url"),
        hand_in=members.text("hand_in", "text"),
        self_check=members.sentences("self_check"),
        is_free_preview=members.flag("is_free_preview", False),
    )
    lesson = LessonPart(place=members.place, words=words, slug=members.text("slug"))
    for entry in members.objects("attachments", _ATTACHMENT):
        _read_attachment(entry, lesson.attachments, files, report)
    inner = members.object("quiz", QUIZ_NAMES)
    if inner is not None:
        lesson.quiz = read_quiz(inner, files=files, title=words.title)
    members.finish(ignored=_KNOWN_ELSEWHERE)
    return lesson


def read_quiz(members: Members, *, files: Files, title: str = "") -> QuizPart:
    """A quiz, whose place says of what it is one: in a lesson, a module or the course."""
    members.raw("kind")
    words = QuizWords(
        title=members.text("title", title),
        description=files.link_pictures(members.text("description"), place=members.where("description")),
        passing_score=members.number("passing_score", 70),
        allow_retakes=members.flag("allow_retakes", True),
        shuffle=members.flag("shuffle", False),
        time_limit_minutes=members.number_or_none("time_limit_minutes"),
        is_required=members.flag("is_required", True),
        is_free_preview=members.flag("is_free_preview", False),
    )
    quiz = QuizPart(place=members.place, words=words, slug=members.text("slug"))
    quiz.questions = [_read_question(entry, files) for entry in members.objects("questions", _QUESTION)]
    members.finish(ignored=_KNOWN_ELSEWHERE)
    return quiz


def _read_question(members: Members, files: Files) -> QuestionPart:
    kind = members.text("kind", "")
    kind = _QUESTION_KINDS.get(kind, kind)
    if not kind and isinstance(members.raw("correct"), bool):
        kind = QuestionKind.TRUE_FALSE
    options = _read_options(members)
    correct = _read_correct(members, options, kind)
    if not kind:
        kind = QuestionKind.MULTI_SELECT if len(correct) > 1 else QuestionKind.MULTIPLE_CHOICE
    words = QuestionWords(
        text=files.link_pictures(members.text("text"), place=members.where("text")),
        kind=kind,
        options=options,
        correct=correct,
        explanation=files.link_pictures(members.text("explanation"), place=members.where("explanation")),
        partial_credit=members.flag("partial_credit", False),
        points=members.number("points", 1),
    )
    members.finish(ignored=_KNOWN_ELSEWHERE)
    return QuestionPart(place=members.place, words=words)


def _read_options(members: Members) -> list[dict[str, str]]:
    """Answers as texts, which get the ids a, b, c…, or as objects with ids of their own."""
    options: list[dict[str, str]] = []
    for index, entry in enumerate(members.entries("options")):
        if isinstance(entry, dict) and isinstance(entry.get("text"), str) and isinstance(entry.get("id", ""), (str, int)):
            options.append({"id": str(entry.get("id", "")) or option_id(index), "text": entry["text"]})
        elif isinstance(entry, (str, int, float, bool)):
            text = {True: "True", False: "False"}[entry] if isinstance(entry, bool) else str(entry)
            options.append({"id": option_id(index), "text": text})
        else:
            members.problem_at(f"{members.where('options')}[{index}]", _('Write an answer here: a text, or {"id": …, "text": …}.'))
    return options


def option_id(index: int) -> str:
    """a, b, c… for the first answers; a number with a letter beyond them."""
    return "abcdefghijklmnopqrstuvwxyz"[index] if index < 26 else f"o{index}"


def _read_correct(members: Members, options: list[dict[str, str]], kind: str) -> list[str]:
    """Right answers as ids, as indexes from 0 (R160), or as true and false; one alone or a list."""
    raw = members.raw("correct")
    if raw is None:
        return []
    entries = raw if isinstance(raw, list) else [raw]
    found: list[str] = []
    for number, entry in enumerate(entries):
        place = f"{members.where('correct')}[{number}]" if isinstance(raw, list) else members.where("correct")
        if kind == QuestionKind.TRUE_FALSE:
            answer = _true_or_false(entry, options)
        elif isinstance(entry, int) and not isinstance(entry, bool):
            answer = options[entry]["id"] if 0 <= entry < len(options) else None
        else:
            answer = str(entry) if isinstance(entry, str) else None
            if answer is not None and answer not in {option["id"] for option in options}:
                answer = next((option["id"] for option in options if option["text"].strip() == answer.strip()), None)
        if answer is None:
            members.problem_at(place, _("There is no such answer. Name its id, or its index counted from 0."))
        else:
            found.append(answer)
    return found


def _true_or_false(entry: Any, options: list[dict[str, str]]) -> str | None:
    if isinstance(entry, bool):
        return "true" if entry else "false"
    if isinstance(entry, int):
        # An index into the answers as they stand there; without them, true comes first.
        entry = options[entry]["text"] if 0 <= entry < len(options) else {0: "true", 1: "false"}.get(entry) if not options else None
    return str(entry).strip().lower() if str(entry).strip().lower() in ("true", "false") else None


def _read_attachment(members: Members, into: list[FilePart], files: Files, report: Report) -> None:
    written = members.text("file")
    path = files.resolve(written, "")
    name = members.text("name", written)
    if not written or path is None or path not in files.package:
        report.problem(members.where("file"), _("“%(file)s” is not in the package.") % {"file": written[:200]})
    else:
        into.append(FilePart(place=members.place, path=path, name=name))
    members.finish(ignored=_KNOWN_ELSEWHERE | {"size", "content_type", "sha256"})


def _read_quizzes(members: Members, course: CoursePart, files: Files) -> None:
    """Quizzes beside the modules: the course's own, or a module's where they name its number from 0 ("module": 0)."""
    for entry in members.objects("quizzes", QUIZ_NAMES):
        if entry.raw("module") is None:
            course.quizzes.append(read_quiz(entry, files=files))
            continue
        number = entry.number("module", 0)
        if 0 <= number < len(course.modules):
            course.modules[number].quizzes.append(read_quiz(entry, files=files))
        else:
            entry.problem_at(entry.where("module"), _("There is no such module. Give its index counted from 0."))


def _check_version(members: Members, report: Report) -> None:
    named, version = members.raw("format"), members.raw("version")
    members.raw("order")
    if named is None and version is None:
        report.warn("", _("The file does not say its format; it is read as version %(version)d of ours.") % {"version": VERSION})
        return
    if named is not None and named != FORMAT:
        report.problem(members.where("format"), _("This format is unknown. Ours is called “%(name)s”.") % {"name": FORMAT})
    if version is not None and (isinstance(version, bool) or version != VERSION):
        report.problem(members.where("version"), _("This version is unknown; %(version)d is the newest here.") % {"version": VERSION})


def _says_previews(value: Any) -> bool:
    """Whether any module, lesson or quiz says if it is free; looked for without recursion."""
    waiting = [value]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, Mapping):
            if "is_free_preview" in entry:
                return True
            waiting.extend(entry[name] for name in ("modules", "lessons", "quizzes", "quiz") if name in entry)
        elif isinstance(entry, list):
            waiting.extend(entry)
    return False


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _value in pairs).items() if count > 1)
        raise ValueError(_("“%(name)s” stands twice in one object.") % {"name": twice[:80].encode(errors="replace").decode()})
    return found


def _no_such_number(name: str) -> float:
    raise ValueError(_("%(name)s is no number in JSON.") % {"name": name})
