"""Exercises that were handed in: an inbox, and feedback."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import creator_required
from courses.access import get_own_course
from courses.learning.models import Submission
from courses.learning.selectors_submissions import desk_context, submissions_for, waiting_in
from courses.models import Course
from courses.teaching.access import get_submission
from courses.teaching.errors import SubmissionNotFound
from courses.teaching.forms import FeedbackForm
from courses.teaching.services.feedback import give_feedback
from kit.http import AuthedRequest
from kit.pages import paginate
from kit.storage import download_url

PER_PAGE = 30


@require_GET
@creator_required
def inbox(request: AuthedRequest, slug: str) -> HttpResponse:
    """Those that wait, the oldest first; `?show=all` everything, the newest first."""
    course = get_own_course(request.user, slug)
    show_all = request.GET.get("show") == "all"
    found = submissions_for(course).order_by("-submitted_at", "pk") if show_all else waiting_in(course).order_by("submitted_at", "pk")
    context = {**desk_context(course), "page": paginate(found, request, PER_PAGE), "show_all": show_all}
    return render(request, "courses/teaching/submissions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
def submission(request: AuthedRequest, slug: str, submission_id: UUID) -> HttpResponse:
    course = get_own_course(request.user, slug)
    shown = get_submission(course, submission_id)
    form = FeedbackForm(request.POST or None, initial={"verdict": shown.verdict, "feedback": shown.feedback})
    if request.method == "POST" and form.is_valid():
        give_feedback(shown, by=request.user, **form.cleaned_data)
        messages.success(request, _("Your feedback is on its way to %(name)s.") % {"name": shown.enrolment.user.name})
        return redirect(_next_waiting(course))
    context = {
        **desk_context(course),
        "submission": shown,
        "form": form,
        "others": submissions_for(course).filter(enrolment=shown.enrolment, lesson=shown.lesson).exclude(pk=shown.pk).order_by("-number"),
    }
    return render(request, "courses/teaching/submission.html", context, status=422 if form.is_bound else 200)


def _next_waiting(course: Course) -> str:
    """The next one that waits, else the inbox: answering ten in a row takes ten forms and nothing between."""
    following = waiting_in(course).order_by("submitted_at", "pk").first()
    if following is None:
        return reverse("course_submissions", args=[course.slug])
    return reverse("course_submission", args=[course.slug, following.pk])


@require_GET
@creator_required
def file(request: AuthedRequest, slug: str, submission_id: UUID) -> HttpResponse:
    """The file that was handed in, by a link that ends."""
    handed_in: Submission = get_submission(get_own_course(request.user, slug), submission_id)
    if not handed_in.file.name:
        raise SubmissionNotFound
    return redirect(download_url(handed_in.file.name, filename=handed_in.file_name, content_type=handed_in.content_type))
