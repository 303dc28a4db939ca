"""Views per product and day, to be looked at: they are counted, not edited."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from marketplace.insights.models import ProductDay


@admin.register(ProductDay)
class ProductDayAdmin(ModelAdmin):
    list_display = ["product", "day", "views"]
    list_select_related = ["product"]
    search_fields = ["=product__slug"]
    search_help_text = _("The whole address of a product")
    ordering = ["-pk"]
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ProductDay | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ProductDay | None = None) -> bool:
        return False
