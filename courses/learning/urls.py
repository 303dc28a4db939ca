"""Addresses of this room."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path


def unwritten(request: HttpRequest, course: str, lesson: str = "") -> HttpResponse:
    raise Http404


urlpatterns = [
    path("learn/<slug:course>/", unwritten, name="learn_course"),
    path("learn/<slug:course>/quizzes/<slug:quiz>/", unwritten, name="learn_quiz"),
    path("learn/<slug:course>/<slug:lesson>/", unwritten, name="learn_lesson"),
]
