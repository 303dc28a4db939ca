"""The pane in which a lesson is written: beside the outline by htmx, or a page of its own."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import creator_required
from courses.access import get_own_course, get_own_lesson
from courses.builder.forms_lesson import LessonForm, PictureForm, as_typed
from courses.builder.lesson_pane import attachments_shown, typed_content
from courses.embeds import shows_embeds
from courses.errors import StaleEdit
from courses.learning.selectors_submissions import desk_context
from courses.models import Course, Lesson, Quiz
from courses.services.lesson_edits import save_lesson
from courses.services.lesson_quizzes import ensure_inline_quiz
from courses.video.pages import choice_shown, room_shown
from kit.http import AuthedRequest, problem
from kit.markdown import MOST_CHARACTERS, render_lesson
from kit.ratelimit import rate_limited


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
@rate_limited("lesson_save", "600/m", by="user", methods=("POST",))
@shows_embeds
def lesson(request: AuthedRequest, slug: str, lesson_id: uuid.UUID) -> HttpResponse:
    """/dashboard/courses/<slug>/lessons/<id>/ (R197). POST saves: a form's or, asked for JSON, the script's own saving."""
    course = get_own_course(request.user, slug)
    lesson = get_own_lesson(course, lesson_id)
    if request.method != "POST":
        return _pane(request, course, lesson, LessonForm(lesson=lesson))
    form = LessonForm(request.POST, lesson=lesson)
    if not form.is_valid():
        return _refused(request, course, lesson, form)
    try:
        saved = save_lesson(lesson, by=request.user, stamp=form.cleaned_data["stamp"], words=form.words())
    except StaleEdit as error:
        return _stale(request, course, lesson, error)
    if _wants_json(request):
        return JsonResponse({"stamp": saved.edit_stamp, "saved_at": saved.updated_at.isoformat(), "fields": as_typed(saved)})
    messages.success(request, _("Saved."))
    return redirect("course_lesson", course.slug, saved.pk)


@require_POST
@creator_required
@rate_limited("lesson_preview", "240/m", by="user")
def preview(request: AuthedRequest, slug: str, lesson_id: uuid.UUID) -> HttpResponse:
    """What is typed, as the player will show it: by the same template."""
    course = get_own_course(request.user, slug)
    lesson = get_own_lesson(course, lesson_id)
    return render(request, "courses/builder/lesson_preview.html", {"content": typed_content(lesson, request.POST)})


@require_POST
@creator_required
@rate_limited("lesson_preview", "240/m", by="user")
def markdown(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/courses/<slug>/markdown/: any text of a course as its pages will show it, for the previews of editors."""
    get_own_course(request.user, slug)
    return HttpResponse(render_lesson(request.POST.get("text", "")[:MOST_CHARACTERS]))


@require_POST
@creator_required
def quiz(request: AuthedRequest, slug: str, lesson_id: uuid.UUID) -> HttpResponse:
    """/dashboard/courses/<slug>/lessons/<id>/quiz/: the quiz inside a lesson, made where there is none yet."""
    course = get_own_course(request.user, slug)
    lesson = get_own_lesson(course, lesson_id)
    inside = ensure_inline_quiz(lesson, by=request.user)
    return redirect("course_quiz", course.slug, inside.pk)


def _wants_json(request: AuthedRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _refused(request: AuthedRequest, course: Course, lesson: Lesson, form: LessonForm) -> HttpResponse:
    if not _wants_json(request):
        return _pane(request, course, lesson, form, status=422)
    errors = {name: [str(sentence) for sentence in sentences] for name, sentences in form.errors.items()}
    first = next(iter(errors.values()))[0]
    return problem(422, code="bad_lesson", detail=first, errors=errors)


def _stale(request: AuthedRequest, course: Course, lesson: Lesson, error: StaleEdit) -> HttpResponse:
    """Both texts: what was typed stays in the form, which now builds on what is stored; the stored one stands above it."""
    lesson.refresh_from_db()
    if _wants_json(request):
        return problem(409, code=error.code, detail=str(error), stamp=lesson.edit_stamp, fields=as_typed(lesson))
    typed = request.POST.copy()
    typed["stamp"] = str(lesson.edit_stamp)
    form = LessonForm(typed, lesson=lesson)
    stored = LessonForm(lesson=lesson)
    differing = [stored[name] for name, value in as_typed(lesson).items() if _as_typed(form, name) != value]
    return _pane(request, course, lesson, form, status=409, differing=differing)


def _as_typed(form: LessonForm, name: str) -> str | bool:
    value = form[name].value()
    return value if isinstance(value, bool) else str(value or "").replace("\r\n", "\n")


def _pane(
    request: AuthedRequest, course: Course, lesson: Lesson, form: LessonForm, *, status: int = 200, differing: Sequence[object] = ()
) -> HttpResponse:
    is_fragment = bool(request.htmx) and not request.htmx.boosted
    context = {
        **({"course": course} if is_fragment else desk_context(course)),
        "lesson": lesson,
        "form": form,
        "differing": differing,
        "is_fragment": is_fragment,
        "quiz": Quiz.objects.present().filter(lesson=lesson).first(),
        "picture_form": PictureForm(auto_id="picture_%s"),
        **attachments_shown(lesson, removed=request.GET.get("removed", "")),
        "video_choice": choice_shown(request.user, str(form["video_id"].value() or "")),
        "video_room": room_shown(request.user),
    }
    return render(request, "courses/builder/lesson.html#pane" if is_fragment else "courses/builder/lesson.html", context, status=status)
