"""IMS Common Cartridge 1.1 to 1.3, thin ones too, as Canvas, Moodle, Blackboard, Brightspace and others write it.

The outline becomes modules and lessons: pages become Markdown, assessments quizzes, web links lessons, assignments exercises, topics of
discussions texts. Learning tools and banks of questions have no counterpart: the report names each of them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from django.utils.translation import gettext as _

from courses.embeds import embed_or_none
from courses.exchange.files import PICTURE_ENDINGS, Files
from courses.exchange.formats import canvas
from courses.exchange.formats.html_text import html_to_markdown
from courses.exchange.formats.markdown_folder import minutes_to_read
from courses.exchange.formats.names import title_of
from courses.exchange.formats.qti import read_qti
from courses.exchange.formats.xml_documents import Element, child, children, read_xml, text_of, walk
from courses.exchange.limits import MOST_HTML
from courses.exchange.parts import CoursePart, LessonPart, ModulePart, Place, QuizPart
from courses.models import HandIn, LessonKind
from courses.services.courses import CourseWords
from courses.services.lessons import LessonWords
from kit.files import RefusedFile, extension_of

MANIFEST: Final = "imsmanifest.xml"
_FILE_BASES: Final = dict.fromkeys(("$IMS-CC-FILEBASE$/", "$IMS-CC-FILEBASE$", "$IMS_CC_FILEBASE$/"), ("", "web_resources/"))
"""How pages name the root of the cartridge; Canvas means its folder of uploads by the same word."""
_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"
_PAGES: Final = frozenset({"html", "htm", "xhtml"})
_VIDEOS: Final = frozenset({"mp4", "m4v", "mov", "webm", "avi", "mkv", "wmv", "mpg", "mpeg"})
_INSIDE: Final = {"imswl": "webLink", "imsdt": "topic", "imsqti": "questestinterop", "assignment": "assignment"}
"""What stands in the manifest itself where a resource has no file, as in a flat cartridge of version 1.3."""


class _Manifest:
    def __init__(self, root: Element, files: Files) -> None:
        self.files = files
        self.resources = {entry.get("identifier", ""): entry for entry in walk(root, "resource")}
        holder = child(root, "resources")
        self._base = posixpath.join(root.get(_BASE, ""), holder.get(_BASE, "") if holder is not None else "")
        self.used: set[str] = set()
        for identifier, entry in self.resources.items():
            if path := self.path_of(entry):
                files.references[identifier] = path

    def path_of(self, resource: Element) -> str:
        """Its file: the first of the addresses given that is in the package, else the first that could be."""
        first = ""
        base = posixpath.join(self._base, resource.get(_BASE, ""))
        for href in (resource.get("href", ""), *(entry.get("href", "") for entry in children(resource, "file"))):
            if not href:
                continue
            # Some write addresses as they are, others with their signs encoded.
            for path in (posixpath.join(base, href), href, self.files.resolve(href, base) or ""):
                if path in self.files.package:
                    return path
                first = first or path
        return first

    def use(self, identifier: str) -> None:
        """It and all that it depends on."""
        if identifier in self.used:
            return
        self.used.add(identifier)
        for entry in children(self.resources[identifier], "dependency") if identifier in self.resources else []:
            self.use(entry.get("identifierref", ""))


def read_cartridge(files: Files) -> CoursePart:
    """The course in a cartridge. What does not map goes into the report.

    Raises `RefusedFile` for XML that cannot be read, and for packages of other kinds, which have a manifest of this name too.
    """
    root = read_xml(files.package, MANIFEST)
    _refuse_others(root)
    files.roots.update(_FILE_BASES)
    files.inner_links = canvas.INNER_LINKS
    files.is_forgiving = True
    manifest = _Manifest(root, files)
    organization = next(walk(root, "organization"), None)
    title = text_of(_first_string(next(iter(walk(child(root, "metadata") or root, "title")), None))) or text_of(
        child(organization, "title")
    )
    course = CoursePart(place=Place(file=MANIFEST), words=CourseWords(title=title[:120] or files.title or _("Imported course")))
    items = list(children(organization, "item")) if organization is not None else []
    # The outline has one item around everything, which has no title.
    if len(items) == 1 and child(items[0], "title") is None and not items[0].get("identifierref"):
        items = children(items[0], "item")
    loose: list[Element] = []
    for item in items:
        if children(item, "item") or not item.get("identifierref"):
            _add_loose(course, loose, manifest)
            course.modules.append(_read_module(_title(item), list(_leaves(item)), manifest))
        else:
            loose.append(item)
    _add_loose(course, loose, manifest)
    _add_unnamed(course, manifest)
    if not course.modules:
        files.report.problem(MANIFEST, _("There is no page, link or quiz in this cartridge, so there is nothing to make lessons of."))
    canvas.tell_settings(files)
    _tell_unused(manifest)
    return course


def _refuse_others(root: Element) -> None:
    """Raises `RefusedFile` for the other packages that begin with a manifest of the same name."""
    schemas = {text_of(entry).lower() for entry in walk(root, "schema")}
    resources = list(walk(root, "resource"))
    kinds = [entry.get("type", "").lower() for entry in resources]
    if any("scorm" in schema for schema in schemas) or any(
        name.rpartition("}")[2].lower() == "scormtype" for entry in resources for name in entry.attrib
    ):
        raise RefusedFile(
            _(
                "This is a SCORM package: a program that needs a learning system to run in, not pages that could become lessons."
                " Common Cartridge is what we read; export the course as that, or its texts as Markdown."
            )
        )
    if any("/x-bb-" in kind for kind in kinds):
        raise RefusedFile(
            _("This is a package for Blackboard alone. In Blackboard choose “Export as Common Cartridge”, and send what comes out of that.")
        )


def _add_loose(course: CoursePart, loose: list[Element], manifest: _Manifest) -> None:
    """Items that stand beside the modules become one of their own, in their place."""
    if loose:
        course.modules.append(_read_module(course.words.title[:160] if not course.modules else _("More"), [*loose], manifest))
        loose.clear()


def _add_unnamed(course: CoursePart, manifest: _Manifest) -> None:
    """What the outline does not name, and would make a lesson or quiz, as a last module; all of a cartridge without outline."""
    items = [item for identifier, resource in manifest.resources.items() if (item := _item_for(identifier, resource, manifest)) is not None]
    if not items:
        return
    title = _("Outside the outline") if course.modules else course.words.title[:160]
    if course.modules:
        manifest.files.report.warn(
            MANIFEST,
            _("The outline does not name all pages and quizzes: the others are the last module, “%(title)s”.") % {"title": title},
        )
    module = _read_module(title, items, manifest)
    if module.lessons or module.quizzes:
        course.modules.append(module)


def _item_for(identifier: str, resource: Element, manifest: _Manifest) -> Element | None:
    kind, path = resource.get("type", "").lower(), manifest.path_of(resource)
    if identifier in manifest.used or (path not in manifest.files.package and _inside(resource) is None):
        return None
    if not (
        _is_quiz(resource)
        or "imswl" in kind
        or "imsdt" in kind
        or "assignment" in kind
        or ("associatedcontent" in kind and (resource.get("intendeduse") == "syllabus" or canvas.settings_of(path, manifest.files)))
        or (kind == "webcontent" and extension_of(path) in _PAGES and not canvas.is_upload(path, manifest.files))
    ):
        return None
    if canvas.is_shadow(path, manifest.files) or canvas.is_announcement(resource, manifest.resources, manifest.files):
        return None
    item = Element("item", {"identifier": identifier, "identifierref": identifier})
    title = Element("title")
    title.text = _title_in(resource, path, manifest.files)
    item.append(title)
    return item


def _title_in(resource: Element, path: str, files: Files) -> str:
    """The title that a page, quiz, link or topic has of its own, where no outline says one."""
    if resource.get("intendeduse") == "syllabus":
        return _("Syllabus")
    try:
        if extension_of(path) in _PAGES:
            match = re.search(r"<title[^>]*>([^<]*)</title>", files.package.text(path, most=MOST_HTML), re.IGNORECASE)
            return canvas.plain_title(match[1]) if match and match[1].strip() else title_of(path)
        root = _document(resource, path, files)
    except RefusedFile:
        return title_of(path)
    quiz = next(walk(root, "assessment"), None)
    return (quiz.get("title", "") if quiz is not None else text_of(next(walk(root, "title"), None))) or title_of(path)


def _leaves(item: Element) -> Iterator[Element]:
    """The item where it has content, and the items below, without the folders between."""
    if item.get("identifierref"):
        yield item
    for inner in children(item, "item"):
        if not inner.get("identifierref") and not children(inner, "item"):
            yield inner
        yield from _leaves(inner)


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
    files, report = manifest.files, manifest.files.report
    place = Place(file=MANIFEST, path=title)
    if not reference:
        report.warn(place.of(), _("This is a heading in the outline, with nothing below; it is left out."))
        return None
    resource = manifest.resources.get(reference)
    if resource is None:
        report.warn(place.of(), _("Nothing belongs to this entry; it is left out."))
        return None
    manifest.use(reference)
    path = manifest.path_of(resource)
    if left := _has_no_counterpart(resource, path):
        report.warn(place.of(), _("This is %(what)s, which has no counterpart here; it is left out.") % {"what": left})
        return None
    if path not in files.package and _inside(resource) is None:
        report.warn(place.of(), _("Its file is not in the cartridge; it is left out."))
        return None
    files.met.add(path)
    if _is_for_teachers(resource):
        report.warn(place.of(), _("This was meant for teachers only. Look at it before you publish."))
    try:
        return _read_resource(resource, path, title, manifest)
    except RefusedFile as refusal:
        report.problem(path, str(refusal))
        return None


def _read_resource(resource: Element, path: str, title: str, manifest: _Manifest) -> LessonPart | QuizPart | None:
    files, kind = manifest.files, resource.get("type", "").lower()
    if _is_quiz(resource):
        return read_qti(
            _document(resource, path, files),
            path,
            title,
            files,
            fuller=canvas.fuller_quiz(resource.get("identifier", ""), files),
            settings=canvas.quiz_settings(path, files),
        )
    if "imswl" in kind:
        return _read_link(_document(resource, path, files), path, title, files)
    if "imsdt" in kind:
        return _read_topic(_document(resource, path, files), path, title, files)
    if extension_of(path) not in _PAGES and "assignment" in kind:
        return _read_assignment(_document(resource, path, files), path, title, files)
    found = _read_page(path, title, files)
    if (settings := canvas.settings_of(path, files)) is not None:
        found.words = replace(found.words, kind=LessonKind.EXERCISE, hand_in=canvas.hand_in(settings), video_url="")
    return found


def _has_no_counterpart(resource: Element, path: str) -> str:
    """What a resource is that makes neither lesson nor quiz; "" for all others."""
    kind = resource.get("type", "").lower()
    if "imsbasiclti" in kind or "imslti" in kind:
        return _("a learning tool of another site")
    if "question-bank" in kind:
        return _("a bank of questions")
    if "imsqti" in kind and "xmlv2" in kind:
        return _("a quiz in QTI 2")
    if "associatedcontent" in kind and extension_of(path) not in _PAGES:
        return _("material for one system only")
    if "ccsr" in kind:
        return _("an extension of one system only")
    return ""


def _is_for_teachers(resource: Element) -> bool:
    roles = [text_of(child(role, "value")).lower() for role in walk(resource, "intendedEndUserRole", "intendedenduserrole")]
    return bool(roles) and not {"learner", "student"} & set(roles) and bool({"instructor", "teacher", "mentor"} & set(roles))


def _inside(resource: Element) -> Element | None:
    kind = resource.get("type", "").lower()
    return next((found for sign, name in _INSIDE.items() if sign in kind and (found := child(resource, name)) is not None), None)


def _document(resource: Element, path: str, files: Files) -> Element:
    """The XML of a resource: its file, or what stands in the manifest. Raises `RefusedFile`."""
    inside = _inside(resource)
    if inside is not None and path not in files.package:
        return inside
    return read_xml(files.package, path)


def _read_page(path: str, title: str, files: Files) -> LessonPart:
    """A page of HTML, or a file that stands in the outline itself."""
    place = Place(file=path)
    lesson = LessonPart(place=place, words=LessonWords(title=title))
    ending = extension_of(path)
    folder = path.rpartition("/")[0]
    if ending in _PAGES:
        lesson.words = page_words(files.package.text(path, most=MOST_HTML), lesson, files, folder=folder)
    elif ending in ("txt", "md"):
        text = files.package.text(path)
        lesson.words = replace(lesson.words, text=text, minutes=minutes_to_read(text))
    elif ending in PICTURE_ENDINGS:
        name = path.rpartition("/")[2]
        lesson.words = replace(
            lesson.words, text=files.link_pictures(f"![{title_of(name.rpartition('.')[0])}](<{name}>)", place=path, folder=folder)
        )
    elif ending in _VIDEOS:
        lesson.words = replace(lesson.words, kind=LessonKind.VIDEO)
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


def _read_link(root: Element, path: str, title: str, files: Files) -> LessonPart:
    address = next((entry.get("href", "") for entry in walk(root, "url")), "").strip()
    embed = embed_or_none(address)
    if embed is not None:
        words = LessonWords(title=title, kind=LessonKind.VIDEO_EMBED, video_url=embed.page_url)
    elif address.startswith(("http://", "https://")) and not any(char in address for char in "<>\n\\ "):
        words = LessonWords(title=title, text=f"<{address}>", minutes=5)
    else:
        files.report.warn(
            path or Place(file=MANIFEST, path=title).of(), _("The address of this link is not one that we show; only its title stays.")
        )
        words = LessonWords(title=title)
    return LessonPart(place=Place(file=path or MANIFEST), words=words)


def _read_topic(root: Element, path: str, title: str, files: Files) -> LessonPart:
    """The text that begins a discussion."""
    files.report.warn(
        path or Place(file=MANIFEST, path=title).of(),
        _("Lessons have no discussion of their own: the text that began it is a lesson, without answers."),
    )
    return _from_text(child(root, "text"), path, title, root, files)


def _read_assignment(root: Element, path: str, title: str, files: Files) -> LessonPart:
    lesson = _from_text(child(root, "text"), path, title, root, files)
    formats = {entry.get("type", "").lower() for entry in walk(root, "format")}
    text, file = bool(formats & {"html", "text", "url"}), "file" in formats
    hand_in = HandIn.EITHER if text and file else HandIn.FILE if file else HandIn.TEXT
    lesson.words = replace(lesson.words, kind=LessonKind.EXERCISE, hand_in=hand_in)
    if text_of(child(root, "instructor_text")):
        files.report.warn(path or Place(file=MANIFEST, path=title).of(), _("Its notes for teachers are left out."))
    return lesson


def _from_text(text: Element | None, path: str, title: str, root: Element, files: Files) -> LessonPart:
    """A lesson from a text in XML and the files that belong to it."""
    lesson = LessonPart(place=Place(file=path or MANIFEST, path="" if path else title), words=LessonWords(title=title))
    raw = "".join(text.itertext()) if text is not None else ""
    folder = path.rpartition("/")[0]
    if text is not None and text.get("texttype", "text/html") == "text/plain":
        words = "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", raw)).strip()
    else:
        markdown, _videos = html_to_markdown(raw)
        words = files.link_all(markdown, place=lesson.place, folder=folder, attachments=lesson.attachments)
    for entry in walk(root, "attachment"):
        if (attached := files.resolve(entry.get("href", ""), folder)) and attached in files.package:
            files.attach(attached, place=lesson.place, name="", attachments=lesson.attachments)
    lesson.words = replace(lesson.words, text=words, minutes=minutes_to_read(words))
    return lesson


def _tell_unused(manifest: _Manifest) -> None:
    """Files that came along and that no page shows."""
    files = manifest.files
    for resource in manifest.resources.values():
        if resource.get("type", "").lower() != "webcontent":
            continue
        path = manifest.path_of(resource)
        if path in files.package and path not in files.met and path != MANIFEST:
            files.report.warn(path, _("No page uses this file; it is left out."))


def _is_quiz(resource: Element) -> bool:
    kind = resource.get("type", "").lower()
    return "imsqti" in kind and "question-bank" not in kind and "xmlv2" not in kind


def _title(item: Element) -> str:
    return text_of(child(item, "title"))[:160] or _("Untitled")


def _first_string(title: Element | None) -> Element | None:
    """The first of the languages in which a title may stand."""
    return next(iter(title), title) if title is not None else None
