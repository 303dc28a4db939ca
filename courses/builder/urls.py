"""Addresses of the course builder. The panes for lessons and quizzes bring their own (`urls_lessons`, `urls_quizzes`)."""

from __future__ import annotations

from django.urls import include, path

from courses.builder.views import courses, outline, previews, publications

COURSE = "dashboard/courses/<slug:slug>/"
PART = f"{COURSE}outline/<slug:part>/<uuid:part_id>/"

urlpatterns = [
    path("dashboard/courses/", courses.index, name="courses"),
    path(f"{COURSE}builder/", outline.builder, name="course_builder"),
    path(f"{COURSE}details/", courses.details, name="course_details"),
    path(f"{COURSE}publications/", publications.index, name="course_publish"),
    path(f"{COURSE}delete/", courses.delete, name="course_delete"),
    path(f"{COURSE}preview/", previews.course, name="course_preview"),
    path(f"{COURSE}preview/<slug:lesson>/", previews.lesson, name="course_preview_lesson"),
    path(f"{COURSE}removed/", outline.removed, name="course_removed"),
    path(f"{COURSE}modules/", outline.modules, name="course_modules"),
    path(f"{COURSE}modules/<uuid:module_id>/parts/", outline.parts, name="course_parts"),
    path(f"{COURSE}assessments/", outline.assessments, name="course_assessments"),
    path(PART, outline.part, name="course_part"),
    path(f"{PART}place/", outline.place, name="course_part_place"),
    path(f"{PART}copy/", outline.copy, name="course_part_copy"),
    path(f"{PART}removal/", outline.removal, name="course_part_remove"),
    path(f"{PART}restoration/", outline.restoration, name="course_part_restore"),
    path("", include("courses.builder.urls_lessons")),
    path("", include("courses.builder.urls_quizzes")),
]
