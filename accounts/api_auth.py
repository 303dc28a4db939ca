"""Who calls the API.

`user_auth` is what routers use for people: a sign-in's access token, a personal API token, or the browser's session
with its CSRF token. A personal token needs the scope `read` for reading and `write` for the rest; an operation that
needs another scope says so with `auth_for("download")`. `sign_in_auth` leaves personal tokens out: with a token nobody
gets to the account itself.

Each sets `request.user` and gives the user as `request.auth`.
"""

from __future__ import annotations

from typing import Any

from allauth.headless.tokens.strategies.jwt.internal import validate_access_token
from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from accounts.errors import ScopeMissing
from accounts.models import Scope, User
from accounts.models.api_token import TOKEN_PREFIX
from accounts.services.tokens import find_token

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class AccessTokenAuth(HttpBearer):
    """The access token of `POST /auth/login`."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        if token.startswith(TOKEN_PREFIX):
            return None
        found = validate_access_token(token)
        if found is None:
            return None
        request.user = found[0]
        return found[0]


class TokenAuth(HttpBearer):
    """A personal API token (`atl_…`) with all of `scopes`; without any, `read` or `write` by the method.

    Raises `ScopeMissing` for a token that is good and may not do this.
    """

    def __init__(self, *scopes: str) -> None:
        self.scopes = scopes
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        found = find_token(token)
        if found is None:
            return None
        needed = self.scopes or (Scope.READ if request.method in SAFE_METHODS else Scope.WRITE,)
        if not found.allows(needed):
            raise ScopeMissing(needed=[str(scope) for scope in needed])
        found.note_use()
        request.user = found.user
        return found.user


class BrowserAuth(SessionAuth):
    """The session of somebody who is signed in on the pages; changes need the CSRF token, as forms do."""

    def __call__(self, request: HttpRequest) -> Any:
        # Without this cookie there is nothing to forge: let the others say that nobody is signed in.
        return super().__call__(request) if self.param_name in request.COOKIES else None


def auth_for(*scopes: str) -> list[Any]:
    """As `user_auth`, for an operation that a personal token may do only with these scopes."""
    return [AccessTokenAuth(), TokenAuth(*scopes), BrowserAuth()]


user_auth: list[Any] = auth_for()
sign_in_auth: list[Any] = [AccessTokenAuth(), BrowserAuth()]
