"""Who takes a course: the table, one learner, and all of them as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.access import creator_required
from courses.access import get_own_course
from courses.certificates.addresses import page_address
from courses.learning.selectors_submissions import desk_context
from courses.models import Course
from courses.teaching.access import get_learner
from courses.teaching.contact import address_to_all, address_to_learner
from courses.teaching.querysets import SORTS, STATES
from courses.teaching.selectors import Row, crowd_of, learners_of, rows_in_batches, rows_of, standing_of
from kit.csv_export import csv_response
from kit.http import AuthedRequest
from kit.pages import paginate
from kit.ratelimit import rate_limited

PER_PAGE = 50
STATE_LABELS = {
    "under_way": _("Under way"),
    "not_begun": _("Not begun"),
    "finished": _("Finished"),
    "closed": _("Access ended"),
}
SORT_LABELS = {"activity": _("Last here"), "progress": _("Progress"), "name": _("Name"), "newest": _("Newest")}


@require_GET
@creator_required
def learners(request: AuthedRequest, slug: str) -> HttpResponse:
    course = get_own_course(request.user, slug)
    words = request.GET.get("q", "").replace("\x00", " ").strip()[:80]
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else "activity"
    crowd = crowd_of(course)
    page = paginate(learners_of(course, words=words, state=state, sort=sort), request, PER_PAGE)
    context = {
        **desk_context(course),
        "crowd": crowd,
        "page": page,
        "rows": rows_of(list(page.object_list)),
        "q": words,
        "state": state,
        "states": [(name, label, crowd.states[name]) for name, label in STATE_LABELS.items() if crowd.states[name]],
        "sort": sort,
        "sorts": SORT_LABELS.items(),
        "write_to_all": address_to_all(request.user, course) if crowd.learners else "",
    }
    template = "courses/teaching/learners.html"
    return render(request, f"{template}#rows" if request.htmx and not request.htmx.boosted else template, context)


@require_GET
@creator_required
def learner(request: AuthedRequest, slug: str, enrolment_id: int) -> HttpResponse:
    course = get_own_course(request.user, slug)
    enrolment = get_learner(course, enrolment_id)
    [row] = rows_of([enrolment])
    context = {
        **desk_context(course),
        "enrolment": enrolment,
        "row": row,
        "standing": standing_of(enrolment, course),
        "write": address_to_learner(request.user, enrolment.user),
    }
    return render(request, "courses/teaching/learner.html", context)


@require_GET
@creator_required
@rate_limited("learners-csv", "30/h", by="user")
def learners_csv(request: AuthedRequest, slug: str) -> HttpResponseBase:
    """Every learner in a row; times in UTC, time spent in minutes. No e-mail addresses: those are the learners' own."""
    course = get_own_course(request.user, slug)
    header = [
        *("name", "username", "state", "enrolled", "last_here", "progress_percent", "lessons_done", "lessons"),
        *("quiz_average_percent", "minutes_spent", "finished", "certificate"),
    ]
    return csv_response(f"{course.slug} learners.csv", header, _csv_rows(course))


def _csv_rows(course: Course) -> Iterator[list[Any]]:
    for row in rows_in_batches(learners_of(course, sort="newest")):
        enrolment, user = row.enrolment, row.enrolment.user
        yield [
            user.name,
            user.username,
            state_of(row),
            enrolment.enrolled_at.isoformat(timespec="seconds"),
            enrolment.last_activity_at.isoformat(timespec="seconds"),
            enrolment.progress,
            enrolment.lessons_completed,
            enrolment.lessons_total,
            "" if row.average is None else round(row.average),
            enrolment.seconds_spent // 60,
            enrolment.completed_at.isoformat(timespec="seconds") if enrolment.completed_at else "",
            page_address(row.certificate.pk) if row.certificate and row.certificate.is_public else "",
        ]


def state_of(row: Row) -> str:
    """One of `STATES`."""
    enrolment = row.enrolment
    if enrolment.completed_at:
        return "finished"
    if enrolment.revoked_at:
        return "closed"
    return "under_way" if enrolment.lessons_completed or enrolment.progress else "not_begun"
