"""Taking a quiz: introduction, questions, result; and the trial of a free quiz, which is graded without being kept.

Inside a lesson the same addresses answer with the panel alone (`HX-Target: quiz-panel`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.learning.access import Standing, get_standing
from courses.learning.models import QuizAttempt
from courses.learning.player import frame_of, lesson_context
from courses.learning.quiz_access import entry_of, find_quiz, get_own_attempt, open_quiz
from courses.learning.quiz_pages import ask, needs_account, panel_context, read_answers, review, seconds_left, step_of
from courses.learning.selectors_quizzes import attempts_at, published_quiz, revision_content
from courses.learning.services.attempts import arrange, complete_attempt, end_if_over, save_answers, start_attempt
from courses.learning.services.enrolments import enrolment_in
from courses.outline import LessonEntry, QuizEntry
from kit.http import AuthedRequest
from kit.ratelimit import rate_limited

PANEL: Final = "quiz-panel"
_AT_ONCE: Final = timedelta(minutes=1)
"""So soon after its last step a course is finished by it, however long counting took."""


@login_not_required
@never_cache
@require_safe
def quiz(request: AuthedRequest, course: str, quiz: str) -> HttpResponse:
    """/learn/<course>/quizzes/<quiz>/: what it asks, how often it was taken, the way to begin."""
    standing = get_standing(request.user, course)
    entry = find_quiz(standing, quiz)
    access = standing.access_to(entry)
    if not access.accessible:
        context = {"frame": frame_of(standing, entry), "lesson": entry, "access": access, "standing": standing, "course": standing.course}
        return render(request, "courses/learning/locked.html", context, status=403)
    return _show(request, "quiz", standing, entry, panel=panel_context(standing, entry))


@require_POST
@rate_limited("quiz", "60/m", by="user")
def attempts(request: AuthedRequest, course: str, quiz: str) -> HttpResponse:
    """Begin, or go on with the attempt that is open."""
    standing = get_standing(request.user, course)
    entry = open_quiz(standing, quiz)
    if not standing.is_learner_of(entry):
        return redirect("learn_quiz_trial", course, quiz)
    attempt = start_attempt(enrolment_in(standing, entry), quiz=entry)
    return redirect("learn_attempt", course, quiz, attempt.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def attempt(request: AuthedRequest, course: str, quiz: str, attempt: UUID) -> HttpResponse:
    """The questions while it is open, the result afterwards. A POST saves answers; with `hand_in` it ends the attempt."""
    taken = get_own_attempt(request.user, course, quiz, attempt)
    if request.method == "POST" and "hand_in" in request.POST:
        complete_attempt(taken, answers=read_answers(request.POST, taken.arrangement))
        return HttpResponseRedirect(request.path)
    taken = end_if_over(taken)
    if taken.completed_at is not None:
        return _result(request, taken, quiz)
    if request.method == "POST":
        return _save(request, taken)
    return _questions(request, taken, quiz)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limited("quiz-trial", "60/m", by="ip", methods=("POST",))
def trial(request: AuthedRequest, course: str, quiz: str) -> HttpResponse:
    """A free quiz for whoever has no enrolment, or any quiz for its creator and staff: graded, not kept, without a clock.

    One that is taken once asks for a sign-in: its answers are not shown to be learned by heart first (R157).
    """
    standing = get_standing(request.user, course)
    entry = open_quiz(standing, quiz)
    if standing.is_learner_of(entry):
        return redirect("learn_quiz", course, quiz)
    content = published_quiz(entry)
    if needs_account(standing, content):
        return redirect_to_login(reverse("learn_quiz", args=[course, quiz]))
    arrangement = arrange(content)
    if request.method == "POST":
        graded = review(content, arrangement, read_answers(request.POST, arrangement))
        return _show(request, "quiz_trial_result", standing, entry, quiz=entry, content=content, review=graded)
    return _show(request, "quiz_trial", standing, entry, quiz=entry, content=content, questions=ask(content, arrangement, {}))


def _questions(request: AuthedRequest, taken: QuizAttempt, slug: str) -> HttpResponse:
    content = revision_content(taken.revision_id)
    questions = ask(content, taken.arrangement, taken.answers)
    return _show(
        request,
        "quiz_attempt",
        get_standing(request.user, taken.enrolment.course.slug),
        entry_of(taken),
        attempt=taken,
        quiz_slug=slug,
        content=content,
        questions=questions,
        answered=sum(bool(question.was) for question in questions),
        count=len(questions),
        seconds_left=seconds_left(taken),
    )


def _save(request: AuthedRequest, taken: QuizAttempt) -> HttpResponse:
    saved = save_answers(taken, answers=read_answers(request.POST, taken.arrangement))
    if not request.htmx:
        messages.success(request, _("Your answers are saved. The attempt goes on."))
        return redirect(request.path)
    answered = sum(bool(chosen) for chosen in saved.answers.values())
    context = {"answered": answered, "count": len(saved.arrangement), "is_saved": True, "seconds_left": seconds_left(saved)}
    return render(request, "courses/learning/quiz_attempt.html#saved", context)


def _result(request: AuthedRequest, taken: QuizAttempt, slug: str) -> HttpResponse:
    entry, content = entry_of(taken), revision_content(taken.revision_id)
    others = attempts_at(taken.enrolment, taken.quiz_id)
    standing = get_standing(request.user, taken.enrolment.course.slug)
    response = _show(
        request,
        "quiz_result",
        standing,
        entry,
        **(_lesson_round(standing, entry) if request.htmx else {}),
        quiz=entry,
        quiz_slug=slug,
        attempt=taken,
        content=content,
        review=review(content, taken.arrangement, taken.answers),
        attempts=[other for other in others if other.completed_at],
        open_attempt=next((other for other in others if other.completed_at is None), None),
        may_start=entry is not None and published_quiz(entry).allow_retakes,
        has_finished=_has_finished(taken),
        was_ended=taken.deadline_at is not None and taken.completed_at == taken.deadline_at,
    )
    if request.htmx:
        # Saving answers finds an attempt over that another window or the clock ended: its result takes the questions' place.
        response["HX-Retarget"], response["HX-Reswap"], response["HX-Trigger"] = f"#{PANEL}", "outerHTML", "quiz-completed"
    return response


def _has_finished(taken: QuizAttempt) -> bool:
    """Whether the course was finished by this attempt, or before it."""
    finished_at = taken.enrolment.completed_at
    if not taken.is_passed or taken.completed_at is None or finished_at is None:
        return False
    return finished_at <= taken.completed_at + _AT_ONCE


def _lesson_round(standing: Standing, entry: QuizEntry | None) -> dict[str, Any]:
    """The lesson that the quiz is inside of: a passed quiz does it, and its marks say so at once. Nothing for other quizzes."""
    step = step_of(standing.outline, entry) if entry else None
    if not isinstance(step, LessonEntry) or not standing.access_to(step).accessible:
        return {}
    shown = lesson_context(standing, step)
    return {"page": shown["page"], "frame": shown["frame"]}


def _show(request: AuthedRequest, name: str, standing: Standing, entry: QuizEntry | None, **context: Any) -> HttpResponse:
    """The page in the player's frame; inside a lesson its panel alone."""
    template = f"courses/learning/{name}.html"
    context |= {"course": standing.course, "is_inline": bool(request.htmx)}
    if request.htmx:
        response = render(request, f"{template}#panel", context)
        response["HX-Push-Url"] = "false"  # one stays in the lesson
        return response
    frame = frame_of(standing, step_of(standing.outline, entry) if entry else None)
    return render(request, template, {**context, "frame": frame})
