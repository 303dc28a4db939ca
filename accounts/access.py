"""Doors: who may enter a view."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.errors import CreatorsOnly, StaffOnly
from accounts.models import ApiToken, User
from kit.errors import NotFound

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


def creator_required(view: V) -> V:
    """Lets in who sells here; anybody else who is signed in meets `CreatorsOnly` (R31). Not for public views."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        check_creator(request.user)
        return view(request, *args, **kwargs)

    return cast(V, guarded)


def staff_required(view: V) -> V:
    """Lets in the people who run the site; anybody else who is signed in meets `StaffOnly`. Not for public views."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        check_staff(request.user)
        return view(request, *args, **kwargs)

    return cast(V, guarded)


def check_creator(user: Any) -> None:
    """Raises `CreatorsOnly` for whoever does not sell here. For the API, where a decorator does not fit."""
    if not (user.is_authenticated and user.is_creator):
        raise CreatorsOnly


def check_staff(user: Any) -> None:
    """Raises `StaffOnly` for whoever does not run the site."""
    if not (user.is_authenticated and user.is_staff):
        raise StaffOnly


def get_own_token(user: User, pk: int) -> ApiToken:
    """A token of this person that is not revoked yet. Raises `NotFound`."""
    token = ApiToken.objects.filter(user=user, revoked_at__isnull=True, pk=pk).first()
    if token is None:
        raise NotFound
    return token
