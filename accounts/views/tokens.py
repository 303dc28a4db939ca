"""Personal API tokens."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import get_own_token
from accounts.forms.settings import TokenForm
from accounts.models import ApiToken
from accounts.services.tokens import create_token, revoke_token
from kit.errors import DomainError
from kit.http import AuthedRequest
from kit.ratelimit import rate_limited


@never_cache
@require_http_methods(["GET", "POST"])
@rate_limited("tokens", "20/h", by="user", methods=("POST",))
@reauthentication_required
def tokens(request: AuthedRequest) -> HttpResponse:
    """The list, and the form for another one. The new token's text is in the answer to the form and never shown again."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    secret, made = "", None
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = create_token(
                request.user, name=form.cleaned_data["name"], scopes=form.cleaned_data["scopes"], expires_at=form.expires_at
            )
        except DomainError as error:
            form.add_error(error.field or None, str(error))
        else:
            form = TokenForm()
    mine = ApiToken.objects.filter(user=request.user, revoked_at__isnull=True)
    context = {"form": form, "tokens": mine, "secret": secret, "made": made}
    return render(request, "accounts/tokens.html", context, status=422 if form.is_bound else 200)


@require_POST
def token_revoke(request: AuthedRequest, pk: int) -> HttpResponse:
    revoke_token(get_own_token(request.user, pk))
    messages.success(request, _("The token is revoked. Programs that use it are refused from now on."))
    return redirect("settings_tokens")
