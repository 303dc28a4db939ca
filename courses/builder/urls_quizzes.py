"""Addresses of the builder's pane for quizzes."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
