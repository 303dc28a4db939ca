"""The pane in which a quiz is written: beside the outline by htmx, or a page of its own (R198).

Each question is saved by itself, as one types; what is pressed in it (another answer, up, down) saves it first.
"""

from __future__ import annotations

import uuid
from typing import Any, Final, Literal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from accounts.access import creator_required
from courses.access import get_own_course, get_own_question, get_own_quiz, get_removed_question
from courses.builder.forms_quiz import QuestionForm, QuizForm, blank_words, rearranged
from courses.builder.quiz_pane import QuestionCard, card_of, cards_of
from courses.content import quiz_content
from courses.errors import BadCourse, StaleEdit, StaleOutline
from courses.learning.quiz_pages import ask, read_answers, review
from courses.learning.services.attempts import arrange
from courses.models import Course, Question, QuestionKind, Quiz
from courses.services import questions as services
from courses.services.quizzes import add_question, change_quiz
from kit.http import AuthedRequest
from kit.markdown import render_lesson
from kit.ratelimit import rate_limited

PAGE: Final = "courses/builder/quiz.html"
STATE: Final = "courses/builder/_question_state.html"


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
@rate_limited("quiz_save", "600/m", by="user", methods=("POST",))
def quiz(request: AuthedRequest, slug: str, quiz_id: uuid.UUID) -> HttpResponse:
    """/dashboard/courses/<slug>/quizzes/<id>/: a POST saves everything but the questions."""
    course = get_own_course(request.user, slug)
    quiz = get_own_quiz(course, quiz_id)
    if request.method != "POST":
        return _pane(request, course, quiz)
    form = QuizForm(request.POST, quiz=quiz)
    if not form.is_valid():
        return _settings(request, course, quiz, form, status=422)
    try:
        stamp = int(request.POST.get("keep") or form.cleaned_data["stamp"])
        saved = change_quiz(quiz, by=request.user, stamp=stamp, words=form.words())
    except StaleEdit:
        return _settings(request, course, quiz, form, status=409, other=get_own_quiz(course, quiz_id))
    if not request.htmx:
        messages.success(request, _("Saved."))
        return redirect("course_quiz", course.slug, quiz.pk)
    if "keep" in request.POST:
        return _changed(_settings(request, course, saved, QuizForm(quiz=saved), status=200), quiz)
    return _changed(render(request, f"{PAGE}#settings_state", {"quiz": saved, "is_saved": True}), quiz)


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
def preview(request: AuthedRequest, slug: str, quiz_id: uuid.UUID) -> HttpResponse:
    """The draft as learners will take it; what one answers is graded and forgotten."""
    course = get_own_course(request.user, slug)
    quiz = get_own_quiz(course, quiz_id)
    content = quiz_content(quiz, Question.objects.present().filter(quiz=quiz).order_by("position"))
    arrangement = arrange(content)
    context: dict[str, Any] = {"course": course, "quiz": quiz, "content": content, "introduction": render_lesson(content.description)}
    if request.method == "POST":
        context["review"] = review(content, arrangement, read_answers(request.POST, arrangement))
    else:
        context["questions"] = ask(content, arrangement, {})
    return render(request, "courses/builder/quiz_preview.html", context)


