"""Pages for people who are not signed in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kit.http import HttpRequest


@login_not_required
@require_GET
def account_closed(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/closed.html")
