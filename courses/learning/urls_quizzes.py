"""Addresses of quizzes, as learners take them."""

from __future__ import annotations

from django.urls import path

from courses.learning.views import quizzes

urlpatterns = [
    path("learn/<slug:course>/quizzes/<slug:quiz>/", quizzes.quiz, name="learn_quiz"),
    path("learn/<slug:course>/quizzes/<slug:quiz>/trial/", quizzes.trial, name="learn_quiz_trial"),
    path("learn/<slug:course>/quizzes/<slug:quiz>/attempts/", quizzes.attempts, name="learn_attempts"),
    path("learn/<slug:course>/quizzes/<slug:quiz>/attempts/<uuid:attempt>/", quizzes.attempt, name="learn_attempt"),
]
