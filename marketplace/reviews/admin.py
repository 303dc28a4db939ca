"""Reviews at the support desk: found quickly, read, and taken away through the service that keeps the counters."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from marketplace.reviews.models import Review
from marketplace.reviews.services.rating import delete_review


@admin.register(Review)
class ReviewAdmin(ModelAdmin):
    list_display = ["product", "author", "stars", "title", "helpful_count", "created_at"]
    list_filter = ["stars"]
    search_fields = ["product__slug", "author__username", "title"]
    list_select_related = ["product", "author"]
    show_full_result_count = False
    readonly_fields = ["product", "author", "stars", "title", "text", "helpful_count", "created_at", "updated_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Review | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Review) -> None:
        delete_review(obj.product, by=obj.author)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        for review in queryset.select_related("product", "author"):
            delete_review(review.product, by=review.author)
