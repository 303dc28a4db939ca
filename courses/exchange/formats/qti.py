"""Quizzes in IMS QTI 1.2, as Common Cartridges hold them (profile of Common Cartridge 1.0-1.3, "QTI 1.2.1 Assessment").

Questions with given answers become ours. Essays, gaps and patterns have no counterpart: the report names each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from courses.exchange.files import Files
from courses.exchange.formats.canvas import QuizSettings, bank
from courses.exchange.formats.html_text import escaped, html_to_line, html_to_markdown
from courses.exchange.formats.xml_documents import Element, child, local, read_xml, text_of, walk
from courses.exchange.parts import Place, QuestionPart, QuizPart
from courses.limits import MOST_OPTIONS
from courses.models import QuestionKind
from courses.services.quizzes import QuestionWords, QuizWords

_KINDS: Final = {
    "cc.multiple_choice.v0p1": QuestionKind.MULTIPLE_CHOICE,
    "cc.true_false.v0p1": QuestionKind.TRUE_FALSE,
    "cc.multiple_response.v0p1": QuestionKind.MULTI_SELECT,
    "multiple_choice_question": QuestionKind.MULTIPLE_CHOICE,
    "true_false_question": QuestionKind.TRUE_FALSE,
    "multiple_answers_question": QuestionKind.MULTI_SELECT,
}
"""By `cc_profile`, and by the `question_type` that Canvas writes."""


def read_qti(root: Element, path: str, title: str, files: Files, *, fuller: str = "", settings: QuizSettings | None = None) -> QuizPart:
    """The quiz in an assessment's document; from the file `fuller` where that holds at least as many questions.

    Raises `RefusedFile` for XML that cannot be read.
    """
    settings = settings or QuizSettings()
    assessment = next(walk(root, "assessment"), root)
    facts = _metadata(assessment)
    place = path
    if fuller:
        other = read_xml(files.package, fuller)
        if _count(other) >= _count(assessment):
            assessment, place = next(walk(other, "assessment"), other), fuller
            facts |= {name: value for name, value in _metadata(assessment).items() if value}
    limit = settings.minutes or facts.get("qmd_timelimit", "")
    quiz = QuizPart(
        place=Place(file=path or title),
        words=QuizWords(
            title=title or assessment.get("title") or _("Quiz"),
            description=settings.description,
            allow_retakes=(settings.attempts or facts.get("cc_maxattempts", "")) != "1",
            shuffle=settings.shuffle,
            time_limit_minutes=int(limit) if limit.isascii() and limit.isdigit() and 1 <= len(limit) <= 3 and int(limit) else None,
            is_required=settings.is_required,
        ),
    )
    for number, (item, held) in enumerate(_items(assessment, place, files), 1):
        question = _read_item(item, Place(file=held or title, path=_("question %(number)d") % {"number": number}), files)
        if question is not None:
            quiz.questions.append(question)
    return quiz


def _count(root: Element) -> int:
    return sum(1 for _item in walk(root, "item", "sourcebank_ref"))


def _items(assessment: Element, place: str, files: Files) -> Iterator[tuple[Element, str]]:
    """Its questions, each with the file that holds it; those of the banks too that it draws from."""
    drawn: set[str] = set()
    for entry in walk(assessment, "item", "sourcebank_ref", "selection_number"):
        if local(entry) == "item":
            yield entry, place
        elif local(entry) == "selection_number":
            files.report.warn(place, _("It draws some of its questions by chance. Here all of them are asked."))
        elif (path := bank(text_of(entry))) in drawn:
            continue
        elif path in files.package:
            drawn.add(path)
            for item in walk(read_xml(files.package, path), "item"):
                yield item, path
        else:
            files.report.warn(place, _("It draws questions from a bank that did not come along; they are left out."))


def _read_item(item: Element, place: Place, files: Files) -> QuestionPart | None:
    facts = _metadata(item)
    profile = facts.get("cc_profile") or facts.get("question_type", "")
    presentation = child(item, "presentation")
    responses = list(walk(item, "response_lid"))
    if presentation is None or len(responses) != 1 or (profile and profile not in _KINDS):
        files.report.warn(
            place.of(),
            _("This is %(what)s, a kind of question that has no counterpart here; it is left out.") % {"what": _said(profile, item)},
        )
        return None
    labels = list(walk(responses[0], "response_label"))
    if len(labels) > MOST_OPTIONS:
        files.report.warn(place.of(), _("The question has more than %(most)d answers; it is left out.") % {"most": MOST_OPTIONS})
        return None
    options = [{"id": label.get("ident", "")[:40], "text": _words(label, place, files)} for label in labels]
    correct = [ident for ident in _right_answers(item) if ident in {option["id"] for option in options}]
    kind: str = _KINDS.get(profile) or (
        QuestionKind.MULTI_SELECT if responses[0].get("rcardinality", "").lower() == "multiple" else QuestionKind.MULTIPLE_CHOICE
    )
    explanation = _explanation(item, options, place, files)
    if kind == QuestionKind.TRUE_FALSE:
        options, correct, kind = _true_false(options, correct)
    return QuestionPart(
        place=place,
        words=QuestionWords(
            text=_markdown(presentation, place, files),
            kind=kind,
            options=options,
            correct=correct if kind == QuestionKind.MULTI_SELECT else correct[:1],
            explanation=explanation,
            points=_points(facts),
        ),
    )


def _said(profile: str, item: Element) -> str:
    """A kind of question in plain words."""
    known = {
        "essay": _("an essay"),
        "fib": _("a gap to fill in"),
        "short_answer": _("a gap to fill in"),
        "fill_in": _("gaps to fill in"),
        "dropdown": _("gaps to choose for"),
        "pattern": _("a gap to fill in"),
        "match": _("a set of pairs to match"),
        "numerical": _("a number to find"),
        "calculated": _("a number to find"),
        "formula": _("a number to find"),
        "file_upload": _("a file to hand in"),
        "text_only": _("a text between the questions"),
        "categorization": _("things to sort"),
        "ordering": _("things to put in order"),
        "hot_spot": _("a spot to find in a picture"),
    }
    if not profile:
        return (
            _("a question without answers to choose from") if next(walk(item, "response_lid"), None) is None else _("one of several parts")
        )
    return next((words for sign, words in known.items() if sign in profile), f"“{profile[:80]}”")


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


def _explanation(item: Element, options: list[dict[str, str]], place: Place, files: Files) -> str:
    """The general feedback, else that of a right solution, else what is said of single answers, each with its words."""
    said = {entry.get("ident", ""): entry for entry in walk(item, "itemfeedback")}
    words = {
        ident: found
        for ident, entry in said.items()
        if (found := "\n\n".join(_material(text, place, files) for text in walk(entry, "mattext")).strip())
    }
    general = [text for ident, text in words.items() if ident.lower() in ("general_fb", "general", "solution")]
    if general:
        return "\n\n".join(general)
    if "correct_fb" in words:
        return words["correct_fb"]
    answers = {option["id"]: option["text"] for option in options}
    parts: list[str] = []
    for condition in walk(item, "respcondition"):
        chosen = next((answers[name] for equal in walk(condition, "varequal") if (name := text_of(equal)) in answers), "")
        for shown in walk(condition, "displayfeedback"):
            text = words.pop(shown.get("linkrefid", ""), "")
            if text:
                parts.append(f"**{chosen}:** {text}" if chosen else text)
    return "\n\n".join([*parts, *(text for ident, text in words.items() if ident != "general_incorrect_fb")])


def _material(text: Element, place: Place, files: Files) -> str:
    raw = "".join(text.itertext())
    if text.get("texttype", "text/plain") != "text/html":
        return " ".join(raw.split())
    markdown, _videos = html_to_markdown(raw)
    return files.link_all(markdown, place=place, folder="", attachments=[])


def _words(label: Element, place: Place, files: Files) -> str:
    parts: list[str] = []
    for text in walk(label, "mattext"):
        raw = "".join(text.itertext())
        if "<img" in raw or next(walk(label, "matimage"), None) is not None:
            tell_pictures(place, files)
        parts.append(html_to_line(raw) if text.get("texttype") == "text/html" else escaped(" ".join(raw.split()), at_start=True))
    return " ".join(parts)


def tell_pictures(place: Place, files: Files) -> None:
    files.report.warn(place.of(), _("Answers have no pictures here; only their words stay."))


def _metadata(element: Element) -> dict[str, str]:
    """The fields of an assessment's or an item's own metadata."""
    own = [inner for inner in element if local(inner) in ("qtimetadata", "itemmetadata")]
    found: dict[str, str] = {}
    for holder in own:
        for entry in walk(holder, "qtimetadatafield"):
            found[text_of(child(entry, "fieldlabel")).lower()] = text_of(child(entry, "fieldentry")).lower()
        found.update({local(inner).lower(): text_of(inner) for inner in holder if local(inner).startswith("qmd_")})
    return found
