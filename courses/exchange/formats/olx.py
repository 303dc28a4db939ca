"""Open edX courses (OLX), as Studio exports them: course.xml and its folders.

Chapters become modules, units (verticals) lessons. Problems of given answers become questions; whatever else a unit holds is named in
the report.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html import escape
from typing import Final
from xml.etree.ElementTree import tostring

from django.utils.translation import gettext as _

from courses.embeds import embed_or_none
from courses.exchange.files import Files
from courses.exchange.formats.course_json import option_id, parse_json
from courses.exchange.formats.html_text import escaped, html_to_line, html_to_markdown
from courses.exchange.formats.markdown_folder import minutes_to_read
from courses.exchange.formats.names import title_of
from courses.exchange.formats.qti import tell_pictures
from courses.exchange.formats.xml_documents import Element, local, read_xml, walk
from courses.exchange.limits import MOST_HTML, MOST_TEXT_FILE
from courses.exchange.packages import Package
from courses.exchange.parts import CoursePart, LessonPart, ModulePart, Place, QuestionPart, QuizPart
from courses.limits import MOST_OPTIONS
from courses.models import LessonKind, QuestionKind
from courses.services.courses import CourseWords
from courses.services.lessons import LessonWords
from courses.services.quizzes import QuestionWords, QuizWords
from kit.files import RefusedFile

_RESPONSES: Final = {
    "multiplechoiceresponse": QuestionKind.MULTIPLE_CHOICE,
    "choiceresponse": QuestionKind.MULTI_SELECT,
    "optionresponse": QuestionKind.MULTIPLE_CHOICE,
}
_ANSWERS: Final = frozenset(
    {"choicegroup", "checkboxgroup", "optioninput", "solution", "choicehint", "compoundhint", "demandhint", "script"}
)
_SECTIONS: Final = frozenset({"sequential", "videosequence"})
_HOLDERS: Final = frozenset({"library_content", "itembank", "randomize", "split_test", "conditional"})
"""Blocks that show some of what they hold."""
_BESIDE: Final = re.compile(r"(about|info|tabs)/[^/]+\.(html|md)")
_MACHINE: Final = re.compile(r"(?=[a-f]*[0-9])[0-9a-f]{8,40}$")
_DROPDOWN: Final = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|([^,'\"]+)")
_LONGEST_DROPDOWN: Final = 4000


def find_olx_root(package: Package) -> str | None:
    """The folder with course.xml, with its slash; None for a package that is no OLX. The uppermost where there are several."""
    roots = [name.removesuffix("course.xml") for name in package.names if name == "course.xml" or name.endswith("/course.xml")]
    folders = {name.rpartition("/")[0] + "/" for name in package.names if "/" in name}
    roots.sort(key=lambda root: (root.count("/"), root))
    for root in roots:
        if root in ("", "course/") or (root.count("/") <= 3 and {f"{root}course/", f"{root}chapter/"} & folders):
            return root
    return None


@dataclass
class _Unit:
    """What the blocks of one unit come to."""

    texts: list[str] = field(default_factory=list)
    videos: list[tuple[str, str]] = field(default_factory=list)
    """Their addresses and names."""
    questions: list[QuestionPart] = field(default_factory=list)


class _Reader:
    def __init__(self, files: Files, root: str) -> None:
        self.files, self.root = files, root
        self._names: dict[str, str] = {}

    def learn_names(self, run: str) -> None:
        """Courses that were not written in Studio keep the names of their parts in a file of policies."""
        for path in (f"{self.root}policies/{run}/policy.json", f"{self.root}policies/{run}.json"):
            if not run or path not in self.files.package:
                continue
            try:
                policies = parse_json(self.files.package.read(path, most=MOST_TEXT_FILE), path)
            except RefusedFile as refusal:
                self.files.report.warn(path, str(refusal))
                continue
            for key, policy in policies.items() if isinstance(policies, dict) else ():
                if isinstance(policy, dict) and isinstance(policy.get("display_name"), str):
                    self._names[key] = policy["display_name"]

    def name(self, element: Element, *, below: Element | None = None) -> str:
        """What it is called: on itself, on what points to it, or among the policies."""
        pointer = below if below is not None else element
        return (
            element.get("display_name")
            or pointer.get("display_name")
            or self._names.get(f"{local(pointer)}/{pointer.get('url_name', '')}")
            or self._names.get(f"{local(element)}/{element.get('url_name', '')}")
            or _spoken(pointer.get("url_name", ""))
        ).strip()

    def whole(self, element: Element) -> tuple[Element, str]:
        """The element itself, or the file that it only points to by `url_name`; and where it stands. A colon is a folder."""
        name = element.get("url_name", "")
        file = name.replace(":", "/")
        path = f"{self.root}{local(element)}/{file}.xml"
        if name and not len(element) and ".." not in file and path in self.files.package:
            self.files.met.add(path)
            found = read_xml(self.files.package, path)
            if title := self.name(found, below=element):
                found.set("display_name", title)
            return found, path
        if title := self.name(element):
            element.set("display_name", title)
        return element, f"{local(element)}/{name}" if name else local(element)

    def blocks(self, element: Element) -> list[tuple[Element, str]]:
        return [self.whole(inner) for inner in element if isinstance(inner.tag, str)]


def _spoken(name: str) -> str:
    """A title from the name of a file, where a person wrote it: Studio names files by numbers."""
    return "" if _MACHINE.search(name[-40:]) else title_of(name.rpartition(":")[2][:200])


def read_olx(files: Files, root: str) -> CoursePart:
    """The course below `root`. What does not map goes into the report. Raises `RefusedFile` for XML that cannot be read."""
    files.roots["/static/"] = (f"{root}static/",)
    files.inner_links = ("/jump_to_id/", "/jump_to/", "/course/")
    files.is_forgiving = True
    reader = _Reader(files, root)
    pointer = read_xml(files.package, f"{root}course.xml")
    reader.learn_names(pointer.get("url_name", ""))
    element, path = reader.whole(pointer)
    title = element.get("display_name") or pointer.get("display_name") or pointer.get("course") or files.title
    course = CoursePart(
        place=Place(file=path),
        words=CourseWords(title=title[:120] or _("Imported course"), language=element.get("language", "en")[:10] or "en"),
    )
    for chapter, place in reader.blocks(element):
        if local(chapter) == "chapter":
            course.modules.append(_read_chapter(chapter, place, reader))
        elif local(chapter) != "wiki":
            _leave_out(chapter, place, reader)
    if not course.modules:
        files.report.problem(path, _("The course has no chapter."))
    _tell_unused(files, root)
    return course


def _tell_unused(files: Files, root: str) -> None:
    """What lies outside the outline: drafts, pages about the course, and files that no page shows."""
    drafts = sum(1 for name in files.package.names if name.startswith(f"{root}drafts/vertical/"))
    if drafts:
        files.report.warn(f"{root}drafts", _("The drafts of this course are left out; publish them in Studio first if you want them."))
    for name in files.package.names:
        inner = name.removeprefix(root)
        if _BESIDE.fullmatch(inner):
            files.report.warn(name, _("This page stands beside the outline; it is left out."))
        elif inner.startswith("static/") and name not in files.met:
            files.report.warn(name, _("No page uses this file; it is left out."))


def _read_chapter(chapter: Element, path: str, reader: _Reader) -> ModulePart:
    """Units stand in sections; older courses have blocks right in a section or chapter, each of which is a unit then."""
    module = ModulePart(place=Place(file=path), title=(chapter.get("display_name") or _("Untitled"))[:160])
    for section, place in reader.blocks(chapter):
        if local(section) not in _SECTIONS:
            module.lessons += _read_unit(section, place, "", reader)
            continue
        for unit, inside in reader.blocks(section):
            module.lessons += _read_unit(unit, inside, section.get("display_name", ""), reader)
    return module


def _read_unit(vertical: Element, path: str, section: str, reader: _Reader) -> list[LessonPart]:
    """A unit makes a lesson; one with a video and questions makes two, and each further video one.

    A unit of which nothing is left makes none.
    """
    title = (vertical.get("display_name") or section or _("Untitled"))[:160]
    place = Place(file=path)
    lesson = LessonPart(place=place, words=LessonWords(title=title))
    unit = _Unit()
    is_unit = local(vertical) in ("vertical", "sequential")
    for block, inside in reader.blocks(vertical) if is_unit else [(vertical, path)]:
        _read_block(block, inside, unit, lesson, reader)
    text = "\n\n".join(part for part in unit.texts if part)
    found: list[LessonPart] = []
    for number, (video, name) in enumerate(unit.videos):
        words = replace(lesson.words, kind=LessonKind.VIDEO_EMBED, video_url=video, text=text if number == 0 else "")
        if number and name:
            words = replace(words, title=name[:160])
        found.append(LessonPart(place=place, words=words, attachments=lesson.attachments if number == 0 else []))
    if unit.questions:
        quiz = QuizPart(place=place, words=QuizWords(title=title), questions=unit.questions)
        words = replace(
            lesson.words,
            title=_("%(title)s: questions") % {"title": title[:140]} if unit.videos else title,
            kind=LessonKind.QUIZ_INLINE,
            text="" if unit.videos else text,
            minutes=max(1, len(unit.questions)),
        )
        found.append(LessonPart(place=place, words=words, quiz=quiz, attachments=[] if unit.videos else lesson.attachments))
    if not found and (text or lesson.attachments):
        lesson.words = replace(lesson.words, text=text, minutes=minutes_to_read(text))
        found.append(lesson)
    if not found and is_unit:
        reader.files.report.warn(path, _("Nothing is left of the unit “%(title)s”, so it makes no lesson.") % {"title": title})
    return found


def _read_block(block: Element, path: str, unit: _Unit, lesson: LessonPart, reader: _Reader) -> None:
    kind, report = local(block), reader.files.report
    if kind == "html":
        markdown, _videos = html_to_markdown(_page_of(block, path, reader))
        unit.texts.append(reader.files.link_all(markdown, place=Place(file=path), folder="", attachments=lesson.attachments))
    elif kind == "video":
        _read_video(block, path, unit, lesson, reader)
    elif kind == "problem":
        unit.questions += _read_problem(block, path, reader)
    elif kind in ("vertical", "wrapper") or kind in _HOLDERS:
        if kind in _HOLDERS:
            report.warn(path, _("Of what this holds, some is shown by chance or by a condition. Here all of it is shown."))
        for inner, place in reader.blocks(block):
            if local(inner) not in ("vertical", "show"):
                _read_block(inner, place, unit, lesson, reader)
    else:
        _leave_out(block, path, reader)


def _read_video(block: Element, path: str, unit: _Unit, lesson: LessonPart, reader: _Reader) -> None:
    addresses = _sources_of(block)
    name = block.get("display_name", "")
    embed = next((embed for address in addresses if (embed := embed_or_none(address))), None)
    if embed is not None:
        unit.videos.append((embed.page_url, name))
        return
    there = next((address for address in addresses if address.startswith(("http://", "https://", "/static/"))), "")
    if there:
        link = f"[{escaped(name or there)}](<{there.replace(' ', '%20').replace('<', '').replace('>', '')}>)"
        unit.texts.append(reader.files.link_all(link, place=Place(file=path), folder="", attachments=lesson.attachments))
        reader.files.report.warn(path, _("This video is not on YouTube or Vimeo; a link to it stands in the text."))
    else:
        reader.files.report.warn(path, _("This video is not on YouTube or Vimeo; it is left out."))


def _page_of(block: Element, path: str, reader: _Reader) -> str:
    """The page of a block: in a file of its own, by its name or that of the block, or in the block."""
    named = block.get("filename", "").removesuffix(".html")
    for name in (named, block.get("url_name", "") if not len(block) else "", path.removesuffix(".xml").rpartition("html/")[2]):
        page = f"{reader.root}html/{name.replace(':', '/')}.html"
        if name and ".." not in name and page in reader.files.package:
            return reader.files.package.text(page, most=MOST_HTML)
    if named:
        reader.files.report.warn(path, _("The text of this page did not come along."))
    return "".join([block.text or "", *(_as_html(inner) for inner in block)])


def _sources_of(block: Element) -> list[str]:
    """Where a video may lie, YouTube at its usual speed first."""
    names = [block.get("youtube_id_1_0", "")]
    for part in block.get("youtube", "").split(","):
        speed, _colon, name = part.strip().partition(":")
        if speed in ("1", "1.0", "1.00"):
            names.append(name)
    addresses = [f"https://youtu.be/{name}" for name in names if name]
    addresses += [source.get("src", "") for source in walk(block, "source", "encoded_video")]
    addresses += [source.get("url", "") for source in walk(block, "encoded_video")]
    addresses += block.get("html5_sources", "").strip("[]").replace('"', "").split(",")
    addresses.append(block.get("source", ""))
    return [address.strip() for address in addresses if address.strip()]


def _read_problem(problem: Element, path: str, reader: _Reader) -> list[QuestionPart]:
    """Each of a problem's questions that has given answers. Scripts are never run: what they would compute is left out."""
    report = reader.files.report
    responses = [element for element in problem.iter() if isinstance(element.tag, str) and local(element).endswith("response")]
    if next(walk(problem, "script"), None) is not None:
        report.warn(path, _("This problem computes its values by a script, which is not run; it is left out."))
        return []
    if next(walk(problem, "demandhint", "choicehint", "compoundhint"), None) is not None:
        report.warn(path, _("The hints of this problem are left out."))
    found: list[QuestionPart] = []
    around = _around(problem, responses)
    for number, response in enumerate(responses, 1):
        place = Place(file=path, path=_("question %(number)d") % {"number": number} if len(responses) > 1 else "")
        kind = _RESPONSES.get(local(response))
        if kind is None:
            report.warn(
                place.of(),
                _("This is %(what)s, a kind of question that has no counterpart here; it is left out.") % {"what": _said(local(response))},
            )
            continue
        options, correct = _answers_of(response, place, reader)
        if len(options) > MOST_OPTIONS:
            report.warn(place.of(), _("The question has more than %(most)d answers; it is left out.") % {"most": MOST_OPTIONS})
            continue
        words = QuestionWords(
            text=_text_of(problem, response, around[id(response)], place, reader),
            kind=kind,
            options=options,
            correct=correct,
            explanation=_solution_of([problem] if len(responses) == 1 else [response, *around[id(response)]], place, reader),
        )
        found.append(QuestionPart(place=place, words=words))
    if not responses:
        report.warn(path, _("There is no question in this problem; it is left out."))
    return found


