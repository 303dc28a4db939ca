"""The log of downloads: who fetched what, when and from where. Nothing here is written by hand."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy

from marketplace.delivery.models import Download
from marketplace.models import Product
from payments.read_only import ReadOnlyAdmin


@admin.register(Download)
class DownloadAdmin(ReadOnlyAdmin):
    list_display = ["file_name", "product", "user", "ip", "reason", "at"]
    list_select_related = ["product", "user"]
    ordering = ["-pk"]
    search_help_text = gettext_lazy("Address of the product, or a person's username or e-mail address")
    raw_id_fields = ["user", "product", "version", "asset", "entitlement"]

    def matches(self, term: str, people: list[int]) -> Q:
        return Q(user__in=people) | Q(product__in=Product.objects.filter(slug=term.lower()))
