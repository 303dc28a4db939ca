"""Addresses of the course builder. The panes for lessons and quizzes bring their own (`urls_lessons`, `urls_quizzes`)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path


def unwritten(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


urlpatterns = [
    path("dashboard/courses/", unwritten, name="courses"),
    path("dashboard/courses/<slug:slug>/builder/", unwritten, name="course_builder"),
    path("dashboard/courses/<slug:slug>/details/", unwritten, name="course_details"),
    path("dashboard/courses/<slug:slug>/publications/", unwritten, name="course_publish"),
    path("dashboard/courses/<slug:slug>/delete/", unwritten, name="course_delete"),
    path("dashboard/courses/<slug:slug>/preview/", unwritten, name="course_preview"),
    path("dashboard/courses/<slug:slug>/preview/<slug:lesson>/", unwritten, name="course_preview_lesson"),
    path("dashboard/courses/<slug:slug>/outline/<slug:part>/<uuid:part_id>/", unwritten, name="course_part"),
    path("dashboard/courses/<slug:slug>/outline/<slug:part>/<uuid:part_id>/parts/", unwritten, name="course_part_add"),
    path("dashboard/courses/<slug:slug>/outline/<slug:part>/<uuid:part_id>/place/", unwritten, name="course_part_place"),
    path("dashboard/courses/<slug:slug>/outline/<slug:part>/<uuid:part_id>/copy/", unwritten, name="course_part_copy"),
    path("dashboard/courses/<slug:slug>/outline/<slug:part>/<uuid:part_id>/removal/", unwritten, name="course_part_remove"),
    path("dashboard/courses/<slug:slug>/outline/<slug:part>/<uuid:part_id>/restoration/", unwritten, name="course_part_restore"),
    path("dashboard/courses/<slug:slug>/modules/", unwritten, name="course_modules"),
    path("dashboard/courses/<slug:slug>/order/", unwritten, name="course_order"),
    path("", include("courses.builder.urls_lessons")),
    path("", include("courses.builder.urls_quizzes")),
]