def _answers_of(response: Element, place: Place, reader: _Reader) -> tuple[list[dict[str, str]], list[str]]:
    options: list[dict[str, str]] = []
    correct: list[str] = []
    for choice in walk(response, "choice", "option"):
        ident = option_id(len(options))
        hints = [inner for inner in choice if local(inner) in _ANSWERS]
        for hint in hints:
            choice.remove(hint)
        options.append({"id": ident, "text": html_to_line("".join([escape(choice.text or ""), *(_as_html(inner) for inner in choice)]))})
        if next(walk(choice, "img"), None) is not None:
            tell_pictures(place, reader.files)
        if choice.get("correct", "").lower() == "true":
            correct.append(ident)
    for dropdown in walk(response, "optioninput"):
        if not options and dropdown.get("options"):
            written = dropdown.get("options", "").strip(" ()")
            found = (match[1] or match[2] or (match[3] or "").strip() for match in _DROPDOWN.finditer(written[:_LONGEST_DROPDOWN]))
            names = [name for name in found if name]
            options = [{"id": option_id(index), "text": escaped(name, at_start=True)} for index, name in enumerate(names)]
            correct = [option_id(index) for index, name in enumerate(names) if name == dropdown.get("correct", "")]
    return options, correct


def _around(problem: Element, responses: list[Element]) -> dict[int, list[Element]]:
    """What stands between the questions of a problem: words belong to the question below them, a solution to the one above."""
    known = {id(response) for response in responses}
    found: dict[int, list[Element]] = {id(response): [] for response in responses}
    waiting: list[Element] = []
    above: int | None = None
    for inner in problem:
        if not isinstance(inner.tag, str):
            continue
        held = [id(entry) for entry in inner.iter() if id(entry) in known]
        if held:
            found[held[0]] += waiting + ([] if inner in responses else [_without(inner, known)])
            waiting, above = [], held[-1]
        elif local(inner) == "solution" and above is not None:
            found[above].append(inner)
        else:
            waiting.append(inner)
    if above is not None and len(responses) == 1:
        found[above] += waiting
    return found


