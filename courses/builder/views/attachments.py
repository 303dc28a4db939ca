"""Files beside a lesson, and pictures for the texts of a course."""

from __future__ import annotations

import uuid
from typing import Literal

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.access import creator_required
from courses.access import get_own_attachment, get_own_course, get_own_lesson, get_removed_attachment
from courses.builder.forms_lesson import AttachmentForm, PictureForm
from courses.builder.lesson_pane import attachments_shown
from courses.limits import most_attachment_bytes
from courses.models import Attachment, Course, Lesson
from courses.services import attachments as services
from courses.services.pictures import add_picture
from kit.errors import DomainError
from kit.files.uploads import bounded_upload, files_over_the_limit
from kit.http import AuthedRequest, problem, safe_next
from kit.images import MOST_BYTES
from kit.ratelimit import rate_limited
from kit.storage import safe_filename


@csrf_exempt  # bounded_upload checks the token once the bounds are in place
@require_POST
@creator_required
@rate_limited("upload", "120/m", by="user")
@bounded_upload(most_attachment_bytes)
def index(request: AuthedRequest, slug: str, lesson_id: uuid.UUID) -> HttpResponse:
    """/dashboard/courses/<slug>/lessons/<id>/attachments/: one file by the script, or several by the plain form."""
    course = get_own_course(request.user, slug)
    lesson = get_own_lesson(course, lesson_id)
    form = AttachmentForm(request.POST, request.FILES)
    refusals = [_too_large(name, most_attachment_bytes()) for name in files_over_the_limit(request)]
    stored: list[Attachment] = []
    if form.is_valid():
        for upload in form.cleaned_data["file"]:
            _keep(lesson, upload, request, stored, refusals)
    elif not refusals:
        refusals = [str(sentence) for sentences in form.errors.values() for sentence in sentences]
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        if refusals or not stored:
            return problem(422, code="refused_file", detail=refusals[0], field="file")
        context = {"course": course, "lesson": lesson, "attachment": stored[0]}
        return render(request, "courses/builder/_attachment.html", context, status=201)
    for refusal in refusals:
        messages.error(request, refusal)
    return redirect(_files_of(course, lesson))


def _keep(lesson: Lesson, upload: UploadedFile, request: AuthedRequest, stored: list[Attachment], refusals: list[str]) -> None:
    """One of several files may be refused while the others are kept, so each has its own answer."""
    try:
        stored.append(services.attach_file(lesson, by=request.user, upload=upload))
    except DomainError as error:
        refusals.append(str(error))


@require_POST
@creator_required
def place(request: AuthedRequest, slug: str, lesson_id: uuid.UUID, attachment_id: uuid.UUID) -> HttpResponse:
    course = get_own_course(request.user, slug)
    lesson = get_own_lesson(course, lesson_id)
    direction: Literal["up", "down"] = "up" if request.POST.get("direction") == "up" else "down"
    services.move_attachment(get_own_attachment(lesson, attachment_id), by=request.user, direction=direction)
    return _list(request, course, lesson)


@require_POST
@creator_required
def removal(request: AuthedRequest, slug: str, lesson_id: uuid.UUID, attachment_id: uuid.UUID) -> HttpResponse:
    course = get_own_course(request.user, slug)
    lesson = get_own_lesson(course, lesson_id)
    attachment = get_own_attachment(lesson, attachment_id)
    services.remove_attachment(attachment, by=request.user)
    return _list(request, course, lesson, removed=str(attachment.pk))


@require_POST
@creator_required
def restoration(request: AuthedRequest, slug: str, lesson_id: uuid.UUID, attachment_id: uuid.UUID) -> HttpResponse:
    course = get_own_course(request.user, slug)
    lesson = get_own_lesson(course, lesson_id)
    services.restore_attachment(get_removed_attachment(lesson, attachment_id), by=request.user)
    return _list(request, course, lesson)


def _list(request: AuthedRequest, course: Course, lesson: Lesson, *, removed: str = "") -> HttpResponse:
    if not request.htmx:
        return redirect(_files_of(course, lesson, removed=removed))
    context = {"course": course, "lesson": lesson, **attachments_shown(lesson, removed=removed)}
    return render(request, "courses/builder/lesson.html#files", context)


def _files_of(course: Course, lesson: Lesson, *, removed: str = "") -> str:
    query = f"?removed={removed}" if removed else ""
    return f"{reverse('course_lesson', args=[course.slug, lesson.pk])}{query}#lesson-files"


@csrf_exempt
@require_POST
@creator_required
@rate_limited("upload", "120/m", by="user")
@bounded_upload(lambda: MOST_BYTES)
def pictures(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/courses/<slug>/pictures/: keeps a picture and says the Markdown that shows it, as JSON or, without script, in words."""
    course = get_own_course(request.user, slug)
    form = PictureForm(request.POST, request.FILES)
    by_script = request.headers.get("Accept", "").startswith("application/json")
    back = safe_next(request, reverse("course_builder", args=[course.slug]))
    if dropped := files_over_the_limit(request):
        return _picture_refused(request, _too_large(dropped[0], MOST_BYTES), by_script=by_script, back=back)
    if not form.is_valid():
        return _picture_refused(request, str(form.errors["file"][0]), by_script=by_script, back=back)
    upload = form.cleaned_data["file"]
    try:
        picture = add_picture(course, by=request.user, upload=upload)
    except DomainError as error:
        return _picture_refused(request, str(error), by_script=by_script, back=back)
    markdown = f"![{_described(upload.name or '')}]({picture.image.url})"
    if by_script:
        body = {"url": picture.image.url, "markdown": markdown, "width": picture.width, "height": picture.height}
        return JsonResponse(body, status=201)
    messages.info(request, _("The picture is kept. Write this where it belongs: %(markdown)s") % {"markdown": markdown})
    return redirect(back)


def _picture_refused(request: AuthedRequest, sentence: str, *, by_script: bool, back: str) -> HttpResponse:
    if by_script:
        return problem(422, code="refused_image", detail=sentence, field="file")
    messages.error(request, sentence)
    return redirect(back)


def _described(name: str) -> str:
    """The first words for what a picture shows, from its file's name; people write better ones."""
    stem = safe_filename(name).rpartition(".")[0]
    return " ".join("".join(sign if sign.isalnum() else " " for sign in stem).split())[:100]


def _too_large(name: str, limit: int) -> str:
    return _("“%(name)s” is too large. Files may be up to %(limit)s.") % {"name": safe_filename(name), "limit": filesizeformat(limit)}
