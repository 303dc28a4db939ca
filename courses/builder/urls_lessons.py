"""Addresses of the builder's pane for lessons."""

from __future__ import annotations

from django.urls import path

from courses.builder.views import attachments, lesson_editor

COURSE = "dashboard/courses/<slug:slug>/"
LESSON = f"{COURSE}lessons/<uuid:lesson_id>/"
ATTACHMENT = f"{LESSON}attachments/<uuid:attachment_id>/"

urlpatterns = [
    path(LESSON, lesson_editor.lesson, name="course_lesson"),
    path(f"{LESSON}preview/", lesson_editor.preview, name="course_lesson_preview"),
    path(f"{LESSON}quiz/", lesson_editor.quiz, name="course_lesson_quiz"),
    path(f"{LESSON}attachments/", attachments.index, name="course_attachments"),
    path(f"{ATTACHMENT}place/", attachments.place, name="course_attachment_place"),
    path(f"{ATTACHMENT}removal/", attachments.removal, name="course_attachment_remove"),
    path(f"{ATTACHMENT}restoration/", attachments.restoration, name="course_attachment_restore"),
    path(f"{COURSE}pictures/", attachments.pictures, name="course_pictures"),
    path(f"{COURSE}markdown/", lesson_editor.markdown, name="course_markdown"),
]
