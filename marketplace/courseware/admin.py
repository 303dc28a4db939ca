"""Which course stands behind which listing, for the support desk. Nothing here is written by hand."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from marketplace.admin import Shown
from marketplace.courseware.models import CourseListing


@admin.register(CourseListing)
class CourseListingAdmin(Shown, ModelAdmin):
    list_display = ("product", "course")
    list_select_related = ("product", "course")
    list_per_page = 50
    search_fields = ("=product__slug", "=course__slug")
    search_help_text = _("The whole address of a product or of a course")
    show_full_result_count = False
    ordering = ("-pk",)
    exclude = ("words",)
