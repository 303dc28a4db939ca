"""Open edX courses (OLX), as Studio exports them: course.xml and its folders.

Chapters become modules, units (verticals) lessons. Problems of given answers become questions; whatever else a unit holds is named in
the report.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final
from xml.etree.ElementTree import tostring

from django.utils.translation import gettext as _

from courses.embeds import embed_or_none
from courses.exchange.files import Files
from courses.exchange.formats.course_json import option_id
from courses.exchange.formats.html_text import html_to_markdown, html_to_words
from courses.exchange.formats.markdown_folder import minutes_to_read
from courses.exchange.formats.xml_documents import Element, local, read_xml, walk
from courses.exchange.limits import MOST_HTML
from courses.exchange.packages import Package
from courses.exchange.parts import CoursePart, LessonPart, ModulePart, Place, QuestionPart, QuizPart
from courses.limits import MOST_OPTIONS
from courses.models import LessonKind, QuestionKind
from courses.services.courses import CourseWords
from courses.services.lessons import LessonWords
from courses.services.quizzes import QuestionWords, QuizWords

_RESPONSES: Final = {
    "multiplechoiceresponse": QuestionKind.MULTIPLE_CHOICE,
    "choiceresponse": QuestionKind.MULTI_SELECT,
    "optionresponse": QuestionKind.MULTIPLE_CHOICE,
}
_ANSWERS: Final = frozenset(
    {"choicegroup", "checkboxgroup", "optioninput", "solution", "choicehint", "compoundhint", "demandhint", "script"}
)


def find_olx_root(package: Package) -> str | None:
    """The folder with course.xml, with its slash: "" or "course/"; None for a package that is no OLX."""
    for root in ("", "course/"):
        if f"{root}course.xml" in package:
            return root
    return None


@dataclass
class _Unit:
    """What the blocks of one unit come to."""

    texts: list[str] = field(default_factory=list)
    videos: list[str] = field(default_factory=list)
    questions: list[QuestionPart] = field(default_factory=list)


class _Reader:
    def __init__(self, files: Files, root: str) -> None:
        self.files, self.root = files, root

    def whole(self, element: Element) -> tuple[Element, str]:
        """The element itself, or the file that it only points to by `url_name`; and where it stands."""
        name = element.get("url_name", "")
        path = f"{self.root}{local(element)}/{name}.xml"
        if name and not len(element) and "/" not in name and path in self.files.package:
            return read_xml(self.files.package, path), path
        return element, f"{local(element)}/{name}" if name else local(element)

    def blocks(self, element: Element) -> list[tuple[Element, str]]:
        return [self.whole(inner) for inner in element if isinstance(inner.tag, str)]


def read_olx(files: Files, root: str) -> CoursePart:
    """The course below `root`. What does not map goes into the report. Raises `RefusedFile` for XML that cannot be read."""
    files.roots["/static/"] = (f"{root}static/",)
    reader = _Reader(files, root)
    pointer = read_xml(files.package, f"{root}course.xml")
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
    return course


def _read_chapter(chapter: Element, path: str, reader: _Reader) -> ModulePart:
    module = ModulePart(place=Place(file=path), title=(chapter.get("display_name") or _("Untitled"))[:160])
    for sequential, place in reader.blocks(chapter):
        if local(sequential) != "sequential":
            _leave_out(sequential, place, reader)
            continue
        for vertical, inside in reader.blocks(sequential):
            if local(vertical) == "vertical":
                module.lessons += _read_unit(vertical, inside, sequential.get("display_name", ""), reader)
            else:
                _leave_out(vertical, inside, reader)
    return module


def _read_unit(vertical: Element, path: str, section: str, reader: _Reader) -> list[LessonPart]:
    """A unit makes a lesson; one with a video and questions makes two, and each further video one."""
    title = (vertical.get("display_name") or section or _("Untitled"))[:160]
    place = Place(file=path)
    lesson = LessonPart(place=place, words=LessonWords(title=title))
    unit = _Unit()
    for block, inside in reader.blocks(vertical):
        _read_block(block, inside, unit, lesson, reader)
    text = "\n\n".join(part for part in unit.texts if part)
    found: list[LessonPart] = []
    for number, video in enumerate(unit.videos):
        words = replace(lesson.words, kind=LessonKind.VIDEO_EMBED, video_url=video, text=text if number == 0 else "")
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
    if not found:
        lesson.words = replace(lesson.words, text=text, minutes=minutes_to_read(text))
        found.append(lesson)
    return found


def _read_block(block: Element, path: str, unit: _Unit, lesson: LessonPart, reader: _Reader) -> None:
    kind = local(block)
    if kind == "html":
        markdown, _videos = html_to_markdown(_page_of(block, path, reader))
        unit.texts.append(reader.files.link_all(markdown, place=Place(file=path), folder="", attachments=lesson.attachments))
    elif kind == "video":
        if video := _video_of(block):
            unit.videos.append(video)
        else:
            reader.files.report.warn(path, _("This video is not on YouTube or Vimeo; it is left out."))
    elif kind == "problem":
        unit.questions += _read_problem(block, path, reader)
    elif kind == "vertical":
        for inner, place in reader.blocks(block):
            if local(inner) != "vertical":
                _read_block(inner, place, unit, lesson, reader)
    else:
        _leave_out(block, path, reader)


def _page_of(block: Element, path: str, reader: _Reader) -> str:
    name = block.get("filename", "")
    page = f"{reader.root}html/{name}.html"
    if name and "/" not in name and page in reader.files.package:
        return reader.files.package.text(page, most=MOST_HTML)
    if name:
        reader.files.report.warn(path, _("The text of this page did not come along."))
    return "".join([block.text or "", *(_as_html(inner) for inner in block)])


def _video_of(block: Element) -> str:
    names = [
        block.get("youtube_id_1_0", ""),
        *(part.partition(":")[2] for part in block.get("youtube", "").split(",") if part.startswith("1.00:")),
    ]
    addresses = [f"https://youtu.be/{name}" for name in names if name]
    addresses += [source.get("src", "") for source in walk(block, "source")] + block.get("html5_sources", "").strip("[]").replace(
        '"', ""
    ).split(",")
    embed = next((embed for address in addresses if (embed := embed_or_none(address.strip()))), None)
    return embed.page_url if embed else ""


def _read_problem(problem: Element, path: str, reader: _Reader) -> list[QuestionPart]:
    """Each of a problem's questions that has given answers. Scripts are never run: what they would compute is left out."""
    report = reader.files.report
    responses = [element for element in problem.iter() if isinstance(element.tag, str) and local(element).endswith("response")]
    if next(walk(problem, "script"), None) is not None:
        report.warn(path, _("This problem computes its values by a script, which is not run; it is left out."))
        return []
    found: list[QuestionPart] = []
    for number, response in enumerate(responses, 1):
        place = Place(file=path, path=_("question %(number)d") % {"number": number} if len(responses) > 1 else "")
        kind = _RESPONSES.get(local(response))
        if kind is None:
            report.warn(
                place.of(), _("This kind of question (%(kind)s) has no counterpart here; it is left out.") % {"kind": local(response)}
            )
            continue
        options, correct = _answers_of(response)
        if len(options) > MOST_OPTIONS:
            report.warn(place.of(), _("The question has more than %(most)d answers; it is left out.") % {"most": MOST_OPTIONS})
            continue
        words = QuestionWords(
            text=_text_of(problem, response, place, reader, alone=len(responses) == 1),
            kind=kind,
            options=options,
            correct=correct,
            explanation=_solution_of(problem if len(responses) == 1 else response, place, reader),
        )
        found.append(QuestionPart(place=place, words=words))
    if not responses:
        report.warn(path, _("There is no question in this problem; it is left out."))
    return found


