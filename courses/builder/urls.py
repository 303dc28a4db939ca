"""Addresses of this room."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path


def course_builder(request: HttpRequest, slug: str) -> HttpResponse:
    raise Http404


urlpatterns = [path("dashboard/courses/<slug:slug>/builder/", course_builder, name="course_builder")]
