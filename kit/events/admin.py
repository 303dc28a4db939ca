from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin, TabularInline

from kit.events.delivery import resend_delivery
from kit.events.models import Delivery, OutboxEvent


class ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, ModelAdmin):
    """Dead letters first of all: look at the last error, mend the cause, send again."""

    list_display = ["event", "handler", "state", "attempts", "due_at", "delivered_at"]
    list_filter = ["state"]
    list_select_related = ["event"]
    search_fields = ["handler", "event__name", "last_error"]
    search_help_text = _("Handler, event or error")
    ordering = ["-pk"]
    show_full_result_count = False
    fields = ["event", "handler", "state", "attempts", "due_at", "sent_at", "delivered_at", "error_as_written"]
    readonly_fields = ["error_as_written"]
    actions = ["send_again"]

    @admin.display(description=_("last error"))
    def error_as_written(self, delivery: Delivery) -> str:
        return format_html('<pre class="overflow-x-auto">{}</pre>', delivery.last_error or "–")

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("events.change_delivery")

    @admin.action(description=_("Send dead letters again"), permissions=["resend"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        sent = sum(resend_delivery(delivery, by=request.user) for delivery in queryset)
        for delivery in queryset:
            self.log_change(request, delivery, "Sent again")
        self.message_user(
            request, ngettext("%d delivery is on its way again.", "%d deliveries are on their way again.", sent) % sent, messages.SUCCESS
        )


class DeliveryInline(ReadOnly, TabularInline):
    model = Delivery
    extra = 0
    fields = ["handler", "state", "attempts", "due_at", "delivered_at", "last_error"]


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnly, ModelAdmin):
    list_display = ["name", "published_at", "request_id"]
    search_fields = ["name", "request_id"]
    ordering = ["-pk"]
    show_full_result_count = False
    fields = ["name", "payload", "request_id", "published_at"]
    inlines = [DeliveryInline]
