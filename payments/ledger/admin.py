from __future__ import annotations

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from payments.ledger.models import Account, Entry, Transaction
from payments.read_only import ReadOnlyAdmin, ReadOnlyInline, amount


class EntryInline(ReadOnlyInline):
    model = Entry
    fields = ["account", "how_much", "available_at", "reference"]
    readonly_fields = ["how_much"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        return super().get_queryset(request).select_related("account__owner")

    @admin.display(description=_("amount"))
    def how_much(self, entry: Entry) -> str:
        return amount(entry.amount_minor, entry.account.currency)


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    list_display = ["cause", "kind", "description", "occurred_at", "created_at"]
    list_filter = ["kind"]
    inlines = [EntryInline]
    search_help_text = _("Exact cause, or the reference of a line")

    def matches(self, term: str, people: list[int]) -> Q:
        return Q(cause=term) | Q(pk__in=Entry.objects.filter(reference=term).values("transaction"))


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ["occurred_at", "account", "how_much", "available_at", "transaction", "reference"]
    list_select_related = ["account__owner", "transaction"]
    ordering = ["-pk"]

    def matches(self, term: str, people: list[int]) -> Q:
        return Q(reference=term) | Q(account__in=Account.objects.filter(owner__in=people))

    @admin.display(description=_("amount"))
    def how_much(self, entry: Entry) -> str:
        return amount(entry.amount_minor, entry.account.currency)


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ["kind", "owner", "gateway", "currency", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["owner"]
    ordering = ["-pk"]

    def matches(self, term: str, people: list[int]) -> Q:
        return Q(owner__in=people) | Q(gateway=term) | Q(currency=term.upper())
