"""Quizzes in IMS QTI 1.2, as Common Cartridges hold them (profile of Common Cartridge 1.0-1.3, "QTI 1.2.1 Assessment").

Questions with given answers become ours. Essays, gaps and patterns have no counterpart: the report names each of them.
"""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from courses.exchange.files import Files
from courses.exchange.formats.html_text import html_to_markdown, html_to_words
from courses.exchange.formats.xml_documents import Element, child, local, read_xml, text_of, walk
from courses.exchange.parts import Place, QuestionPart, QuizPart
from courses.limits import MOST_OPTIONS
from courses.models import QuestionKind
from courses.services.quizzes import QuestionWords, QuizWords

_KINDS: Final = {
    "cc.multiple_choice.v0p1": QuestionKind.MULTIPLE_CHOICE,
    "cc.true_false.v0p1": QuestionKind.TRUE_FALSE,
    "cc.multiple_response.v0p1": QuestionKind.MULTI_SELECT,
}


def read_qti(path: str, title: str, files: Files) -> QuizPart:
    """The quiz in an assessment's file. Raises `RefusedFile` for XML that cannot be read."""
    root = read_xml(files.package, path)
    assessment = next(walk(root, "assessment"), root)
    facts = _metadata(assessment)
    limit = facts.get("qmd_timelimit", "")
    quiz = QuizPart(
        place=Place(file=path),
        words=QuizWords(
            title=title or assessment.get("title") or _("Quiz"),
            allow_retakes=facts.get("cc_maxattempts", "") != "1",
            time_limit_minutes=int(limit) if limit.isascii() and limit.isdigit() and 1 <= len(limit) <= 3 and int(limit) else None,
        ),
    )
    for number, item in enumerate(walk(assessment, "item"), 1):
        question = _read_item(item, Place(file=path, path=_("question %(number)d") % {"number": number}), files)
        if question is not None:
            quiz.questions.append(question)
    return quiz


def _read_item(item: Element, place: Place, files: Files) -> QuestionPart | None:
    profile = _metadata(item).get("cc_profile", "")
    presentation = child(item, "presentation")
    response = next(walk(item, "response_lid"), None)
    if presentation is None or response is None or (profile and profile not in _KINDS):
        files.report.warn(
            place.of(), _("This kind of question (%(kind)s) has no counterpart here; it is left out.") % {"kind": profile or "?"}
        )
        return None
    labels = list(walk(response, "response_label"))
    if len(labels) > MOST_OPTIONS:
        files.report.warn(place.of(), _("The question has more than %(most)d answers; it is left out.") % {"most": MOST_OPTIONS})
        return None
    options = [{"id": label.get("ident", "")[:40], "text": _words(label)} for label in labels]
    correct = [ident for ident in _right_answers(item) if ident in {option["id"] for option in options}]
    kind: str = _KINDS.get(profile) or (
        QuestionKind.MULTI_SELECT if response.get("rcardinality", "").lower() == "multiple" else QuestionKind.MULTIPLE_CHOICE
    )
    if kind == QuestionKind.TRUE_FALSE:
        options, correct, kind = _true_false(options, correct)
    return QuestionPart(
        place=place,
        words=QuestionWords(
            text=_markdown(presentation, place, files),
            kind=kind,
            options=options,
            correct=correct if kind == QuestionKind.MULTI_SELECT else correct[:1],
            explanation=_explanation(item, place, files),
            points=_points(_metadata(item)),
        ),
    )


def _true_false(options: list[dict[str, str]], correct: list[str]) -> tuple[list[dict[str, str]], list[str], str]:
    """True and false by their words; in another language it stays a question of two answers."""
    meaning = {option["id"]: option["text"].strip().lower() for option in options}
    if set(meaning.values()) == {"true", "false"}:
        return [], [meaning[ident] for ident in correct[:1]], QuestionKind.TRUE_FALSE
    return options, correct, QuestionKind.MULTIPLE_CHOICE


def _right_answers(item: Element) -> list[str]:
    """The answers whose condition gives points, leaving out those that must not be chosen."""
    found: list[str] = []
    for condition in walk(item, "respcondition"):
        scores = [score for score in walk(condition, "setvar") if score.get("varname", "SCORE").upper() == "SCORE"]
        if not any(_is_positive(text_of(score)) for score in scores):
            continue
        denied = {id(inner) for negation in walk(condition, "not") for inner in negation.iter()}
        found += [text_of(equal) for equal in walk(condition, "varequal") if id(equal) not in denied]
    return list(dict.fromkeys(found))


def _is_positive(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False


def _points(facts: dict[str, str]) -> int:
    weight = facts.get("cc_weighting") or facts.get("points_possible") or facts.get("qmd_weighting") or ""
    try:
        return max(1, min(100, round(float(weight))))
    except (ValueError, OverflowError):
        return 1


def _markdown(presentation: Element, place: Place, files: Files) -> str:
    """What stands in front of the answers."""
    answers = {id(inner) for response in walk(presentation, "response_lid") for inner in response.iter()}
    return "\n\n".join(_material(text, place, files) for text in walk(presentation, "mattext") if id(text) not in answers).strip()


def _explanation(item: Element, place: Place, files: Files) -> str:
    """General feedback; that of single answers is only said where there is no other."""
    feedback = list(walk(item, "itemfeedback"))
    general = [entry for entry in feedback if entry.get("ident", "").lower() in ("general_fb", "general", "solution")] or feedback[:1]
    return "\n\n".join(_material(text, place, files) for entry in general for text in walk(entry, "mattext")).strip()


def _material(text: Element, place: Place, files: Files) -> str:
    raw = "".join(text.itertext())
    if text.get("texttype", "text/plain") != "text/html":
        return " ".join(raw.split())
    markdown, _videos = html_to_markdown(raw)
    return files.link_all(markdown, place=place, folder="", attachments=[])


def _words(label: Element) -> str:
    return " ".join(
        html_to_words("".join(text.itertext())) if text.get("texttype") == "text/html" else text_of(text) for text in walk(label, "mattext")
    )


def _metadata(element: Element) -> dict[str, str]:
    """The fields of an assessment's or an item's own metadata."""
    own = [inner for inner in element if local(inner) in ("qtimetadata", "itemmetadata")]
    found: dict[str, str] = {}
    for holder in own:
        for entry in walk(holder, "qtimetadatafield"):
            found[text_of(child(entry, "fieldlabel")).lower()] = text_of(child(entry, "fieldentry")).lower()
        found.update({local(inner).lower(): text_of(inner) for inner in holder if local(inner).startswith("qmd_")})
    return found