@require_POST
@creator_required
def questions(request: AuthedRequest, slug: str, quiz_id: uuid.UUID) -> HttpResponse:
    """Add a question of some `kind` at the end, open for writing."""
    course = get_own_course(request.user, slug)
    quiz = get_own_quiz(course, quiz_id)
    kind = request.POST.get("kind", "")
    added = add_question(quiz, by=request.user, words=blank_words(kind if kind in QuestionKind.values else QuestionKind.MULTIPLE_CHOICE))
    return _changed(_card(request, course, quiz, card_of(added, is_open=True, focus="text")), quiz)


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
@rate_limited("quiz_save", "600/m", by="user", methods=("POST",))
def question(request: AuthedRequest, slug: str, quiz_id: uuid.UUID, question_id: uuid.UUID) -> HttpResponse:
    """One question. A GET opens it (`?closed` closes it); a POST saves it, and does what `do` says to its answers."""
    course = get_own_course(request.user, slug)
    quiz = get_own_quiz(course, quiz_id)
    question = get_own_question(quiz, question_id)
    if request.method != "POST":
        return _card(request, course, quiz, card_of(question, is_open="closed" not in request.GET, focus="text"))
    act = request.POST.get("do", "")
    form = QuestionForm(request.POST, question=question)
    form.rows = rearranged(form.rows, act)
    if not form.is_valid():
        return _not_saved(request, course, quiz, QuestionCard(question=question, form=form), status=422)
    try:
        stamp = int(request.POST.get("keep") or form.cleaned_data["stamp"])
        saved = services.change_question(question, by=request.user, stamp=stamp, words=form.words())
    except StaleEdit:
        other = get_own_question(quiz, question_id)
        return _not_saved(request, course, quiz, QuestionCard(question=question, form=form, other=other), status=409)
    if request.htmx and not act and "keep" not in request.POST:
        return render(request, STATE, {"course": course, "quiz": quiz, "card": card_of(saved), "is_saved": True})
    focus = f"text-{form.rows[-1].id}" if act == "add" and form.rows else ""
    return _card(request, course, quiz, card_of(saved, is_open=True, focus=focus))


@require_POST
@creator_required
def copies(request: AuthedRequest, slug: str, quiz_id: uuid.UUID, question_id: uuid.UUID) -> HttpResponse:
    course = get_own_course(request.user, slug)
    quiz = get_own_quiz(course, quiz_id)
    copied = services.duplicate_question(get_own_question(quiz, question_id), by=request.user)
    return _changed(_card(request, course, quiz, card_of(copied)), quiz)


@require_POST
@creator_required
def removal(request: AuthedRequest, slug: str, quiz_id: uuid.UUID, question_id: uuid.UUID) -> HttpResponse:
    """Take a question out; a line with Undo takes its place."""
    course = get_own_course(request.user, slug)
    quiz = get_own_quiz(course, quiz_id)
    question = get_own_question(quiz, question_id)
    place = question.position
    removed = services.remove_question(question, by=request.user)
    if not request.htmx:
        return redirect(f"{reverse('course_quiz', args=[course.slug, quiz.pk])}?removed={removed.pk}&place={place}#removed")
    context = {"course": course, "quiz": quiz, "removed": card_of(removed), "place": place}
    return _changed(render(request, f"{PAGE}#removed_row", context), quiz)


@require_POST
@creator_required
def restoration(request: AuthedRequest, slug: str, quiz_id: uuid.UUID, question_id: uuid.UUID) -> HttpResponse:
    """Bring a removed question back to its `place`."""
    course = get_own_course(request.user, slug)
    quiz = get_own_quiz(course, quiz_id)
    place = request.POST.get("place", "")
    question = get_removed_question(quiz, question_id)
    restored = services.restore_question(question, by=request.user, position=int(place) if place.isdecimal() else None)
    return _changed(_card(request, course, quiz, card_of(restored)), quiz)


@require_POST
@creator_required
def place(request: AuthedRequest, slug: str, quiz_id: uuid.UUID, question_id: uuid.UUID) -> HttpResponse:
    """One place up or down."""
    course = get_own_course(request.user, slug)
    quiz = get_own_quiz(course, quiz_id)
    direction: Literal["up", "down"] = "up" if request.POST.get("direction") == "up" else "down"
    services.move_question(get_own_question(quiz, question_id), by=request.user, direction=direction)
    return _list(request, course, quiz, question_id)


