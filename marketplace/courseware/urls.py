"""Where a course meets its listing."""

from __future__ import annotations

from django.urls import path

from marketplace.courseware import views

urlpatterns = [
    path("dashboard/courses/<slug:slug>/listing/", views.listing_panel, name="course_listing_panel"),
    path("courses/<slug:slug>/offer/", views.offer, name="course_offer"),
]
