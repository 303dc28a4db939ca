"""Addresses of learning. What is below a lesson belongs to the lesson; quizzes bring their own (`urls_quizzes`)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path


def unwritten(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


urlpatterns = [
    path("learn/<slug:course>/", unwritten, name="learn_course"),
    path("learn/<slug:course>/outline/<uuid:module>/", unwritten, name="learn_module"),
    path("learn/<slug:course>/notes/", unwritten, name="learn_notes"),
    path("learn/<slug:course>/notes/export.md", unwritten, name="learn_notes_export"),
    path("learn/<slug:course>/notes/<uuid:note>/", unwritten, name="learn_note"),
    path("learn/<slug:course>/notes/<uuid:note>/deletions/", unwritten, name="learn_note_deletion"),
    path("", include("courses.learning.urls_quizzes")),
    path("learn/<slug:course>/<slug:lesson>/", unwritten, name="learn_lesson"),
    path("learn/<slug:course>/<slug:lesson>/beats/", unwritten, name="learn_beat"),
    path("learn/<slug:course>/<slug:lesson>/completion/", unwritten, name="learn_completion"),
    path("learn/<slug:course>/<slug:lesson>/bookmark/", unwritten, name="learn_bookmark"),
    path("learn/<slug:course>/<slug:lesson>/notes/", unwritten, name="learn_lesson_notes"),
    path("learn/<slug:course>/<slug:lesson>/submissions/", unwritten, name="learn_submissions"),
    path("learn/<slug:course>/<slug:lesson>/submissions/<uuid:submission>/file/", unwritten, name="learn_submission_file"),
    path("learn/<slug:course>/<slug:lesson>/files/<uuid:attachment>/", unwritten, name="learn_file"),
]
