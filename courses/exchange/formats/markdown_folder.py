"""A folder of Markdown files: folders are modules, files are lessons, in the order of their names (docs/course-format.md)."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from math import inf
from typing import Any, Final

import yaml
from django.utils.translation import gettext as _
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node

from courses.exchange.files import Files
from courses.exchange.formats.course_json import QUIZ_NAMES, read_quiz
from courses.exchange.formats.members import Members
from courses.exchange.formats.names import natural, title_of
from courses.exchange.formats.site_pages import find_summary, from_sites, read_summary
from courses.exchange.limits import MOST_FRONT_MATTER, MOST_TOML
from courses.exchange.packages import Package, is_storable
from courses.exchange.parts import CoursePart, LessonPart, ModulePart, Place, QuizPart
from courses.exchange.report import Report
from courses.models import Completion, HandIn, LessonKind, Level
from courses.services.courses import CourseWords
from courses.services.lessons import LessonWords

_ABOUT_COURSE: Final = ("course.md", "course.yml", "course.yaml", "_index.md", "readme.md", "index.md")
_ABOUT_MODULE: Final = ("_module.md", "module.md", "_index.md", "index.md", "readme.md")
_OF_REPOSITORY: Final = re.compile(
    r"(license|licence|contributing|contributors|code[-_]of[-_]conduct|changelog|security|authors|support|governance"
    r"|(pull_request|issue)_template)([-_.].*)?",
    re.IGNORECASE,
)
_QUIZ_FILES: Final = re.compile(r"(.*[-_ ])?quiz\.ya?ml", re.IGNORECASE)
_FRONT: Final = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FRONT_TOML: Final = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_HEADING: Final = re.compile(r"\s*#[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|\Z)")
_WEIGHTS: Final = ("weight", "nav_order", "sidebar_position", "order")
"""How site generators order pages: by number, those without one last."""
_OF_SITES: Final = frozenset(
    {
        *_WEIGHTS,
        *("aliases", "author", "authors", "categories", "category", "collection", "comments", "cover", "date", "description", "draft"),
        *("featured_image", "has_children", "has_toc", "hide", "icon", "id", "image", "keywords", "lang", "last_modified_at", "lastmod"),
        *("layout", "linktitle", "linkTitle", "math", "menu", "nav_exclude", "parent", "permalink", "publishdate", "published"),
        *("redirect_from", "sections_weight", "sidebar", "sidebar_label", "site", "subtitle", "summary", "tags", "template", "toc", "type"),
        *("url", "weight"),
    }
)
"""What Hugo, Jekyll, Docusaurus and the like say about the page in their site. It has nothing to say to a lesson."""
_COURSE: Final = {"outcomes": ("learning_outcomes",), "title": ("name",)}
_MODULE: Final = {"is_free_preview": ("free",), "title": ("name",)}
_LESSON: Final = {
    "is_free_preview": ("free",),
    "video_url": ("video",),
    "minutes": ("duration", "estimated_minutes"),
    "takeaways": ("key_takeaways", "keypoints"),
    "title": ("name",),
}
_MINUTES: Final = re.compile(r"(\d{1,3})\s*(?:m|min|mins|minutes)\.?", re.IGNORECASE)
_LONGEST_ABOUT: Final = 2000
"""Letters in the description of a module; a page with more is a lesson."""


def is_markdown_folder(package: Package) -> bool:
    return any(_is_markdown(name) for name in package.names)


def read_markdown_folder(files: Files) -> CoursePart:
    """The course in a package of Markdown files. What does not fit goes into the report, the rest is read on."""
    package, report = files.package, files.report
    for name in package.names:
        if "/" not in name and _is_markdown(name) and _OF_REPOSITORY.fullmatch(name):
            report.warn(name, _("This file is about the repository, not the course; it is left out."))
    files.site_folders = ("static/", "public/", "assets/", "")
    base = _base(package)
    about = _about_course(package, base)
    course = _read_course(about, files)
    if summary := find_summary(package):
        _read_by_summary(course, summary, files)
    else:
        _read_by_folders(course, base, about, files)
    if not course.modules:
        report.problem("", _("There is no lesson: put Markdown files into the folder."))
    return course


def _is_content(name: str) -> bool:
    return _is_markdown(name) and not ("/" not in name and _OF_REPOSITORY.fullmatch(name))


def _base(package: Package) -> str:
    """The folder in which modules begin, with its slash: below folders that hold but one folder of Markdown, as "content/en/" does."""
    base = ""
    while True:
        inner = [name.removeprefix(base) for name in package.names if name.startswith(base) and _is_content(name)]
        beside = [name for name in inner if "/" not in name and name.lower() not in _ABOUT_COURSE]
        folders = {name.partition("/")[0] for name in inner if "/" in name}
        if beside or len(folders) != 1 or not any(name.count("/") > 1 for name in inner):
            return base
        base += f"{folders.pop()}/"


def _about_course(package: Package, base: str) -> str:
    """The file about the course: in the folder of the modules, else at the top."""
    places = {name.lower().removeprefix(folder.lower()): name for folder in ("", base) for name in package.names if _lies_in(name, folder)}
    return next((places[name] for name in _ABOUT_COURSE if name in places), "")


def _lies_in(name: str, folder: str) -> bool:
    return name.startswith(folder) and "/" not in name.removeprefix(folder)


def _read_by_folders(course: CoursePart, base: str, about: str, files: Files) -> None:
    folders: dict[str, list[str]] = defaultdict(list)
    for name in files.package.names:
        if not name.startswith(base) and name != about and _is_content(name):
            files.report.warn(name, _("This file is about the repository, not the course; it is left out."))
        if not name.startswith(base) or name == about or not (_is_content(name) or _QUIZ_FILES.fullmatch(name.rpartition("/")[2])):
            continue
        inner = name.removeprefix(base)
        folders[base + inner.partition("/")[0] if "/" in inner else ""].append(name)
    weights = {name: _weight(name, files) for names in folders.values() for name in names if _is_markdown(name)}

    def order(name: str) -> tuple[float, list[tuple[int, int, str]]]:
        return weights.get(name, inf), natural(name)

    def order_of_folder(folder: str) -> tuple[float, list[tuple[int, int, str]]]:
        about_it = next((name for name in folders[folder] if _is_about(name, folder)), "") if folder else ""
        return weights.get(about_it, inf) if folder else -inf, natural(folder)

    for folder in sorted(folders, key=order_of_folder):
        names = sorted(folders[folder], key=order)
        if folder == "" and not any(_is_markdown(name) for name in names):
            course.quizzes += [quiz for name in names if (quiz := _read_quiz_file(name, files))]
        else:
            course.modules.append(_read_module(folder, names, files, course.words.title))


def _is_about(name: str, folder: str) -> bool:
    return name.removeprefix(f"{folder}/").lower() in _ABOUT_MODULE


def _weight(name: str, files: Files) -> float:
    matter, _body = _split(files.package.text(name), name, files.report)
    for key in _WEIGHTS:
        value = matter.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
    return inf


def _read_by_summary(course: CoursePart, summary: str, files: Files) -> None:
    """The outline of an mdBook or GitBook: entries with others below become modules."""
    folder = summary.rpartition("/")[0]
    named: set[str] = set()
    for part in read_summary(files.package.text(summary)):
        module = ModulePart(place=Place(file=summary, path=part.title), title=part.title[:160] or course.words.title[:160] or _("Lessons"))
        for title, target in part.entries:
            path = files.resolve(target, folder) if target else None
            if path is None or path not in files.package or not _is_markdown(path):
                files.report.warn(Place(file=summary, path=title).of(), _("Nothing belongs to this entry; it is left out."))
            elif path not in named:
                named.add(path)
                _read_lesson(path, module, files, title=title)
        if module.lessons or module.quizzes:
            course.modules.append(module)
    for name in files.package.names:
        is_left = _is_content(name) and name not in named | {summary} and name.startswith(f"{folder}/" if folder else "")
        if is_left and name.lower() not in _ABOUT_COURSE:
            files.report.warn(name, _("The outline does not name this page; it is left out."))


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
    members.finish(ignored=_OF_SITES)
    return CoursePart(place=members.place, words=words)


def _read_module(folder: str, names: list[str], files: Files, course_title: str) -> ModulePart:
    about = (
        next((name for entry in _ABOUT_MODULE for name in names if name.removeprefix(f"{folder}/").lower() == entry), "") if folder else ""
    )
    matter, body = _split(files.package.text(about), about, files.report) if about else ({}, "")
    members = Members(matter, file=about or folder, path="", report=files.report, aliases=_MODULE)
    heading, body = _heading(body)
    # A page that is all there is, or longer than any description, is to be read: it is a lesson.
    is_lesson = bool(body.strip()) and (
        len(body.strip()) > _LONGEST_ABOUT or not any(_is_markdown(name) for name in names if name != about)
    )
    module = ModulePart(
        place=members.place,
        title=members.text("title", heading or title_of(folder) or course_title[:160] or _("Lessons")),
        description="" if is_lesson else members.text("description", body.strip()),
        is_free_preview=members.flag("is_free_preview", False),
    )
    if is_lesson:
        _read_lesson(about, module, files)
    else:
        members.finish(ignored=_OF_SITES)
    for name in names:
        if name == about:
            continue
        if _is_markdown(name):
            _read_lesson(name, module, files)
        elif quiz := _read_quiz_file(name, files):
            module.quizzes.append(quiz)
    return module


def _read_lesson(name: str, module: ModulePart, files: Files, *, title: str = "") -> None:
    """A lesson; or, for `kind: quiz`, a quiz at the end of the module. `title` is that of an outline."""
    report = files.report
    matter, body = _split(files.package.text(name), name, report)
    members = Members(matter, file=name, path="", report=report, aliases=_LESSON)
    heading, rest = _heading(body)
    folder = name.rpartition("/")[0]
    title = title or members.text("title", heading or title_of(folder if folder and _is_about(name, folder) else name))
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
    members.raw("title")
    body = from_sites(body, name, report)
    lesson = LessonPart(
        place=members.place,
        slug=members.text("slug"),
        words=LessonWords(
            title=title,
            kind=LessonKind.QUIZ_INLINE if kind == "quiz" else kind,
            takeaways=members.sentences("takeaways"),
            minutes=_minutes(members, body),
            video_url=members.text("video_url"),
            hand_in=members.text("hand_in", HandIn.TEXT),
            self_check=members.sentences("self_check"),
            is_free_preview=members.flag("is_free_preview", False),
        ),
    )
    for written in members.sentences("attachments"):
        path = files.resolve(written, folder)
        if path is None or path not in files.package:
            report.problem(members.where("attachments"), _("“%(file)s” is not in the package.") % {"file": written[:200]})
        else:
            files.attach(path, place=members.place, name="", attachments=lesson.attachments)
    text = files.link_all(body.strip("\n"), place=Place(file=name), folder=folder, attachments=lesson.attachments)
    lesson.words = replace(lesson.words, text=text)
    lesson.quiz = _read_quiz(members, files, title)
    members.finish(ignored=_OF_SITES)
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


def _minutes(members: Members, body: str) -> int:
    """As said, "15 min" included; as lessons of The Carpentries say it, teaching and exercises; else by the length."""
    said = members.raw("minutes")
    if isinstance(said, str) and (match := _MINUTES.fullmatch(said.strip())):
        return int(match[1])
    parts = [members.number(name, 0) for name in ("teaching", "exercises") if members.raw(name) is not None]
    return members.number("minutes", max(1, sum(parts)) if parts else minutes_to_read(body))


def minutes_to_read(text: str) -> int:
    """An estimate: two hundred words a minute, at least one, at most sixty."""
    return max(1, min(60, round(len(text.split()) / 200)))


def _split(text: str, name: str, report: Report) -> tuple[Mapping[str, Any], str]:
    """Front matter and the text behind it."""
    if match := _FRONT.match(text):
        return _load(match[1], name, report), text[match.end() :]
    if match := _FRONT_TOML.match(text):
        return _load_toml(match[1], name, report), text[match.end() :]
    return {}, text


def _load_toml(text: str, name: str, report: Report) -> Mapping[str, Any]:
    """Front matter as Hugo writes it too. Nesting is bounded by its length, which ends before the parser does."""
    if len(text) > MOST_TOML:
        report.problem(name, _("The part between the lines of signs is too long."))
        return {}
    try:
        loaded = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        report.problem(name, _("This is not TOML that we can read: %(reason)s") % {"reason": str(error)[:200]})
        return {}
    if not is_storable(loaded):
        report.problem(name, _("This holds a character that cannot be stored."))
        return {}
    return loaded


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
