"""The draft as a buyer or as a visitor would see it (R199)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import creator_required
from courses.access import get_own_course
from courses.builder.drafts import DraftPreview, Eyes
from courses.drafting import read_draft_outline
from courses.embeds import shows_embeds
from courses.models import Course
from courses.video.playback import shows_videos
from kit.http import AuthedRequest


@require_GET
@creator_required
def course(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/courses/<slug>/preview/: the course's own page; `?as=visitor` with the locks of those who have not bought."""
    preview = _preview(request, get_own_course(request.user, slug))
    home = preview.home()
    own = preview.course
    words = [(_("What you will learn"), own.outcomes), (_("Before you start"), own.prerequisites), (_("Whom it is for"), own.audience)]
    context = {"course": own, "preview": preview, "home": home, "frame": home.frame, "words": words}
    return render(request, "courses/builder/preview.html", context)


@require_GET
@creator_required
@shows_videos
@shows_embeds
def lesson(request: AuthedRequest, slug: str, lesson: str) -> HttpResponse:
    """/dashboard/courses/<slug>/preview/<lesson>/: the player on the draft, or the lock that a visitor meets."""
    preview = _preview(request, get_own_course(request.user, slug))
    entry = preview.find(lesson)
    access = preview.access(entry)
    context = {"course": preview.course, "preview": preview, "lesson": entry, "access": access}
    if not access.accessible:
        return render(request, "courses/builder/preview_locked.html", {**context, "frame": preview.frame(entry)})
    page = preview.lesson(entry)
    quiz = preview.addresses.quiz(entry.quiz.slug) if entry.quiz else ""
    return render(request, "courses/builder/preview_lesson.html", {**context, "page": page, "frame": page.frame, "quiz_url": quiz})


def _preview(request: AuthedRequest, course: Course) -> DraftPreview:
    eyes: Eyes = "visitor" if request.GET.get("as") == "visitor" else "buyer"
    return DraftPreview(course, read_draft_outline(course), eyes)
