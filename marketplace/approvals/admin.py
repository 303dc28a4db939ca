"""Decisions, and deciding from the list of products."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from kit.errors import DomainError
from kit.http import AuthedRequest
from marketplace.admin import ProductAdmin, Shown
from marketplace.approvals.models import Decision
from marketplace.approvals.services.decisions import approve_product, restore_product
from marketplace.models import Product


@admin.register(Decision)
class DecisionAdmin(Shown, ModelAdmin):
    list_display = ("product", "verdict", "rule", "by", "at")
    list_filter = ("verdict", "rule")
    list_select_related = ("product", "by")
    list_per_page = 50
    search_fields = ("=product__slug", "=by__username")
    search_help_text = _("The whole address of a product, or a moderator's username")
    show_full_result_count = False
    ordering = ("-pk",)


def _decide(request: HttpRequest, products: QuerySet[Product], decide: Any) -> None:
    for product in products.order_by("pk"):
        try:
            decide(product, by=request.user)
        except DomainError as error:
            messages.warning(request, f"{product.title}: {error}")
        else:
            messages.success(request, gettext("%(title)s: done.") % {"title": product.title})


@admin.action(description=_("Approve"), permissions=["view"])
def approve(modeladmin: ProductAdmin, request: HttpRequest, queryset: QuerySet[Product]) -> None:
    _decide(request, queryset, approve_product)


@admin.action(description=_("Put back what was taken down"), permissions=["view"])
def restore(modeladmin: ProductAdmin, request: HttpRequest, queryset: QuerySet[Product]) -> None:
    _decide(request, queryset, restore_product)


@admin.action(description=_("Send back or take down (at the desk)"), permissions=["view"])
def decide_at_desk(modeladmin: ProductAdmin, request: AuthedRequest, queryset: QuerySet[Product]) -> HttpResponseRedirect | None:
    """A refusal names its rule, so it is made on the page that shows the rules."""
    chosen = list(queryset[:2])
    if len(chosen) == 1:
        return redirect("moderation_product", chosen[0].slug)
    messages.warning(request, gettext("Choose one product: its rule and note are its own."))
    return None


# The hall's admin does not know this room; the room adds its verbs.
ProductAdmin.actions = [*(ProductAdmin.actions or ()), approve, restore, decide_at_desk]
