"""Notes: beside their lesson, all of a course, and as a file (R166, R214)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.learning.access import get_own_enrolment, get_own_note, get_standing, open_lesson
from courses.learning.forms import NoteForm
from courses.learning.note_export import notes_as_markdown
from courses.learning.player import lesson_context
from courses.learning.selectors import notes_of
from courses.learning.services.enrolments import enrolment_in
from courses.learning.services.notes import add_note, change_note, delete_note
from kit.http import AuthedRequest
from kit.ratelimit import rate_limited
from kit.storage import safe_filename


@never_cache
@require_safe
def notes(request: AuthedRequest, course: str) -> HttpResponse:
    """/learn/<course>/notes/: every note of the course; also after the course was taken back."""
    enrolment = get_own_enrolment(request.user, course)
    return render(
        request, "courses/learning/notes.html", {"enrolment": enrolment, "course": enrolment.course, "lessons": notes_of(enrolment)}
    )


@never_cache
@require_safe
def export(request: AuthedRequest, course: str) -> HttpResponse:
    """The same as a Markdown file."""
    enrolment = get_own_enrolment(request.user, course)
    text = notes_as_markdown(enrolment.course.title, notes_of(enrolment))
    name = safe_filename(_("Notes on %(course)s") % {"course": enrolment.course.title} + ".md")
    response = HttpResponse(text, content_type="text/markdown; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@require_POST
@rate_limited("note", "60/m", by="user")
def lesson_notes(request: AuthedRequest, course: str, lesson: str) -> HttpResponse:
    """Add a note to a lesson."""
    standing = get_standing(request.user, course)
    entry = open_lesson(standing, lesson)
    form = NoteForm(request.POST)
    if form.is_valid():
        add_note(enrolment_in(standing, entry), lesson_id=entry.id, text=form.cleaned_data["text"], at_seconds=form.cleaned_data["at"])
        if not request.htmx:
            return redirect(f"{request.path.removesuffix('notes/')}#notes")
        standing = get_standing(request.user, course)
    context = lesson_context(standing, entry)
    if form.errors:
        context["note_form"] = form
    template = "courses/learning/_notes.html" if request.htmx else "courses/learning/lesson.html"
    return render(request, template, context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: AuthedRequest, course: str, note: UUID) -> HttpResponse:
    """Say a note differently: in its place, or on a page of its own without script. `?as=text` shows it as it is."""
    own = get_own_note(request.user, course, note)
    form = NoteForm(request.POST or None, initial={"text": own.text})
    context = {"note": own, "course": own.enrolment.course, "form": form, "notes_url": _notes_page(course)}
    if request.method == "POST" and form.is_valid():
        context["note"] = change_note(own, text=form.cleaned_data["text"])
        if not request.htmx:
            return redirect(f"{_notes_page(course)}#note-{own.pk}")
        return render(request, "courses/learning/_note.html", context)
    if request.htmx and request.GET.get("as") == "text":
        return render(request, "courses/learning/_note.html", context)
    template = "courses/learning/note_form.html#form" if request.htmx else "courses/learning/note_form.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def note_deletion(request: AuthedRequest, course: str, note: UUID) -> HttpResponse:
    """Asks, then deletes."""
    own = get_own_note(request.user, course, note)
    if request.method != "POST":
        return render(request, "courses/learning/note_delete.html", {"note": own, "course": own.enrolment.course})
    delete_note(own)
    if request.htmx:
        return HttpResponse()
    return redirect(_notes_page(course))


def _notes_page(course: str) -> str:
    return reverse("learn_notes", args=[course])