def _without(element: Element, responses: set[int]) -> Element:
    """A copy without the questions in it."""
    copy = Element(element.tag, element.attrib)
    copy.text = element.text
    for inner in element:
        if id(inner) in responses:
            continue
        kept = _without(inner, responses)
        kept.tail = inner.tail
        copy.append(kept)
    return copy


def _text_of(problem: Element, response: Element, around: list[Element], place: Place, reader: _Reader) -> str:
    """The words that ask: around the question and in it; where there are none, the label of its answers, or the problem's name."""
    parts = [
        inner
        for inner in [*around, *response]
        if isinstance(inner.tag, str) and local(inner) not in _ANSWERS and not local(inner).endswith("response")
    ]
    markdown, _videos = html_to_markdown("\n".join(_as_html(part) for part in parts))
    label = next((inner.get("label", "") for inner in response.iter() if inner.get("label")), "")
    markdown = markdown.strip() or escaped(label or problem.get("display_name", ""))
    return reader.files.link_all(markdown, place=place, folder="", attachments=[])


def _solution_of(holders: list[Element], place: Place, reader: _Reader) -> str:
    solution = next((entry for holder in holders for entry in walk(holder, "solution")), None)
    if solution is None:
        return ""
    markdown, _videos = html_to_markdown("".join(_as_html(inner) for inner in solution))
    # Studio heads every one with this word.
    markdown = markdown.removeprefix("Explanation\n").lstrip("\n")
    return reader.files.link_all(markdown, place=place, folder="", attachments=[])