@require_POST
@creator_required
def order(request: AuthedRequest, slug: str, quiz_id: uuid.UUID) -> HttpResponse:
    """The order after dragging: `order` holds every id, `seen` the order that was dragged. Another one by now is shown."""
    course = get_own_course(request.user, slug)
    quiz = get_own_quiz(course, quiz_id)
    try:
        seen = [uuid.UUID(pk) for pk in request.POST.get("seen", "").split(",") if pk]
        wanted = [uuid.UUID(pk) for pk in request.POST.getlist("order")]
    except ValueError:
        raise BadCourse(_("This is not an order of questions.")) from None
    try:
        services.arrange_questions(quiz, by=request.user, seen=seen, order=wanted)
    except StaleOutline as error:
        response = _list(request, course, quiz, status=error.status_code)
        response["HX-Retarget"], response["HX-Reswap"] = "#questions", "outerHTML"
        return trigger_client_event(
            response,
            "toast",
            {"message": str(_("The questions were changed in another window. Here they are as they stand now.")), "level": "warning"},
        )
    return _list(request, course, quiz)


def _changed(response: HttpResponse, quiz: Quiz) -> HttpResponse:
    """Tells the outline beside the pane that it shows something old."""
    return trigger_client_event(response, "outline-changed", {"part": "quiz", "id": str(quiz.pk)})


def _card(request: AuthedRequest, course: Course, quiz: Quiz, card: QuestionCard, *, status: int = 200) -> HttpResponse:
    """One question for htmx; without script the whole pane with it open."""
    if request.htmx:
        return render(request, "courses/builder/_question.html", {"course": course, "quiz": quiz, "card": card}, status=status)
    opened = f"?open={card.question.pk}" if card.is_open else ""
    return redirect(f"{reverse('course_quiz', args=[course.slug, quiz.pk])}{opened}#question-{card.question.pk}")


def _not_saved(request: AuthedRequest, course: Course, quiz: Quiz, card: QuestionCard, *, status: int) -> HttpResponse:
    """What was typed stays in its form: only the line that says why not is renewed, and both versions where there are two."""
    if not request.htmx:
        return _pane(request, course, quiz, written=card, status=status)
    if request.POST.get("do") and not card.other:
        return _card(request, course, quiz, card, status=status)
    response = render(request, STATE, {"course": course, "quiz": quiz, "card": card}, status=status)
    response["HX-Retarget"], response["HX-Reswap"] = f"#state-{card.question.pk}", "outerHTML"
    return response


def _list(request: AuthedRequest, course: Course, quiz: Quiz, moved: uuid.UUID | None = None, *, status: int = 200) -> HttpResponse:
    if not request.htmx:
        return redirect(f"{reverse('course_quiz', args=[course.slug, quiz.pk])}{f'#question-{moved}' if moved else ''}")
    cards = cards_of(quiz, opened=request.POST.getlist("open"))
    return render(request, f"{PAGE}#questions", {"course": course, "quiz": quiz, "cards": cards}, status=status)


def _settings(
    request: AuthedRequest, course: Course, quiz: Quiz, form: QuizForm, *, status: int, other: Quiz | None = None
) -> HttpResponse:
    if not request.htmx:
        return _pane(request, course, quiz, form=form, other=other, status=status)
    response = render(request, f"{PAGE}#settings", {"course": course, "quiz": quiz, "form": form, "other": other}, status=status)
    response["HX-Retarget"], response["HX-Reswap"] = "#quiz-settings", "outerHTML"
    return response


def _pane(
    request: AuthedRequest,
    course: Course,
    quiz: Quiz,
    *,
    form: QuizForm | None = None,
    written: QuestionCard | None = None,
    other: Quiz | None = None,
    status: int = 200,
) -> HttpResponse:
    cards = [
        written if written and card.question.pk == written.question.pk else card
        for card in cards_of(quiz, opened=request.GET.getlist("open"))
    ]
    removed = request.GET.get("removed", "")
    gone = [one for one in Question.objects.filter(quiz=quiz, removed_at__isnull=False) if str(one.pk) == removed] if removed else []
    context = {
        "course": course,
        "quiz": quiz,
        "form": form or QuizForm(quiz=quiz),
        "other": other,
        "cards": cards,
        "kinds": QuestionKind.choices,
        "removed": card_of(gone[0]) if gone else None,
        "place": request.GET.get("place", ""),
    }
    is_fragment = bool(request.htmx) and not request.htmx.boosted
    return render(request, f"{PAGE}#pane" if is_fragment else PAGE, context, status=status)
