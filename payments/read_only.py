"""Money in the admin: to be looked at. Whoever wants to change it does so through a service, which writes it into the books."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from kit.money import format_money


class ReadOnlyAdmin(ModelAdmin):
    """No adding, changing or deleting, for superusers neither; found by exact ids and by people, which indexes serve."""

    show_full_result_count = False
    list_per_page = 50
    search_fields = ["pk"]  # turns the search box on; `matches` says what is searched
    search_help_text = _("Exact reference or id, or a person's username or e-mail address")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def matches(self, term: str, people: list[int]) -> Q:
        """What a search term finds; `people` are the accounts that it names."""
        raise NotImplementedError

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        people = get_user_model().objects.filter(Q(username=term.lower().removeprefix("@")) | Q(email=term.lower()))
        return queryset.filter(self.matches(term, list(people.values_list("pk", flat=True)))), False


class ReadOnlyInline(TabularInline):
    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else format_money(minor, currency)
