from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from payments.errors import GatewayError
from payments.models import Payment, PaymentLine, Refund, RefundLine, WebhookEvent
from payments.read_only import ReadOnlyAdmin, ReadOnlyInline, amount
from payments.services.inbox import handle_webhook
from payments.services.refunds import settle_refund
from payments.services.settle import settle_payment


def _uuid(term: str) -> Q:
    try:
        return Q(pk=UUID(term))
    except ValueError:
        return Q(pk__in=[])


class LineInline(ReadOnlyInline):
    model = PaymentLine
    fields = ["reference", "description", "payee", "amount_minor", "fee_bps", "payee_minor", "platform_minor", "refunded_minor"]


class NeedsPersonFilter(admin.SimpleListFilter):
    title = _("needs a person")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(attention="") if self.value() == "yes" else queryset


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ["reference", "payer", "how_much", "state", "gateway", "attention", "created_at", "settled_at"]
    list_filter = ["state", NeedsPersonFilter]
    list_select_related = ["payer"]
    inlines = [LineInline]
    actions = ["ask_again"]

    def matches(self, term: str, people: list[int]) -> Q:
        return _uuid(term) | Q(reference=term) | Q(gateway_id=term) | Q(gateway_charge_id=term) | Q(payer__in=people)

    @admin.display(description=_("amount"))
    def how_much(self, payment: Payment) -> str:
        return amount(payment.amount_minor, payment.currency)

    def has_ask_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.change_payment")

    @admin.action(description=_("Ask the gateway again"), permissions=["ask"])
    def ask_again(self, request: HttpRequest, queryset: QuerySet[Payment]) -> None:
        for payment in queryset:
            after = settle_payment(payment.pk)
            self.message_user(request, f"{after.reference}: {after.get_state_display()}", messages.INFO)


class RefundLineInline(ReadOnlyInline):
    model = RefundLine
    fields = ["line", "amount_minor", "payee_minor", "platform_minor"]


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ["payment", "how_much", "state", "reason", "requested_by", "attention", "created_at", "settled_at"]
    list_filter = ["state", NeedsPersonFilter]
    list_select_related = ["payment", "requested_by"]
    inlines = [RefundLineInline]
    actions = ["ask_again"]

    def matches(self, term: str, people: list[int]) -> Q:
        payments = Payment.objects.filter(Q(reference=term) | Q(payer__in=people))
        return _uuid(term) | Q(key=term) | Q(gateway_id=term) | Q(payment__in=payments)

    @admin.display(description=_("amount"))
    def how_much(self, refund: Refund) -> str:
        return amount(refund.amount_minor, refund.payment.currency)

    def has_ask_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.change_refund")

    @admin.action(description=_("Ask the gateway again"), permissions=["ask"])
    def ask_again(self, request: HttpRequest, queryset: QuerySet[Refund]) -> None:
        for refund in queryset.select_related("payment"):
            after = settle_refund(refund.pk)
            self.message_user(request, f"{refund.payment.reference}: {after.get_state_display()}", messages.INFO)


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = ["event_id", "gateway", "kind", "subject_id", "state", "note", "received_at", "handled_at"]
    list_filter = ["state", "subject"]
    search_help_text = _("Exact id of the event, or of the checkout or refund that it is about")
    actions = ["handle_again"]

    def matches(self, term: str, people: list[int]) -> Q:
        return Q(event_id=term) | Q(subject_id=term)

    def has_handle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.change_webhookevent")

    @admin.action(description=_("Handle what waits now"), permissions=["handle"])
    def handle_again(self, request: HttpRequest, queryset: QuerySet[WebhookEvent]) -> None:
        handled = 0
        for event in queryset:
            try:
                handled += handle_webhook(event.pk).state != WebhookEvent.State.RECEIVED
            except GatewayError as error:
                self.message_user(request, f"{event}: {error}", messages.WARNING)
        self.message_user(request, ngettext("%d message is handled.", "%d messages are handled.", handled) % handled, messages.SUCCESS)
