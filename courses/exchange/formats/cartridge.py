"""IMS Common Cartridge 1.1 to 1.3, as Canvas, Moodle, Blackboard and others write it.

The outline becomes modules and lessons, pages become Markdown, assessments quizzes, web links lessons. Discussions, learning tools and
banks of questions have no counterpart: the report names each of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _

from courses.embeds import embed_or_none
from courses.exchange.files import PICTURE_ENDINGS, Files
from courses.exchange.formats.html_text import html_to_markdown
from courses.exchange.formats.markdown_folder import minutes_to_read
from courses.exchange.formats.names import title_of
from courses.exchange.formats.qti import read_qti
from courses.exchange.formats.xml_documents import Element, child, children, read_xml, text_of, walk
from courses.exchange.limits import MOST_HTML
from courses.exchange.parts import CoursePart, LessonPart, ModulePart, Place, QuizPart
from courses.models import LessonKind
from courses.services.courses import CourseWords
from courses.services.lessons import LessonWords
from kit.files import RefusedFile, extension_of

MANIFEST: Final = "imsmanifest.xml"
_FILE_BASES: Final = dict.fromkeys(("$IMS-CC-FILEBASE$/", "$IMS-CC-FILEBASE$", "$IMS_CC_FILEBASE$/"), ("", "web_resources/"))
"""How pages name the root of the cartridge; Canvas means its folder of uploads by the same word."""
_LEFT_OUT: Final = {
    "imsdt": "a discussion",
    "imsbasiclti": "a learning tool of another site",
    "question-bank": "a bank of questions",
    "associatedcontent": "material for one system only",
    "assignment": "an assignment of one system only",
    "ccsr": "an assignment of one system only",
}


class _Manifest:
    def __init__(self, root: Element, files: Files) -> None:
        self.files = files
        self.resources = {entry.get("identifier", ""): entry for entry in walk(root, "resource")}
        self.used: set[str] = set()

    def path_of(self, resource: Element) -> str:
        base = resource.get("href") or next((entry.get("href", "") for entry in children(resource, "file")), "")
        return self.files.resolve(base, "") or ""


def read_cartridge(files: Files) -> CoursePart:
    """The course in a cartridge. What does not map goes into the report. Raises `RefusedFile` for XML that cannot be read."""
    root = read_xml(files.package, MANIFEST)
    files.roots.update(_FILE_BASES)
    manifest = _Manifest(root, files)
    title = text_of(next(iter(walk(child(root, "metadata") or root, "title")), None))
    course = CoursePart(place=Place(file=MANIFEST), words=CourseWords(title=title[:120] or files.title or _("Imported course")))
    organization = next(walk(root, "organization"), None)
    items = list(children(organization, "item")) if organization is not None else []
    # The outline has one item around everything, which has no title.
    if len(items) == 1 and child(items[0], "title") is None and not items[0].get("identifierref"):
        items = children(items[0], "item")
    loose: list[Element] = []
    for item in items:
        if children(item, "item") and not item.get("identifierref"):
            _add_loose(course, loose, manifest)
            course.modules.append(_read_module(_title(item), list(_leaves(item)), manifest))
        else:
            loose.append(item)
    _add_loose(course, loose, manifest)
    if not course.modules:
        files.report.problem(MANIFEST, _("The cartridge has no outline, so there is nothing to make lessons of."))
    _tell_unused(manifest)
    return course


def _add_loose(course: CoursePart, loose: list[Element], manifest: _Manifest) -> None:
    """Items that stand beside the modules become one of their own, in their place."""
    if loose:
        course.modules.append(_read_module(course.words.title[:160] if not course.modules else _("More"), [*loose], manifest))
        loose.clear()


def _leaves(item: Element) -> list[Element]:
    """The items below, without the folders between."""
    found: list[Element] = []
    for inner in children(item, "item"):
        if inner.get("identifierref") or not children(inner, "item"):
            found.append(inner)
        found += _leaves(inner)
    return found


def _read_module(title: str, items: list[Element], manifest: _Manifest) -> ModulePart:
    module = ModulePart(place=Place(file=MANIFEST, path=title), title=title)
    for index, item in enumerate(items):
        found = _read_item(item, manifest)
        if isinstance(found, LessonPart):
            module.lessons.append(found)
        elif isinstance(found, QuizPart) and _only_quizzes(items[index + 1 :], manifest):
            module.quizzes.append(found)
        elif isinstance(found, QuizPart):
            module.lessons.append(_around(found))
    return module


def _only_quizzes(items: list[Element], manifest: _Manifest) -> bool:
    resources = [manifest.resources.get(item.get("identifierref", "")) for item in items]
    return all(resource is None or _is_quiz(resource) for resource in resources)


def _around(quiz: QuizPart) -> LessonPart:
    """A quiz between lessons keeps its place as a lesson."""
    words = LessonWords(title=quiz.words.title, kind=LessonKind.QUIZ_INLINE, minutes=max(1, len(quiz.questions)))
    return LessonPart(place=quiz.place, words=words, quiz=quiz)


def _read_item(item: Element, manifest: _Manifest) -> LessonPart | QuizPart | None:
    title, reference = _title(item), item.get("identifierref", "")
    resource = manifest.resources.get(reference)
    place = Place(file=MANIFEST, path=title)
    report = manifest.files.report
    if resource is None:
        report.warn(place.of(), _("Nothing belongs to this entry; it is left out."))
        return None
    manifest.used.add(reference)
    path = manifest.path_of(resource)
    kind = resource.get("type", "").lower()
    if path not in manifest.files.package:
        report.warn(place.of(), _("Its file is not in the cartridge; it is left out."))
        return None
    if not _is_quiz(resource) and (left := next((words for sign, words in _LEFT_OUT.items() if sign in kind), "")):
        report.warn(place.of(), _("This is %(what)s, which has no counterpart here; it is left out.") % {"what": left})
        return None
    try:
        if _is_quiz(resource):
            return read_qti(path, title, manifest.files)
        if "imswl" in kind:
            return _read_link(path, title, manifest.files)
        return _read_page(path, title, manifest.files)
    except RefusedFile as refusal:
        report.problem(path, str(refusal))
        return None


def _read_page(path: str, title: str, files: Files) -> LessonPart:
    """A page of HTML, or a file that stands in the outline itself."""
    place = Place(file=path)
    lesson = LessonPart(place=place, words=LessonWords(title=title))
    ending = extension_of(path)
    if ending in ("html", "htm", "xhtml"):
        lesson.words = page_words(files.package.text(path, most=MOST_HTML), lesson, files, folder=path.rpartition("/")[0])
    elif ending in ("txt", "md"):
        text = files.package.text(path)
        lesson.words = replace(lesson.words, text=text, minutes=minutes_to_read(text))
    elif ending in PICTURE_ENDINGS:
        name = path.rpartition("/")[2]
        lesson.words = replace(
            lesson.words, text=files.link_pictures(f"![{title_of(name)}](<{name}>)", place=path, folder=path.rpartition("/")[0])
        )
    else:
        files.attach(path, place=place, name="", attachments=lesson.attachments)
        if lesson.attachments:
            lesson.words = replace(
                lesson.words, text=_("The file “%(name)s” lies beside this lesson.") % {"name": lesson.attachments[0].name}
            )
    return lesson


def page_words(page: str, lesson: LessonPart, files: Files, *, folder: str) -> LessonWords:
    """The lesson that an HTML page makes: of the kind video where it is little more than one."""
    markdown, videos = html_to_markdown(page)
    text = files.link_all(markdown, place=lesson.place, folder=folder, attachments=lesson.attachments)
    if len(videos) == 1 and len(text) < 600:
        shown = f"[{_('Video on %(host)s') % {'host': _host(videos[0])}}]({videos[0]})"
        return replace(
            lesson.words,
            kind=LessonKind.VIDEO_EMBED,
            video_url=videos[0],
            text=text.replace(shown, "").strip(),
            minutes=lesson.words.minutes,
        )
    return replace(lesson.words, text=text, minutes=minutes_to_read(text))


def _host(video: str) -> str:
    embed = embed_or_none(video)
    return embed.host if embed else ""


def _read_link(path: str, title: str, files: Files) -> LessonPart:
    root = read_xml(files.package, path)
    address = next((entry.get("href", "") for entry in walk(root, "url")), "").strip()
    embed = embed_or_none(address)
    if embed is not None:
        words = LessonWords(title=title, kind=LessonKind.VIDEO_EMBED, video_url=embed.page_url)
    elif address.startswith(("http://", "https://")) and not any(char in address for char in "<>\n\\ "):
        words = LessonWords(title=title, text=f"<{address}>", minutes=5)
    else:
        files.report.warn(path, _("The address of this link is not one that we show; only its title stays."))
        words = LessonWords(title=title)
    return LessonPart(place=Place(file=path), words=words)


def _tell_unused(manifest: _Manifest) -> None:
    """Pages that no entry of the outline names."""
    for identifier, resource in manifest.resources.items():
        path = manifest.path_of(resource)
        if identifier not in manifest.used and extension_of(path) in ("html", "htm") and resource.get("type", "").lower() == "webcontent":
            manifest.files.report.warn(path, _("The outline does not name this page; it is left out."))


def _is_quiz(resource: Element) -> bool:
    kind = resource.get("type", "").lower()
    return "imsqti" in kind and "question-bank" not in kind


def _title(item: Element) -> str:
    return text_of(child(item, "title"))[:160] or _("Untitled")
