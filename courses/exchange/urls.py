"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from courses.exchange.views import exports, formats, imports

IMPORT = "dashboard/courses/import/"
COURSE = "dashboard/courses/<slug:slug>/"

urlpatterns = [
    path("course-format.schema.json", formats.schema, name="course_format_schema"),
    path(IMPORT, imports.new, name="course_import"),
    path(f"{IMPORT}videos/", imports.videos, name="course_import_videos"),
    path(f"{IMPORT}<uuid:import_id>/", imports.report, name="course_import_report"),
    path(f"{IMPORT}<uuid:import_id>/confirmation/", imports.confirm, name="course_import_confirm"),
    path(f"{IMPORT}<uuid:import_id>/removal/", imports.discard, name="course_import_discard"),
    path(f"{COURSE}import/", imports.into, name="course_import_into"),
    path(f"{COURSE}import/videos/", imports.videos_into, name="course_import_videos_into"),
    path(f"{COURSE}export/", exports.index, name="course_export"),
    path(f"{COURSE}export/<uuid:export_id>/", exports.show, name="course_export_file"),
    path(f"{COURSE}export/<uuid:export_id>/file/", exports.download, name="course_export_download"),
]
