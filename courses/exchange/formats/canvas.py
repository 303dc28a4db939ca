"""What Canvas writes into its cartridges besides the format: fuller quizzes, settings of quizzes and assignments, links within a course."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from courses.exchange.files import Files
from courses.exchange.formats.html_text import html_to_markdown
from courses.exchange.formats.xml_documents import Element, child, children, read_xml, text_of
from courses.exchange.parts import Place
from courses.models import HandIn
from kit.files import RefusedFile

INNER_LINKS: Final = ("$WIKI_REFERENCE$", "$CANVAS_OBJECT_REFERENCE$", "$CANVAS_COURSE_REFERENCE$")
"""How pages name what is in the same course; `$CANVAS_COURSE_REFERENCE$/file_ref/<id>` is one of its files."""
_SETTINGS: Final = "course_settings/"
_SHADOWS: Final = frozenset({"online_quiz", "discussion_topic", "wiki_page"})
_TEXTS: Final = frozenset({"online_text_entry", "online_url"})
_FILES: Final = frozenset({"online_upload", "media_recording", "student_annotation"})


@dataclass(frozen=True, kw_only=True)
class QuizSettings:
    """What `assessment_meta.xml` says of a quiz, as far as quizzes here have the like."""

    description: str = ""
    shuffle: bool = False
    attempts: str = ""
    minutes: str = ""
    is_required: bool = True


def is_upload(path: str, files: Files) -> bool:
    """Whether an HTML file is one that somebody sent to Canvas, not a page of the course."""
    return path.startswith("web_resources/") and _is_of_canvas(files)


def _is_of_canvas(files: Files) -> bool:
    return f"{_SETTINGS}canvas_export.txt" in files.package or f"{_SETTINGS}course_settings.xml" in files.package


def settings_of(path: str, files: Files) -> Element | None:
    """The settings of the assignment whose text is at `path`; None for what is no assignment."""
    beside = f"{path.rpartition('/')[0]}/assignment_settings.xml"
    return _xml(beside, files) if "/" in path and beside in files.package else None


def is_shadow(path: str, files: Files) -> bool:
    """Whether this is but the grading of a quiz or discussion that is there itself."""
    settings = settings_of(path, files)
    return settings is not None and bool(_SHADOWS & set(text_of(child(settings, "submission_types")).split(",")))


def is_announcement(resource: Element, resources: dict[str, Element], files: Files) -> bool:
    """Whether a topic was news of the day. The report says so."""
    for entry in children(resource, "dependency"):
        meta = resources.get(entry.get("identifierref", ""))
        path = files.references.get(entry.get("identifierref", ""), "") if meta is not None else ""
        found = _xml(path, files) if path.endswith(".xml") else None
        if found is not None and text_of(child(found, "type")) == "announcement":
            title = text_of(child(found, "title"))[:160]
            files.report.warn(path, _("This is an announcement, “%(title)s”; it is left out.") % {"title": title})
            return True
    return False


def hand_in(settings: Element) -> str:
    kinds = {kind.strip() for kind in text_of(child(settings, "submission_types")).split(",")}
    if kinds & _FILES:
        return HandIn.EITHER if kinds & _TEXTS else HandIn.FILE
    return HandIn.TEXT if kinds & _TEXTS else HandIn.NOTHING


def fuller_quiz(identifier: str, files: Files) -> str:
    """The path of the quiz as Canvas itself reads it: in its cartridges the quiz of the format may be empty."""
    path = f"non_cc_assessments/{identifier}.xml.qti"
    return path if path in files.package else ""


def bank(identifier: str) -> str:
    return f"non_cc_assessments/{identifier}.xml.qti"


def quiz_settings(path: str, files: Files) -> QuizSettings:
    beside = f"{path.rpartition('/')[0]}/assessment_meta.xml"
    found = _xml(beside, files) if "/" in path and beside in files.package else None
    if found is None:
        return QuizSettings()
    markdown, _videos = html_to_markdown("".join(entry.text or "" for entry in children(found, "description")))
    return QuizSettings(
        description=files.link_all(markdown, place=Place(file=beside), folder="", attachments=[]),
        shuffle="true" in (text_of(child(found, "shuffle_answers")), text_of(child(found, "shuffle_questions"))),
        attempts=text_of(child(found, "allowed_attempts")),
        minutes=text_of(child(found, "time_limit")),
        is_required=text_of(child(found, "quiz_type")) not in ("survey", "practice_quiz", "graded_survey"),
    )


def tell_settings(files: Files) -> None:
    if _is_of_canvas(files):
        files.report.warn(
            _SETTINGS.rstrip("/"),
            _("Dates, grading, rubrics, groups and other settings of Canvas itself are left out."),
        )


def plain_title(title: str) -> str:
    """The title in the head of a page, without the word that Canvas puts before it."""
    return " ".join(html.unescape(title).split()).removeprefix("Assignment: ")[:160]


def _xml(path: str, files: Files) -> Element | None:
    try:
        return read_xml(files.package, path)
    except RefusedFile as refusal:
        files.report.problem(path, str(refusal))
        return None
