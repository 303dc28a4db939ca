"""The player: a lesson, its files, and what is kept while one learns."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from courses.embeds import shows_embeds
from courses.learning.access import find_lesson, get_standing, open_lesson
from courses.learning.errors import LessonNotFound
from courses.learning.forms import read_report
from courses.learning.player import frame_of, lesson_context
from courses.learning.selectors import published_lesson
from courses.learning.services.beats import continue_sitting, record_beat
from courses.learning.services.enrolments import enrolment_in
from courses.learning.services.progress import complete_lesson, mark_lesson, reopen_lesson
from courses.learning.sittings import read_ticket
from courses.outline import LessonEntry
from courses.video.playback import shows_videos
from kit.http import AuthedRequest
from kit.ratelimit import rate_limited
from kit.storage import download_url

_FINISHED: Final = gettext_lazy("That was the last step: you have finished the course.")


@login_not_required
@shows_videos
@shows_embeds
@require_safe
def lesson(request: AuthedRequest, course: str, lesson: str) -> HttpResponse:
    """/learn/<course>/<lesson>/: the player, or why the lesson is closed and how to get it (R201, R202, R208)."""
    standing = get_standing(request.user, course)
    entry = find_lesson(standing, lesson)
    access = standing.access_to(entry)
    if not access.accessible:
        context = {"frame": frame_of(standing, entry), "lesson": entry, "access": access, "standing": standing, "course": standing.course}
        return render(request, "courses/learning/locked.html", context, status=403)
    return render(request, "courses/learning/lesson.html", lesson_context(standing, entry))


@require_POST
def beats(request: AuthedRequest, course: str, lesson: str) -> HttpResponse:
    """What an open page reports every few seconds (R165, R212): 204, or {"done", "words"} where the lesson is done by watching it.

    Pages of those who only look have no ticket to report with.
    """
    told = read_report(request.POST)
    ticket = read_ticket(request.POST.get("ticket", ""), user_id=request.user.pk, slug=lesson)
    counted = continue_sitting(ticket, told)
    if counted is None:
        standing = get_standing(request.user, course)
        entry = open_lesson(standing, lesson)
        counted = record_beat(
            enrolment_in(standing, entry),
            lesson_id=entry.id,
            sitting=ticket.sitting,
            opened_at=ticket.opened_at,
            seconds=told.seconds,
            video_seconds=told.video_seconds,
            page_permille=told.page_permille,
            watched=told.watched,
            film=ticket.film,
        )
    if counted.is_done:
        words = _FINISHED if counted.is_finished else _("Watched: this lesson is done.")
        return JsonResponse({"done": True, "words": str(words)})
    return HttpResponse(status=204)


@require_http_methods(["GET", "HEAD", "POST"])
def completion(request: AuthedRequest, course: str, lesson: str) -> HttpResponse:
    """Mark the lesson done; `done=no` takes it back. Finishing the course by it leads to the course's page.

    A GET by htmx brings the marks as they are: after watching a video was counted.
    """
    standing = get_standing(request.user, course)
    entry = open_lesson(standing, lesson)
    if request.method != "POST":
        return _after_mark(request, course, entry)
    enrolment = enrolment_in(standing, entry)
    change = reopen_lesson if request.POST.get("done") == "no" else complete_lesson
    changed = change(enrolment, lesson_id=entry.id)
    if changed.is_completed and not enrolment.is_completed:
        messages.success(request, _FINISHED)
        home = standing.course.get_absolute_url()
        return HttpResponseClientRedirect(home) if request.htmx else redirect(home)
    return _after_mark(request, course, entry)


@require_POST
def bookmark(request: AuthedRequest, course: str, lesson: str) -> HttpResponse:
    """Bookmark the lesson (R167, R214); `bookmarked=no` takes it back."""
    standing = get_standing(request.user, course)
    entry = open_lesson(standing, lesson)
    mark_lesson(enrolment_in(standing, entry), lesson_id=entry.id, bookmarked=request.POST.get("bookmarked") != "no")
    return _after_mark(request, course, entry)


def _after_mark(request: AuthedRequest, course: str, entry: LessonEntry) -> HttpResponse:
    if request.htmx:
        context = lesson_context(get_standing(request.user, course), entry)
        return render(request, "courses/learning/_marked.html", context)
    return redirect("learn_lesson", course, entry.slug)


@login_not_required
@never_cache
@require_safe
@rate_limited("lesson_file", "120/m", by="ip")
def file(request: AuthedRequest, course: str, lesson: str, attachment: UUID) -> HttpResponse:
    """A lesson's file, by a link that lives for a minute. As the published version has it, not the draft."""
    entry = open_lesson(get_standing(request.user, course), lesson)
    files = published_lesson(entry.revision).attachments if entry.revision else ()
    found = next((one for one in files if one.id == str(attachment)), None)
    if found is None:
        raise LessonNotFound(_("This file is not part of the lesson."))
    url = download_url(found.file, filename=found.name, content_type=found.content_type, seconds=settings.DOWNLOAD_LINK_SECONDS)
    return HttpResponseRedirect(url, headers={"Referrer-Policy": "no-referrer"})
