"""A course as its learner comes home to it, and as visitors see it; the outline's modules one by one."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from courses.learning.access import get_standing
from courses.learning.home import course_home
from courses.learning.pages import LearnAddresses, module_rows
from courses.learning.player import frame_of
from courses.learning.selectors import state_of
from kit.errors import NotFound
from kit.http import AuthedRequest


@login_not_required
@require_safe
def course(request: AuthedRequest, course: str) -> HttpResponse:
    """/learn/<course>/: where one is and how to go on; `?continue` goes there at once."""
    standing = get_standing(request.user, course)
    home = course_home(standing)
    if "continue" in request.GET and home.resume is not None:
        return redirect(home.resume.href)
    return render(request, "courses/learning/course.html", {"home": home, "frame": home.frame, "course": standing.course})


@login_not_required
@require_safe
def module(request: AuthedRequest, course: str, module: UUID) -> HttpResponse:
    """The steps of one module: into the outline that opens it, or as a page where there is no script."""
    standing = get_standing(request.user, course)
    entry = next((part for part in standing.outline.modules if part.id == str(module)), None)
    if entry is None:
        raise NotFound
    state = state_of(standing.enrolment, standing.outline)
    rows = module_rows(
        standing.outline,
        entry,
        addresses=LearnAddresses(standing.course.slug),
        access=standing.access_to,
        state=state if standing.enrolment else None,
    )
    context = {"module": entry, "steps": rows, "frame": frame_of(standing, None, state), "course": standing.course}
    response = render(request, "courses/learning/_steps.html" if request.htmx else "courses/learning/module.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response
