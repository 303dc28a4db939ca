"""Addresses of learning. What is below a lesson belongs to the lesson; quizzes bring their own (`urls_quizzes`)."""

from __future__ import annotations

from django.urls import include, path

from courses.learning.views import courses, exercises, lessons, notes, videos

urlpatterns = [
    path("learn/<slug:course>/", courses.course, name="learn_course"),
    path("learn/<slug:course>/outline/<uuid:module>/", courses.module, name="learn_module"),
    path("learn/<slug:course>/notes/", notes.notes, name="learn_notes"),
    path("learn/<slug:course>/notes/export.md", notes.export, name="learn_notes_export"),
    path("learn/<slug:course>/notes/<uuid:note>/", notes.note, name="learn_note"),
    path("learn/<slug:course>/notes/<uuid:note>/deletions/", notes.note_deletion, name="learn_note_deletion"),
    path("", include("courses.learning.urls_quizzes")),
    path("learn/<slug:course>/<slug:lesson>/", lessons.lesson, name="learn_lesson"),
    path("learn/<slug:course>/<slug:lesson>/video/<path:name>", videos.video, name="learn_video"),
    path("learn/<slug:course>/<slug:lesson>/beats/", lessons.beats, name="learn_beat"),
    path("learn/<slug:course>/<slug:lesson>/completion/", lessons.completion, name="learn_completion"),
    path("learn/<slug:course>/<slug:lesson>/bookmark/", lessons.bookmark, name="learn_bookmark"),
    path("learn/<slug:course>/<slug:lesson>/notes/", notes.lesson_notes, name="learn_lesson_notes"),
    path("learn/<slug:course>/<slug:lesson>/submissions/", exercises.submissions, name="learn_submissions"),
    path("learn/<slug:course>/<slug:lesson>/submissions/<uuid:submission>/file/", exercises.submission_file, name="learn_submission_file"),
    path("learn/<slug:course>/<slug:lesson>/files/<uuid:attachment>/", lessons.file, name="learn_file"),
]
