"""Addresses of this room."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path


def soon(request: HttpRequest, slug: str = "") -> HttpResponse:
    raise Http404


urlpatterns = [
    path("dashboard/courses/import/", soon, name="course_import"),
    path("dashboard/courses/<slug:slug>/import/", soon, name="course_import_into"),
    path("dashboard/courses/<slug:slug>/export/", soon, name="course_export"),
]
