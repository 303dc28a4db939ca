"""Whether what was read can be made: every part goes through the rules that the builder's own services use.

A rule stops at the first field that does not hold. Here that field is noted, given a value that holds, and the rule asked again,
so that the report names every problem at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from courses.completeness import question_lacks
from courses.embeds import read_video_link
from courses.errors import BadCourse
from courses.exchange.packages import Package
from courses.exchange.parts import CoursePart, FilePart, LessonPart, ModulePart, Place, QuestionPart, QuizPart
from courses.exchange.report import Report
from courses.limits import (
    ATTACHMENT_KINDS,
    MOST_ATTACHMENTS,
    MOST_LESSONS,
    MOST_MODULES,
    MOST_QUESTIONS,
    MOST_QUIZZES,
    most_attachment_bytes,
)
from courses.models import Completion, Course, HandIn, Lesson, LessonKind, Level, Question, QuestionKind, Quiz
from courses.services.courses import CourseWords
from courses.services.lessons import LessonWords, apply_words
from courses.services.quizzes import QuestionWords, QuizWords, apply_question_words, apply_quiz_words
from courses.texts import clean_line, clean_sentences, clean_text
from kit.files import RefusedFile, inspect_upload

_SAFE: Final[dict[type, dict[str, Any]]] = {
    LessonWords: {
        "title": "x",
        "kind": LessonKind.TEXT,
        "hand_in": HandIn.TEXT,
        "text": "",
        "takeaways": (),
        "self_check": (),
        "minutes": 5,
        "video_url": "",
    },
    QuizWords: {"title": "x", "description": "", "passing_score": 70, "time_limit_minutes": None},
    QuestionWords: {"text": "", "kind": QuestionKind.MULTIPLE_CHOICE, "options": (), "correct": (), "points": 1, "explanation": ""},
}
"""What a field is given once its problem is noted, so that the rest can be judged."""


def check_course(course: CoursePart, *, into: Course | None, package: Package, report: Report) -> None:
    """Put every problem and doubt about `course` into `report`. With `into` its modules are to be added to that course's draft."""
    if into is None:
        _check_course_words(course.words, course.place, report)
    elif course.quizzes:
        report.warn("", _("Quizzes of the whole course are added behind those that it has."))
    _check_counts(course, into, report)
    for module in course.modules:
        _check_module(module, report)
        for lesson in module.lessons:
            _check_lesson(lesson, package, report)
    for quiz in course.all_quizzes():
        _check_quiz(quiz, report)


def _check_course_words(words: CourseWords, place: Place, report: Report) -> None:
    checks: list[tuple[str, Callable[[], object]]] = [
        ("title", lambda: clean_line(words.title, field="title", most=120)),
        ("outcomes", lambda: clean_sentences(words.outcomes, field="outcomes")),
        ("prerequisites", lambda: clean_sentences(words.prerequisites, field="prerequisites")),
        ("audience", lambda: clean_sentences(words.audience, field="audience")),
        ("language", lambda: clean_line(words.language, field="language", most=10)),
        ("level", lambda: _known(words.level, Level.values)),
        ("completion", lambda: _known(words.completion, Completion.values)),
    ]
    _note(checks, place, report)


