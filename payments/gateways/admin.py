from __future__ import annotations

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from payments.gateways.models import SandboxCheckout, SandboxEvent, SandboxRefund, SandboxWebhookAttempt
from payments.gateways.services.sandbox_refunds import return_refund
from payments.read_only import ReadOnlyAdmin, ReadOnlyInline, amount


class RefundInline(ReadOnlyInline):
    model = SandboxRefund
    fields = ["id", "amount_minor", "state", "failure", "created_at"]
    readonly_fields = ["id", "created_at"]


class EventInline(ReadOnlyInline):
    model = SandboxEvent
    fields = ["id", "kind", "created_at"]
    readonly_fields = ["id", "created_at"]


class AttemptInline(ReadOnlyInline):
    model = SandboxWebhookAttempt
    fields = ["sent_at", "status", "error"]
    readonly_fields = ["sent_at"]


@admin.register(SandboxCheckout)
class SandboxCheckoutAdmin(ReadOnlyAdmin):
    list_display = ["id", "description", "how_much", "state", "webhooks", "created_at", "ended_at"]
    list_filter = ["state", "webhooks"]
    inlines = [RefundInline, EventInline]
    search_help_text = _("Exact id of the checkout, its charge, or our payment")

    def matches(self, term: str, people: list[int]) -> Q:
        return Q(pk=term) | Q(charge_id=term) | Q(reference=term)

    @admin.display(description=_("amount"))
    def how_much(self, checkout: SandboxCheckout) -> str:
        return amount(checkout.amount_minor, checkout.currency)


@admin.register(SandboxRefund)
class SandboxRefundAdmin(ReadOnlyAdmin):
    list_display = ["id", "checkout", "how_much", "state", "created_at"]
    list_filter = ["state"]
    list_select_related = ["checkout"]
    search_help_text = _("Exact id of the refund or its checkout")
    actions = ["let_bank_return_it"]

    def matches(self, term: str, people: list[int]) -> Q:
        return Q(pk=term) | Q(checkout=term)

    @admin.display(description=_("amount"))
    def how_much(self, refund: SandboxRefund) -> str:
        return amount(refund.amount_minor, refund.checkout.currency)

    def has_practise_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("gateways.change_sandboxrefund")

    @admin.action(description=_("Practise: the payer's bank returns it"), permissions=["practise"])
    def let_bank_return_it(self, request: HttpRequest, queryset: QuerySet[SandboxRefund]) -> None:
        for refund in queryset:
            return_refund(refund)


@admin.register(SandboxEvent)
class SandboxEventAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "checkout", "created_at"]
    list_select_related = ["checkout"]
    inlines = [AttemptInline]
    search_help_text = _("Exact id of the event or its checkout")

    def matches(self, term: str, people: list[int]) -> Q:
        return Q(pk=term) | Q(checkout=term)
