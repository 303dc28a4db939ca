"""The support desk for listings: found quickly, read, changed through services only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from kit.money import format_money
from marketplace.models import Asset, Category, GalleryImage, Product, Tag, Version


class Shown:
    """Nothing is added, changed or deleted here: what stands there comes from services."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class VersionInline(Shown, TabularInline):
    model = Version
    extra = 0
    fields = ("number", "label", "state", "published_at")
    show_change_link = True


class GalleryInline(Shown, TabularInline):
    model = GalleryImage
    extra = 0
    fields = ("position", "alt", "width", "height")
    readonly_fields = fields


@admin.register(Product)
class ProductAdmin(Shown, ModelAdmin):
    """Decisions about listings are made in /moderation/ or by the actions of the approvals room."""

    list_display = ("title", "creator", "kind", "state", "category", "price", "sales_count", "updated_at")
    list_filter = ("state", "kind", "pricing", "currency")
    list_select_related = ("creator", "category")
    list_per_page = 50
    search_fields = ("title__icontains", "=slug", "=creator__username", "=creator__email")
    search_help_text = _("Part of the title; or the whole address, username or mail address")
    show_full_result_count = False
    ordering = ("-pk",)
    inlines = (VersionInline, GalleryInline)
    exclude = ("search",)

    @admin.display(description=_("price"), ordering="price_minor")
    def price(self, product: Product) -> str:
        return format_money(product.price_minor, product.currency)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Product], search_term: str) -> tuple[QuerySet[Product], bool]:
        # One OR over two tables keeps the planner from every index; three narrow questions do not.
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Product.objects.filter(title__icontains=term).values("pk")
        found = found.union(
            Product.objects.filter(slug=term).values("pk"),
            Product.objects.filter(creator__username=term.lower().removeprefix("@")).values("pk"),
            Product.objects.filter(creator__email=term.lower()).values("pk"),
        )
        return queryset.filter(pk__in=found), False


class AssetInline(Shown, TabularInline):
    model = Asset
    extra = 0
    fields = ("position", "name", "size_bytes", "content_type", "pages", "sha256")
    readonly_fields = fields


@admin.register(Version)
class VersionAdmin(Shown, ModelAdmin):
    list_display = ("product", "label", "number", "state", "published_at")
    list_filter = ("state",)
    list_select_related = ("product",)
    list_per_page = 50
    search_fields = ("=product__slug", "=label")
    search_help_text = _("The whole address of the product, or a version's label")
    show_full_result_count = False
    ordering = ("-pk",)
    inlines = (AssetInline,)


@admin.register(Asset)
class AssetAdmin(Shown, ModelAdmin):
    list_display = ("name", "version", "size_bytes", "content_type", "pages", "created_at")
    list_select_related = ("version__product",)
    list_per_page = 50
    search_fields = ("=id", "=sha256", "=version__product__slug")
    search_help_text = _("A file's id or SHA-256, or the whole address of its product")
    show_full_result_count = False
    ordering = ("pk",)


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    list_display = ("name", "slug", "position")
    list_editable = ("position",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Tag)
class TagAdmin(ModelAdmin):
    """A tag's address is its identity, so only its spelling changes."""

    list_display = ("name", "slug")
    list_per_page = 50
    search_fields = ("name", "slug")
    readonly_fields = ("slug",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
