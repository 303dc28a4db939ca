"""A creator's courses: the list, a new one, what is said about one, and its end."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import creator_required
from courses.access import get_own_course
from courses.builder.forms import CourseForm, NewCourseForm
from courses.builder.selectors import courses_of
from courses.learning.selectors_submissions import desk_context
from courses.retention import is_held
from courses.services.courses import CourseWords, change_course, create_course, delete_course
from kit.http import AuthedRequest
from kit.pages import paginate
from kit.ratelimit import rate_limited

PER_PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
@rate_limited("course_new", "60/h", by="user", methods=("POST",))
def index(request: AuthedRequest) -> HttpResponse:
    """/dashboard/courses/: all of one's courses, on sale or not; a POST begins one."""
    form = NewCourseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        course = create_course(by=request.user, words=CourseWords(title=form.cleaned_data["title"]))
        return redirect("course_builder", course.slug)
    page = paginate(courses_of(request.user), request, PER_PAGE)
    context = {"form": form, "page": page}
    return render(request, "courses/builder/courses.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
def details(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/courses/<slug>/details/: what one learns, before, for whom, how it ends (R171, R172)."""
    course = get_own_course(request.user, slug)
    form = CourseForm(request.POST or None, course=course)
    if request.method == "POST" and form.is_valid():
        change_course(course, by=request.user, words=form.words())
        messages.success(request, _("Saved."))
        return redirect("course_details", course.slug)
    return render(request, "courses/builder/details.html", {**desk_context(course), "form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
def delete(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/courses/<slug>/delete/: asks first."""
    course = get_own_course(request.user, slug)
    if request.method == "POST":
        delete_course(course, by=request.user)
        messages.success(request, _("“%(title)s” is deleted.") % {"title": course.title})
        return redirect("courses")
    return render(request, "courses/builder/delete.html", {"course": course, "held": is_held(course)})
