"""Publishing: what is missing, the note, and the versions so far."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import creator_required
from courses.access import get_own_course
from courses.builder.forms import PublishForm
from courses.builder.selectors import versions_of
from courses.completeness import missing_from_draft
from courses.drafting import read_draft
from courses.learning.selectors_submissions import desk_context
from courses.services.publishing import publish_course, unpublished_changes
from kit.http import AuthedRequest
from kit.pages import paginate
from kit.ratelimit import rate_limited

PER_PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
@rate_limited("course_publish", "60/h", by="user", methods=("POST",))
def index(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/courses/<slug>/publications/: a POST makes the draft the version that learners take."""
    course = get_own_course(request.user, slug)
    form = PublishForm(request.POST or None)
    draft = read_draft(course)
    missing = missing_from_draft(draft)
    if request.method == "POST" and form.is_valid() and not missing:
        version = publish_course(course, by=request.user, note=form.cleaned_data["note"])
        if version.pk == course.current_version_id:
            messages.info(request, _("Learners have all of it: nothing changed since version %(number)d.") % {"number": version.number})
        else:
            messages.success(request, _("Version %(number)d is out. Learners take it from now on.") % {"number": version.number})
        return redirect("course_publish", course.slug)
    context = {
        **desk_context(course),
        "form": form,
        "missing": missing,
        "has_changes": unpublished_changes(course, draft=draft),
        "page": paginate(versions_of(course), request, PER_PAGE),
    }
    status = 200 if request.method != "POST" else 409 if missing else 422
    return render(request, "courses/builder/publications.html", context, status=status)
