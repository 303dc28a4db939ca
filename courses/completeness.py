"""What a course needs before learners get it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.drafting import Draft, read_draft
from courses.media import VideoState, video_states
from courses.models import Course, Lesson, LessonKind, Question, QuestionKind


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One thing to do: what it is about ("lesson:<id>", "quiz:<id>", "course"), what is needed in words, and where it is done."""

    subject: str
    sentence: str | Promise
    url: str


def missing_from_course(course: Course) -> list[Missing]:
    """What has to be added, in the order of the outline; [] when it can be published."""
    return missing_from_draft(read_draft(course))


def missing_from_draft(draft: Draft) -> list[Missing]:
    """As `missing_from_course`; one query where lessons show videos of one's own, none else."""
    builder = reverse("course_builder", args=[draft.course.slug])
    missing: list[Missing] = []

    def need(subject: str, sentence: str | Promise, url: str = "") -> None:
        anchor = subject.replace(":", "-")
        missing.append(Missing(subject=subject, sentence=sentence, url=url or f"{builder}#{anchor}"))

    if not draft.course.outcomes:
        details = reverse("course_details", args=[draft.course.slug])
        need("course", gettext_lazy("Say what one learns in this course."), f"{details}#id_outcomes")
    if not draft.modules:
        need("course", gettext_lazy("Add a module."), f"{builder}#new-module")
    shown = {
        lesson.video_id for lessons in draft.lessons.values() for lesson in lessons if lesson.kind == LessonKind.VIDEO and lesson.video_id
    }
    videos = video_states(shown, owner_id=draft.course.creator_id) if shown else {}
    inline = {quiz.lesson_id: quiz for quiz in draft.quizzes if quiz.lesson_id}
    for module in draft.modules:
        lessons = draft.lessons.get(module.pk, [])
        if not lessons:
            need(f"module:{module.pk}", _("“%(title)s” has no lesson yet: add one, or remove the module.") % {"title": module.title})
        for lesson in lessons:
            if sentence := _lacks(lesson, has_quiz=lesson.pk in inline):
                need(f"lesson:{lesson.pk}", sentence)
            elif lesson.kind == LessonKind.VIDEO and lesson.video_id:
                sentence, url = _video_lacks(lesson, videos.get(lesson.video_id))
                if sentence:
                    need(f"lesson:{lesson.pk}", sentence, url)
    kept = {lesson.pk for lessons in draft.lessons.values() for lesson in lessons if lesson.kind == LessonKind.QUIZ_INLINE}
    for quiz in draft.quizzes:
        if quiz.lesson_id and quiz.lesson_id not in kept:
            continue
        questions = draft.questions.get(quiz.pk, [])
        if not questions:
            need(f"quiz:{quiz.pk}", _("The quiz “%(title)s” has no question.") % {"title": quiz.title})
        for number, question in enumerate(questions, 1):
            if sentence := question_lacks(question):
                need(
                    f"quiz:{quiz.pk}",
                    _("“%(quiz)s”, question %(number)d: %(sentence)s") % {"quiz": quiz.title, "number": number, "sentence": sentence},
                )
    return missing


def question_lacks(question: Question) -> str:
    """What a question still needs, as a sentence; "" when it is whole."""
    options: Sequence[dict[str, str]] = question.options
    if not question.text:
        return _("write the question.")
    if len(options) < 2:
        return _("give at least two answers.")
    if not all(option["text"] for option in options):
        return _("fill in the empty answer, or remove it.")
    if not question.correct:
        return _("mark the right answer.")
    if question.kind == QuestionKind.MULTI_SELECT and len({option["text"].casefold() for option in options}) < len(options):
        return _("two answers say the same.")
    return ""


def _video_lacks(lesson: Lesson, video: VideoState | None) -> tuple[str, str]:
    """What the video of a lesson still needs, and where that is seen; ("", "") when learners can play it."""
    values = {"title": lesson.title}
    if video is None:
        return _("The video of “%(title)s” is gone: choose another.") % values, ""
    if not video.sentence:
        return "", ""
    return _("“%(title)s”: %(sentence)s") % {**values, "sentence": video.sentence}, video.url


def _lacks(lesson: Lesson, *, has_quiz: bool) -> str:
    values = {"title": lesson.title}
    match lesson.kind:
        case LessonKind.TEXT if not lesson.text.strip():
            return _("“%(title)s” is empty: write its text.") % values
        case LessonKind.VIDEO_EMBED if not lesson.video_url:
            return _("“%(title)s” has no video: paste its link.") % values
        case LessonKind.VIDEO if not lesson.video_id:
            return _("“%(title)s” has no video yet.") % values
        case LessonKind.EXERCISE if not lesson.text.strip():
            return _("“%(title)s” has no instructions.") % values
        case LessonKind.QUIZ_INLINE if not has_quiz:
            return _("“%(title)s” has no quiz yet.") % values
    return ""
