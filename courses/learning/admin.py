"""Learners at the support desk: looked at. What changes access goes through orders, what changes progress through learning."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from courses.learning.models import Enrolment, LessonProgress, QuizAttempt, Submission


class _LookedAt(ModelAdmin):
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ProgressInline(TabularInline):
    model = LessonProgress
    fields = ["lesson", "first_viewed_at", "last_viewed_at", "seconds_spent", "completed_at"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[LessonProgress]:
        return super().get_queryset(request).select_related("lesson").order_by("first_viewed_at")


@admin.register(Enrolment)
class EnrolmentAdmin(_LookedAt):
    """Notes are private: they are not shown here."""

    list_display = ["user", "course", "source", "progress", "last_activity_at", "completed_at", "revoked_at"]
    list_filter = ["source", ("completed_at", admin.EmptyFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user", "course"]
    search_fields = ["user__username", "user__email", "course__slug", "grant_ref"]
    search_help_text = _("A person's username or e-mail address, the course's address, or the reference that opened it")
    ordering = ["-last_activity_at"]
    inlines = [ProgressInline]


@admin.register(QuizAttempt)
class QuizAttemptAdmin(_LookedAt):
    list_display = ["quiz", "learner", "number", "percentage", "is_passed", "started_at", "completed_at"]
    list_filter = ["is_passed"]
    list_select_related = ["quiz", "enrolment__user"]
    search_fields = ["enrolment__user__username", "enrolment__user__email", "quiz__slug"]
    ordering = ["-started_at"]

    @admin.display(description=_("learner"))
    def learner(self, attempt: QuizAttempt) -> str:
        return str(attempt.enrolment.user)


@admin.register(Submission)
class SubmissionAdmin(_LookedAt):
    list_display = ["lesson", "learner", "number", "verdict", "submitted_at", "feedback_at"]
    list_filter = ["verdict"]
    list_select_related = ["lesson", "enrolment__user"]
    search_fields = ["enrolment__user__username", "enrolment__user__email", "lesson__slug"]
    ordering = ["-submitted_at"]
    exclude = ["file"]

    @admin.display(description=_("learner"))
    def learner(self, submission: Submission) -> str:
        return str(submission.enrolment.user)
