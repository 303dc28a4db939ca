"""A folder of Markdown files: folders are modules, files are lessons, in the order of their names (docs/course-format.md)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import yaml
from django.utils.translation import gettext as _
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node

from courses.exchange.files import Files
from courses.exchange.formats.course_json import QUIZ_NAMES, read_quiz
from courses.exchange.formats.members import Members
from courses.exchange.formats.names import natural, title_of
from courses.exchange.limits import MOST_FRONT_MATTER
from courses.exchange.packages import Package, is_storable
from courses.exchange.parts import CoursePart, LessonPart, ModulePart, Place, QuizPart
from courses.exchange.report import Report
from courses.models import Completion, HandIn, LessonKind, Level
from courses.services.courses import CourseWords
from courses.services.lessons import LessonWords

_ABOUT_COURSE: Final = ("course.md", "index.md", "readme.md", "course.yml", "course.yaml")
_ABOUT_MODULE: Final = ("_module.md", "module.md", "index.md", "readme.md")
_QUIZ_FILES: Final = re.compile(r"(.*[-_ ])?quiz\.ya?ml", re.IGNORECASE)
_FRONT: Final = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_HEADING: Final = re.compile(r"\s*#[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|\Z)")
_COURSE: Final = {"outcomes": ("learning_outcomes",), "title": ("name",)}
_MODULE: Final = {"is_free_preview": ("free",), "title": ("name",)}
_LESSON: Final = {
    "is_free_preview": ("free",),
    "video_url": ("video",),
    "minutes": ("duration", "estimated_minutes"),
    "takeaways": ("key_takeaways",),
    "title": ("name",),
}


def is_markdown_folder(package: Package) -> bool:
    return any(_is_markdown(name) for name in package.names)


def read_markdown_folder(files: Files) -> CoursePart:
    """The course in a package of Markdown files. What does not fit goes into the report, the rest is read on."""
    package, report = files.package, files.report
    about = next((name for name in package.names if name.lower() in _ABOUT_COURSE), "")
    course = _read_course(about, files)
    folders: dict[str, list[str]] = defaultdict(list)
    for name in sorted(package.names, key=natural):
        folder = name.partition("/")[0] if "/" in name else ""
        if name != about and (_is_markdown(name) or _QUIZ_FILES.fullmatch(name.rpartition("/")[2])):
            folders[folder].append(name)
    for folder in sorted(folders, key=natural):
        names = folders[folder]
        if folder == "" and not any(_is_markdown(name) for name in names):
            course.quizzes += [quiz for name in names if (quiz := _read_quiz_file(name, files))]
        else:
            course.modules.append(_read_module(folder, names, files, course.words.title))
    if not course.modules:
        report.problem("", _("There is no lesson: put Markdown files into the folder."))
    return course


def _read_course(about: str, files: Files) -> CoursePart:
    matter: Mapping[str, Any] = {}
    body = ""
    if about.lower().endswith((".yml", ".yaml")):
        matter = _load(files.package.text(about), about, files.report)
    elif about:
        matter, body = _split(files.package.text(about), about, files.report)
    members = Members(matter, file=about, path="", report=files.report, aliases=_COURSE)
    heading, body = _heading(body)
    if body.strip():
        files.report.warn(about, _("The text of this file is left out: a course has none of its own. The listing has."))
    words = CourseWords(
        title=members.text("title", heading or files.title),
        outcomes=members.sentences("outcomes"),
        prerequisites=members.sentences("prerequisites"),
        audience=members.sentences("audience"),
        level=members.text("level", Level.ALL),
        language=members.text("language", "en"),
        completion=members.text("completion", Completion.BOTH),
        gives_certificate=members.flag("gives_certificate", True),
    )
    members.finish()
    return CoursePart(place=members.place, words=words)


def _read_module(folder: str, names: list[str], files: Files, course_title: str) -> ModulePart:
    about = next((name for name in names if name.removeprefix(f"{folder}/").lower() in _ABOUT_MODULE), "") if folder else ""
    matter, body = _split(files.package.text(about), about, files.report) if about else ({}, "")
    members = Members(matter, file=about or folder, path="", report=files.report, aliases=_MODULE)
    heading, body = _heading(body)
    module = ModulePart(
        place=members.place,
        title=members.text("title", heading or title_of(folder) or course_title[:160] or _("Lessons")),
        description=members.text("description", body.strip()),
        is_free_preview=members.flag("is_free_preview", False),
    )
    members.finish()
    for name in names:
        if name == about:
            continue
        if _is_markdown(name):
            _read_lesson(name, module, files)
        elif quiz := _read_quiz_file(name, files):
            module.quizzes.append(quiz)
    return module


def _read_lesson(name: str, module: ModulePart, files: Files) -> None:
    """A lesson; or, for `kind: quiz`, a quiz at the end of the module."""
    report = files.report
    matter, body = _split(files.package.text(name), name, report)
    members = Members(matter, file=name, path="", report=report, aliases=_LESSON)
    heading, rest = _heading(body)
    title = members.text("title", heading or title_of(name))
    if heading and heading == title:
        body = rest
    has_video, has_quiz = members.raw("video_url") is not None, members.raw("quiz") is not None
    kind = members.text("kind", LessonKind.QUIZ_INLINE if has_quiz else LessonKind.VIDEO_EMBED if has_video else LessonKind.TEXT)
    if kind == "quiz" and not has_quiz:
        quiz = Members(
            {"description": body.strip(), **matter, "title": title},
            file=name,
            path="",
            report=report,
            aliases={**QUIZ_NAMES, "is_free_preview": ("free",)},
        )
        module.quizzes.append(read_quiz(quiz, files=files))
        return
    lesson = LessonPart(
        place=members.place,
        slug=members.text("slug"),
        words=LessonWords(
            title=title,
            kind=LessonKind.QUIZ_INLINE if kind == "quiz" else kind,
            takeaways=members.sentences("takeaways"),
            minutes=members.number("minutes", minutes_to_read(body)),
            video_url=members.text("video_url"),
            hand_in=members.text("hand_in", HandIn.TEXT),
            self_check=members.sentences("self_check"),
            is_free_preview=members.flag("is_free_preview", False),
        ),
    )
    folder = name.rpartition("/")[0]
    for written in members.sentences("attachments"):
        path = files.resolve(written, folder)
        if path is None or path not in files.package:
            report.problem(members.where("attachments"), _("“%(file)s” is not in the package.") % {"file": written[:200]})
        else:
            files.attach(path, place=members.place, name="", attachments=lesson.attachments)
    text = files.link_all(body.strip("\n"), place=Place(file=name), folder=folder, attachments=lesson.attachments)
    lesson.words = replace(lesson.words, text=text)
    lesson.quiz = _read_quiz(members, files, title)
    members.finish()
    module.lessons.append(lesson)


def _read_quiz(members: Members, files: Files, title: str) -> QuizPart | None:
    """`quiz:` in front matter is a quiz, or only the list of its questions."""
    raw = members.raw("quiz")
    if isinstance(raw, list):
        inner = Members({"questions": raw}, file=members.file, path="quiz", report=files.report, aliases=QUIZ_NAMES)
        return read_quiz(inner, files=files, title=title)
    found = members.object("quiz", QUIZ_NAMES)
    return read_quiz(found, files=files, title=title) if found else None


def _read_quiz_file(name: str, files: Files) -> QuizPart | None:
    matter = _load(files.package.text(name), name, files.report)
    members = Members(matter, file=name, path="", report=files.report, aliases={**QUIZ_NAMES, "is_free_preview": ("free",)})
    return read_quiz(members, files=files, title=title_of(name))


def minutes_to_read(text: str) -> int:
    """An estimate: two hundred words a minute, at least one, at most sixty."""
    return max(1, min(60, round(len(text.split()) / 200)))


def _split(text: str, name: str, report: Report) -> tuple[Mapping[str, Any], str]:
    """Front matter and the text behind it."""
    match = _FRONT.match(text)
    if match is None:
        return {}, text
    return _load(match[1], name, report), text[match.end() :]


def _load(text: str, name: str, report: Report) -> Mapping[str, Any]:
    """A YAML mapping. Anything else, and what YAML could be abused for, is a problem of that file."""
    if len(text) > MOST_FRONT_MATTER:
        report.problem(name, _("The part between the lines of dashes is too long."))
        return {}
    try:
        loaded = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader with even less
    except RecursionError:
        report.problem(name, _("This is nested too deeply."))
        return {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        report.problem(
            name,
            _("This is not YAML that we can read, at line %(line)d: %(reason)s")
            % {"line": mark.line + 1 if mark else 1, "reason": error.problem},
        )
        return {}
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        report.problem(name, _("This is not YAML that we can read: %(reason)s") % {"reason": str(error)[:200]})
        return {}
    if loaded is None:
        return {}
    if not is_storable(loaded):
        report.problem(name, _("This holds a character that cannot be stored."))
        return {}
    if not isinstance(loaded, dict) or not all(isinstance(key, str) for key in loaded):
        report.problem(name, _("Write names and values here, as in “title: My lesson”."))
        return {}
    return loaded


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases, which can make gigabytes of a few lines, and without names that stand twice.

    Words stay words: "yes", "no" and "12:30" are what was written, not truth values or numbers to the base of sixty.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        if self.check_event(AliasEvent):
            raise yaml.composer.ComposerError(None, None, _("references (*name) are not used here"), self.get_mark())
        return super().compose_node(parent, index)

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _value in node.value if isinstance(key.value, str)]
        if len(set(names)) < len(names):
            raise yaml.constructor.ConstructorError(None, None, _("a name stands twice"), node.start_mark)
        return super().construct_mapping(node, deep)


_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL)?\Z"), ["~", "n", "N", ""])
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF"))
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9][0-9]{0,8})\Z"), list("-+0123456789"))
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]{1,9}\.[0-9]{1,9}\Z"), list("-+0123456789"))


def _heading(body: str) -> tuple[str, str]:
    """The first line where it is a heading of the first rank, and the text behind it."""
    match = _HEADING.match(body)
    return (match[1][:160], body[match.end() :]) if match else ("", body)


def _is_markdown(name: str) -> bool:
    return name.lower().endswith((".md", ".markdown"))
