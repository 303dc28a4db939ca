"""The support desk for people: found by any part of a name or an address, suspended and restored with a reason."""

from __future__ import annotations

from typing import Any

import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin
import allauth.usersessions.admin  # noqa: F401
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from accounts.forms.admin import ReasonForm
from accounts.models import ApiToken, FormerUsername, Profile, User
from accounts.services.sessions import end_sessions
from accounts.services.suspensions import restore_person, suspend_person
from kit.errors import DomainError

# The admin has no sign-in of its own: the site's knows limits, second steps and suspensions.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


class ReadOnly:
    """Shown, never written: what stands there comes from services."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ProfileInline(StackedInline):
    model = Profile
    can_delete = False
    fields = ("display_name", "bio", "location", "website", "social_links", "time_zone")
    readonly_fields = ("social_links",)


class EmailAddressInline(ReadOnly, TabularInline):
    model = EmailAddress
    extra = 0
    fields = ("email", "verified", "primary")


class FormerUsernameInline(ReadOnly, TabularInline):
    model = FormerUsername
    extra = 0
    fields = ("username", "left_at")


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("active", _("can sign in")), ("suspended", _("suspended")), ("closed", _("closed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        match self.value():
            case "active":
                return queryset.filter(is_active=True)
            case "suspended":
                return queryset.filter(suspended_at__isnull=False)
            case "closed":
                return queryset.filter(closed_at__isnull=False)
        return queryset


class CreatorFilter(admin.SimpleListFilter):
    title = _("sells")
    parameter_name = "creator"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() in ("yes", "no"):
            return queryset.filter(creator_since__isnull=self.value() == "no")
        return queryset


@admin.register(User)
class UserAdmin(ModelAdmin):
    """People register on the site and close their accounts themselves: here nothing is added or deleted."""

    list_display = ("username", "email", "display_name", "state", "sells", "is_staff", "date_joined")
    list_filter = (StateFilter, CreatorFilter, "is_staff")
    list_select_related = ("profile",)
    list_per_page = 50
    search_fields = ("username", "email", "profile__display_name")
    view_on_site = False
    search_help_text = _("Any part of the username, the address or the name")
    show_full_result_count = False
    ordering = ("-pk",)
    fields = (
        ("username", "email"),
        ("state", "date_joined", "last_login"),
        ("creator_since", "closed_at"),
        ("suspended_at", "suspended_by", "suspension_reason"),
        ("is_staff", "is_superuser"),
        "groups",
    )
    filter_horizontal = ("groups",)
    inlines = (ProfileInline, EmailAddressInline, FormerUsernameInline)
    actions = ("suspend_people", "restore_people", "end_their_sessions")
    change_form_outer_before_template = "admin/accounts/person_actions.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed: tuple[str, ...] = ("username", "email", "state", "date_joined", "last_login", "creator_since", "closed_at")
        fixed += ("suspended_at", "suspended_by", "suspension_reason")
        return fixed if getattr(request.user, "is_superuser", False) else (*fixed, "is_staff", "is_superuser", "groups")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        return [
            path("<int:pk>/suspend/", self.admin_site.admin_view(self.suspend), name="accounts_user_suspend"),
            path("<int:pk>/restore/", self.admin_site.admin_view(self.restore), name="accounts_user_restore"),
            *super().get_urls(),
        ]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[User], search_term: str) -> tuple[QuerySet[User], bool]:
        """By `UserQuerySet.matching`, word by word."""
        for word in search_term.split():
            queryset = queryset.filter(pk__in=User.objects.matching(word).values("pk"))
        return queryset, False

    @admin.display(description=_("name"), ordering="profile__display_name")
    def display_name(self, user: User) -> str:
        profile = getattr(user, "profile", None)
        return profile.display_name if profile else ""

    @admin.display(description=_("state"))
    def state(self, user: User) -> str:
        if user.is_closed:
            return gettext("closed")
        return gettext("suspended") if user.is_suspended else gettext("can sign in")

    @admin.display(description=_("sells"), boolean=True)
    def sells(self, user: User) -> bool:
        return user.is_creator

    # --- Actions: each calls its service with who asks ------------------------------------------------------------

    def suspend(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._ask_reason(request, User.objects.filter(pk=get_object_or_404(User, pk=pk).pk))

    def restore(self, request: HttpRequest, pk: int) -> HttpResponse:
        if request.method == "POST":
            self._each(request, User.objects.filter(pk=pk), restore_person)
        return redirect("admin:accounts_user_change", pk)

    @admin.action(description=_("Suspend…"), permissions=["change"])
    def suspend_people(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        return self._ask_reason(request, queryset)

    @admin.action(description=_("Restore"), permissions=["change"])
    def restore_people(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, restore_person)

    @admin.action(description=_("End all sessions"), permissions=["change"])
    def end_their_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        ended = sum(end_sessions(user) for user in queryset)
        messages.success(request, gettext("%(count)d sessions ended.") % {"count": ended})

    def _ask_reason(self, request: HttpRequest, people: QuerySet[User]) -> HttpResponse:
        """The page that asks why; it posts to itself, as the action or as the person's own address."""
        form: Form = ReasonForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            self._each(request, people, suspend_person, reason=form.cleaned_data["reason"])
            return redirect("admin:accounts_user_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Suspend"),
            "form": form,
            "people": people,
            "opts": self.model._meta,
            "back": reverse("admin:accounts_user_changelist"),
        }
        return TemplateResponse(request, "admin/accounts/suspend.html", context)

    def _each(self, request: HttpRequest, people: QuerySet[User], service: Any, **arguments: Any) -> None:
        for person in people.order_by("pk"):
            try:
                service(person, by=request.user, **arguments)
            except DomainError as error:
                messages.error(request, f"@{person.username}: {error}")
            else:
                messages.success(request, gettext("@%(username)s: done.") % {"username": person.username})


# allauth's own pages let one write what only its flows should; imported above, so that they are registered by now.
admin.site.unregister([EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession])


class OfPerson(ReadOnly, ModelAdmin):
    list_select_related = ("user",)
    list_per_page = 50
    show_full_result_count = False
    ordering = ("-pk",)


@admin.register(EmailAddress)
class EmailAddressAdmin(OfPerson):
    list_display = ("email", "user", "verified", "primary")
    list_filter = ("verified",)
    search_fields = ("email", "user__username")


@admin.register(UserSession)
class UserSessionAdmin(OfPerson):
    list_display = ("user", "ip", "user_agent", "created_at")
    fields = ("user", "ip", "user_agent", "created_at")
    search_fields = ("user__username", "=ip")


@admin.register(ApiToken)
class ApiTokenAdmin(OfPerson):
    list_display = ("name", "user", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    fields = ("name", "user", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")
    search_fields = ("user__username", "prefix")
