"""Addresses of this room: below each course of a creator."""

from __future__ import annotations

from django.urls import URLPattern, path

from courses.teaching.views import insight, learners, submissions

urlpatterns: list[URLPattern] = [
    path("dashboard/courses/<slug:slug>/learners/", learners.learners, name="course_learners"),
    path("dashboard/courses/<slug:slug>/learners.csv", learners.learners_csv, name="course_learners_csv"),
    path("dashboard/courses/<slug:slug>/learners/<int:enrolment_id>/", learners.learner, name="course_learner"),
    path("dashboard/courses/<slug:slug>/insight/", insight.insight, name="course_insight"),
    path("dashboard/courses/<slug:slug>/submissions/", submissions.inbox, name="course_submissions"),
    path("dashboard/courses/<slug:slug>/submissions/<uuid:submission_id>/", submissions.submission, name="course_submission"),
    path("dashboard/courses/<slug:slug>/submissions/<uuid:submission_id>/file/", submissions.file, name="course_submission_file"),
]
