"""Certificates at the support desk: found by number or person, revoked with a reason, never edited. Keys are only looked at."""

from __future__ import annotations

import contextlib
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import User
from courses.certificates.forms import ReasonForm
from courses.certificates.models import Certificate, SigningKey
from courses.certificates.services.standing import revoke_certificate
from kit.errors import DomainError


class LookedAt(ModelAdmin):
    """No adding, changing or deleting, for superusers neither."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(SigningKey)
class SigningKeyAdmin(LookedAt):
    """The sealed private part is not shown: nobody needs it here."""

    list_display = ["kid", "created_at", "retired_at"]
    ordering = ["-created_at"]
    fields = ["kid", "public_x", "created_at", "retired_at"]


@admin.register(Certificate)
class CertificateAdmin(LookedAt):
    list_display = ["course_title", "learner_name", "completed_at", "issued_at", "withdrawn_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), ("withdrawn_at", admin.EmptyFieldListFilter)]
    ordering = ["-issued_at"]
    search_fields = ["pk"]  # turns the search box on; `get_search_results` says what is searched
    search_help_text = gettext_lazy("Exact number, address of the course, or the learner's username or e-mail address")
    change_form_outer_before_template = "admin/certificates/certificate_actions.html"
    exclude = ["enrolment", "credential"]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        people = User.objects.filter(Q(username=term.lower().removeprefix("@")) | Q(email=term.lower())).values("pk")
        found = Q(enrolment__user__in=people) | Q(enrolment__course__slug=term.lower())
        with contextlib.suppress(ValueError):
            found |= Q(pk=UUID(term))
        return queryset.filter(found), False

    def get_urls(self) -> list[URLPattern]:
        revoke = path("<uuid:pk>/revoke/", self.admin_site.admin_view(self.revoke), name="certificates_certificate_revoke")
        return [revoke, *super().get_urls()]

    def revoke(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Asks for the reason, says what it means, and leaves the rest to the service."""
        certificate = get_object_or_404(Certificate.objects.with_course(), pk=pk)
        if not request.user.has_perm("certificates.change_certificate"):
            raise PermissionDenied
        back = reverse("admin:certificates_certificate_change", args=[certificate.pk])
        form = ReasonForm(request.POST or None)
        form.fields["because"].widget = UnfoldAdminTextInputWidget()
        if request.method == "POST" and form.is_valid() and isinstance(request.user, User):
            try:
                revoke_certificate(certificate, by=request.user, because=form.cleaned_data["because"])
            except DomainError as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            else:
                self.log_change(request, certificate, f"Revoked: {form.cleaned_data['because']}")
                self.message_user(request, _("The certificate is revoked, and its holder is told why."), messages.SUCCESS)
            return redirect(back)
        shown = {"opts": self.opts, "original": certificate, "title": str(certificate), "form": form, "back": back}
        return TemplateResponse(request, "admin/certificates/revoke.html", {**self.admin_site.each_context(request), **shown})
