"""The settings: one's own account."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import FileResponse, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.closing import obstacles_of
from accounts.errors import UsernameTaken
from accounts.forms.settings import CloseAccountForm, ProfileForm, UsernameForm
from accounts.selectors import settings_overview
from accounts.services.closing import close_account
from accounts.services.creators import become_creator
from accounts.services.exports import pack_data
from accounts.services.mails import tell_account_closed
from accounts.services.profiles import change_picture, change_profile, remove_picture
from accounts.services.sessions import end_session
from accounts.services.usernames import change_username, next_change_at
from kit.errors import DomainError
from kit.http import AuthedRequest, safe_next
from kit.ratelimit import rate_limited


@require_GET
def index(request: AuthedRequest) -> HttpResponse:
    return render(request, "accounts/settings.html", {"overview": settings_overview(request.user)})


@require_http_methods(["GET", "POST"])
@rate_limited("profile", "30/10m", by="user", methods=("POST",))
def profile(request: AuthedRequest) -> HttpResponse:
    form = ProfileForm(_posted(request), request.FILES or None, instance=request.user.profile)
    if request.method == "POST" and form.is_valid() and _change_picture(request, form):
        change_profile(request.user, changes=form.changes)
        messages.success(request, _("Your profile is saved."))
        return redirect("settings_profile")
    if form.is_bound:
        # The form has written what was typed into its profile; the page around it must not show that as saved.
        request.user.profile.refresh_from_db()
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.is_bound else 200)


def _posted(request: AuthedRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _change_picture(request: AuthedRequest, form: ProfileForm) -> bool:
    try:
        if form.cleaned_data["picture"]:
            change_picture(request.user, upload=form.cleaned_data["picture"])
        elif form.cleaned_data["remove_picture"]:
            remove_picture(request.user)
    except DomainError as error:
        form.add_error("picture", str(error))
        return False
    return True


@require_http_methods(["GET", "POST"])
@rate_limited("username", "20/h", by="user", methods=("POST",))
def username(request: AuthedRequest) -> HttpResponse:
    form = UsernameForm(_posted(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            person = change_username(request.user, username=form.cleaned_data["username"])
        except UsernameTaken as error:
            form.add_error("username", str(error))
        else:
            messages.success(request, _("You are @%(username)s now. Links to your old name lead here.") % {"username": person.username})
            return redirect("settings_username")
    context = {"form": form, "next_change_at": next_change_at(request.user)}
    return render(request, "accounts/username.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def creator(request: AuthedRequest) -> HttpResponse:
    if request.method == "POST":
        become_creator(request.user)
        messages.success(request, _("You can sell now. Make your first work when you like."))
        return redirect(safe_next(request, "/dashboard/"))
    return render(request, "accounts/creator.html")


@require_GET
@reauthentication_required
def data(request: AuthedRequest) -> HttpResponse:
    return render(request, "accounts/data.html")


@require_POST
@rate_limited("data", "6/h", by="user")
@reauthentication_required
def data_archive(request: AuthedRequest) -> FileResponse:
    name = f"{request.user.username}-{timezone.now():%Y-%m-%d}.zip"
    return FileResponse(pack_data(request.user), as_attachment=True, filename=name, content_type="application/zip")


@require_http_methods(["GET", "POST"])
@reauthentication_required
def close(request: AuthedRequest) -> HttpResponse:
    form = CloseAccountForm(_posted(request))
    obstacles = obstacles_of(request.user)
    if request.method == "POST" and not obstacles and form.is_valid():
        address = request.user.email
        close_account(request.user)
        request.session.flush()
        tell_account_closed(address)
        return redirect("account_closed")
    refused = bool(obstacles) or form.is_bound
    context = {"form": form, "obstacles": obstacles}
    return render(request, "accounts/close.html", context, status=422 if refused and request.method == "POST" else 200)


@require_POST
def session_end(request: AuthedRequest, pk: int) -> HttpResponse:
    end_session(request.user, pk=pk)
    messages.success(request, _("That session has ended."))
    return redirect("usersessions_list")
