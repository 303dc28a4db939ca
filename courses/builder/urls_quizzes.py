"""Addresses of the builder's pane for quizzes."""

from __future__ import annotations

from django.urls import path

from courses.builder.views import quiz_editor

QUIZ = "dashboard/courses/<slug:slug>/quizzes/<uuid:quiz_id>/"
QUESTION = f"{QUIZ}questions/<uuid:question_id>/"

urlpatterns = [
    path(QUIZ, quiz_editor.quiz, name="course_quiz"),
    path(f"{QUIZ}preview/", quiz_editor.preview, name="course_quiz_preview"),
    path(f"{QUIZ}questions/", quiz_editor.questions, name="course_questions"),
    path(f"{QUIZ}questions/order/", quiz_editor.order, name="course_question_order"),
    path(QUESTION, quiz_editor.question, name="course_question"),
    path(f"{QUESTION}copy/", quiz_editor.copies, name="course_question_copy"),
    path(f"{QUESTION}removal/", quiz_editor.removal, name="course_question_remove"),
    path(f"{QUESTION}restoration/", quiz_editor.restoration, name="course_question_restore"),
    path(f"{QUESTION}place/", quiz_editor.place, name="course_question_place"),
]
