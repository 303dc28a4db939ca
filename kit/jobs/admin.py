from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from kit.jobs.models import Job
from kit.jobs.running import cancel_job, retry_job


@admin.register(Job)
class JobAdmin(ModelAdmin):
    list_display = ["name", "key", "state", "progress", "attempt", "queue", "owner", "created_at"]
    list_filter = ["state", "queue"]
    search_fields = ["name", "key", "owner", "error"]
    search_help_text = _("Name, key, owner or error")
    ordering = ["-created_at"]
    show_full_result_count = False
    fields = [
        *(
            "name",
            "key",
            "state",
            "progress",
            "message",
            "attempt",
            "max_attempts",
            "error_as_written",
            "params",
            "checkpoint",
            "queue",
            "owner",
        ),
        *("created_at", "started_at", "heartbeat_at", "lease_until", "due_at", "cancel_requested_at", "ended_at"),
    ]
    readonly_fields = ["error_as_written"]
    actions = ["try_again", "stop"]

    @admin.display(description=_("last error"))
    def error_as_written(self, job: Job) -> str:
        return format_html('<pre class="overflow-x-auto">{}</pre>', job.error or "–")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.change_job")

    @admin.action(description=_("Try failed jobs again"), permissions=["steer"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        count = sum(retry_job(job, by=request.user) for job in queryset)
        self.message_user(
            request, ngettext("%d job waits for a worker again.", "%d jobs wait for a worker again.", count) % count, messages.SUCCESS
        )

    @admin.action(description=_("Stop"), permissions=["steer"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        count = sum(cancel_job(job, by=request.user) for job in queryset)
        self.message_user(request, ngettext("%d job was told to stop.", "%d jobs were told to stop.", count) % count, messages.SUCCESS)
