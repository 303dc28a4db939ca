"""The support desk for courses: found quickly, read, changed by their creators only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from courses.models import Course, CourseVersion


class Shown:
    """Nothing is added, changed or deleted here: what stands there comes from services."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CourseVersionInline(Shown, TabularInline):
    model = CourseVersion
    fk_name = "course"
    extra = 0
    fields = ("number", "published_at", "module_count", "lesson_count", "quiz_count", "minutes")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[CourseVersion]:
        return super().get_queryset(request).defer("outline")


@admin.register(Course)
class CourseAdmin(Shown, ModelAdmin):
    list_display = ("title", "creator", "slug", "level", "version", "updated_at")
    list_filter = ("level", "completion")
    list_per_page = 50
    search_fields = ("title__icontains", "=slug", "=creator__username", "=creator__email")
    search_help_text = _("Part of the title; or the whole address, username or mail address")
    show_full_result_count = False
    ordering = ("-pk",)
    inlines = (CourseVersionInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Course]:
        return super().get_queryset(request).select_related("creator", "current_version").defer("current_version__outline")

    @admin.display(description=_("published version"))
    def version(self, course: Course) -> str:
        return str(course.current_version.number) if course.current_version else "–"


@admin.register(CourseVersion)
class CourseVersionAdmin(Shown, ModelAdmin):
    list_display = ("course", "number", "published_at", "published_by", "lesson_count", "quiz_count", "minutes")
    list_per_page = 50
    search_fields = ("=course__slug",)
    search_help_text = _("The whole address of the course")
    show_full_result_count = False
    ordering = ("-pk",)
    exclude = ("outline",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CourseVersion]:
        return super().get_queryset(request).select_related("course", "published_by").defer("outline")