def _as_html(element: Element) -> str:
    """A piece of a problem as HTML: its own words for a label and a description are paragraphs."""
    text = tostring(element, encoding="unicode", method="html")
    return f"<p>{text}</p>" if local(element) in ("label", "description") else text


def _leave_out(element: Element, path: str, reader: _Reader) -> None:
    reader.files.report.warn(path, _("This is %(what)s, which has no counterpart here; it is left out.") % {"what": _said(local(element))})


def _said(kind: str) -> str:
    """A block or question in plain words; the others by the name that Open edX has for them."""
    known = {
        "numericalresponse": _("a number to find"),
        "formularesponse": _("a formula to find"),
        "stringresponse": _("a gap to fill in"),
        "customresponse": _("an answer judged by a script"),
        "coderesponse": _("a program to write"),
        "imageresponse": _("a spot to find in a picture"),
        "schematicresponse": _("a circuit to draw"),
        "choicetextresponse": _("answers with gaps to fill in"),
        "discussion": _("a discussion"),
        "textbook": _("a textbook"),
        "poll": _("a poll"),
        "poll_question": _("a poll"),
        "survey": _("a poll"),
        "word_cloud": _("a cloud of words"),
        "annotatable": _("a text to annotate"),
        "openassessment": _("a work to hand in and judge"),
        "combinedopenended": _("a work to hand in and judge"),
        "peergrading": _("a work to hand in and judge"),
        "drag-and-drop-v2": _("things to put in their place"),
        "lti": _("a learning tool of another site"),
        "lti_consumer": _("a learning tool of another site"),
    }
    return known.get(kind, f"“{kind[:80]}”")