def _known(value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise BadCourse(_("Choose one of: %(known)s.") % {"known": ", ".join(known)})


def _note(checks: Sequence[tuple[str, Callable[[], object]]], place: Place, report: Report) -> None:
    for name, check in checks:
        try:
            check()
        except BadCourse as refusal:
            report.problem(place.of(name), str(refusal))


def _check_module(module: ModulePart, report: Report) -> None:
    checks: list[tuple[str, Callable[[], object]]] = [
        ("title", lambda: clean_line(module.title, field="title", most=160)),
        ("description", lambda: clean_text(module.description, field="description", most=2000)),
    ]
    _note(checks, module.place, report)
    if not module.lessons:
        report.warn(module.place.of(), _("“%(title)s” has no lesson.") % {"title": module.title})


def _check_lesson(lesson: LessonPart, package: Package, report: Report) -> None:
    words = _try(lesson.words, lambda words: apply_words(Lesson(), words), lesson.place, report)
    if words.kind == LessonKind.VIDEO_EMBED and words.video_url:
        try:
            read_video_link(words.video_url)
        except BadCourse as refusal:
            report.problem(lesson.place.of("video_url"), str(refusal))
    if words.kind == LessonKind.VIDEO:
        report.warn(lesson.place.of("kind"), _("The video itself does not come along: upload it in the builder."))
    if words.kind == LessonKind.QUIZ_INLINE and lesson.quiz is None:
        report.warn(lesson.place.of("quiz"), _("The quiz of this lesson is missing: write it in the builder."))
    if lesson.quiz is not None and words.kind != LessonKind.QUIZ_INLINE:
        report.warn(lesson.place.of("kind"), _("The lesson has a quiz, which is shown only in lessons of the kind “quiz_inline”."))
    if len(lesson.attachments) > MOST_ATTACHMENTS:
        report.problem(lesson.place.of("attachments"), _("A lesson has at most %(most)d files.") % {"most": MOST_ATTACHMENTS})
    for entry in lesson.attachments:
        _check_attachment(entry, package, report)


def _check_attachment(entry: FilePart, package: Package, report: Report) -> None:
    if entry.path not in package:
        return
    try:
        with package.copy(entry.path) as file:
            inspect_upload(file, name=entry.name, allowed=ATTACHMENT_KINDS, max_bytes=most_attachment_bytes())
    except RefusedFile as refusal:
        report.problem(entry.place.of("file" if not entry.place.file else ""), str(refusal))


def _check_quiz(quiz: QuizPart, report: Report) -> None:
    _try(quiz.words, lambda words: apply_quiz_words(Quiz(), words), quiz.place, report)
    if len(quiz.questions) > MOST_QUESTIONS:
        report.problem(quiz.place.of("questions"), _("A quiz has at most %(most)d questions.") % {"most": MOST_QUESTIONS})
    if not quiz.questions:
        report.warn(quiz.place.of("questions"), _("The quiz has no question."))
    for question in quiz.questions:
        _check_question(question, report)


def _check_question(part: QuestionPart, report: Report) -> None:
    question = Question()
    before = len(report.problems) + report.unnamed
    _try(part.words, lambda words: apply_question_words(question, words), part.place, report)
    if len(report.problems) + report.unnamed == before and (lacking := question_lacks(question)):
        report.warn(part.place.of(), lacking[:1].upper() + lacking[1:])


def _check_counts(course: CoursePart, into: Course | None, report: Report) -> None:
    there = (0, 0, 0)
    if into is not None:
        there = (
            into.modules.present().count(),
            Lesson.objects.present().filter(course=into).count(),
            Quiz.objects.present().filter(course=into).count(),
        )
    modules, lessons, quizzes = len(course.modules), len(course.lessons()), len(course.all_quizzes())
    if there[0] + modules > MOST_MODULES:
        report.problem("modules", _("A course has at most %(most)d modules.") % {"most": MOST_MODULES})
    if there[1] + lessons > MOST_LESSONS:
        report.problem("modules", _("A course has at most %(most)d lessons.") % {"most": MOST_LESSONS})
    if there[2] + quizzes > MOST_QUIZZES:
        report.problem("quizzes", _("A course has at most %(most)d quizzes.") % {"most": MOST_QUIZZES})
    if into is not None and not modules and not quizzes:
        report.problem("modules", _("There is nothing to add."))


def _try(words: Any, apply: Callable[[Any], None], place: Place, report: Report) -> Any:
    """The words, with whatever does not hold replaced by something that does after it was noted."""
    safe: Mapping[str, Any] = _SAFE[type(words)]
    for _round in fields(words):
        try:
            apply(words)
        except BadCourse as refusal:
            field = refusal.field or ""
            report.problem(place.of(field), str(refusal))
            if field not in safe:
                return words
            words = replace(words, **{field: safe[field]})
            if field in ("options", "kind") and isinstance(words, QuestionWords):
                words = replace(words, correct=())
        except ValidationError as refusal:
            report.problem(place.of(), " ".join(refusal.messages))
            return words
        else:
            return words
    return words


def count_parts(course: CoursePart, *, pictures: int) -> dict[str, int]:
    """What would be made. Minutes are the sum of the lessons'."""
    lessons = course.lessons()
    free = sum(1 for module in course.modules for lesson in module.lessons if module.is_free_preview or lesson.words.is_free_preview)
    return {
        "modules": len(course.modules),
        "lessons": len(lessons),
        "quizzes": len(course.all_quizzes()),
        "questions": sum(len(quiz.questions) for quiz in course.all_quizzes()),
        "pictures": pictures,
        "attachments": len(course.attachments()),
        "minutes": sum(lesson.words.minutes for lesson in lessons),
        "free_lessons": free,
    }