def _answers_of(response: Element) -> tuple[list[dict[str, str]], list[str]]:
    options: list[dict[str, str]] = []
    correct: list[str] = []
    for choice in walk(response, "choice", "option"):
        ident = option_id(len(options))
        hints = [inner for inner in choice if local(inner) in _ANSWERS]
        for hint in hints:
            choice.remove(hint)
        options.append({"id": ident, "text": html_to_words("".join([choice.text or "", *(_as_html(inner) for inner in choice)]))})
        if choice.get("correct", "").lower() == "true":
            correct.append(ident)
    for dropdown in walk(response, "optioninput"):
        if not options and dropdown.get("options"):
            names = [name.strip().strip("'\"") for name in dropdown.get("options", "").strip("()").split(",")]
            options = [{"id": option_id(index), "text": name} for index, name in enumerate(names)]
            correct = [option["id"] for option in options if option["text"] == dropdown.get("correct", "")]
    return options, correct


def _text_of(problem: Element, response: Element, place: Place, reader: _Reader, *, alone: bool) -> str:
    """The words in front of the answers: those of the response itself, and of the problem where it has one question."""
    holders = [problem, response] if alone and problem is not response else [response]
    parts = [
        inner
        for holder in holders
        for inner in holder
        if isinstance(inner.tag, str) and local(inner) not in _ANSWERS and not local(inner).endswith("response")
    ]
    markdown, _videos = html_to_markdown("\n".join(_as_html(part) for part in parts))
    return reader.files.link_all(markdown, place=place, folder="", attachments=[])


def _solution_of(holder: Element, place: Place, reader: _Reader) -> str:
    solution = next(walk(holder, "solution"), None)
    if solution is None:
        return ""
    markdown, _videos = html_to_markdown("".join(_as_html(inner) for inner in solution))
    return reader.files.link_all(markdown, place=place, folder="", attachments=[])


def _as_html(element: Element) -> str:
    """A piece of a problem as HTML: its own words for a label and a description are paragraphs."""
    text = tostring(element, encoding="unicode", method="html")
    return f"<p>{text}</p>" if local(element) in ("label", "description") else text


def _leave_out(element: Element, path: str, reader: _Reader) -> None:
    reader.files.report.warn(path, _("“%(kind)s” has no counterpart here; it is left out.") % {"kind": local(element)})
