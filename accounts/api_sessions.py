"""Sign-in for programs, over the same accounts, rules and limits as the pages (R2-R4, R9, R10, R13-R17, R26, R30).

An access token is a signed JWT of 30 minutes that names a session; at each request the session is looked up, so a
logout, a suspension or a change of password ends it at once. A refresh token is a signed JWT of 7 days that works once.
Neither is stored: the session row keeps the random id (`jti`) and the end of the one refresh token that is still good, and
ids are worthless without our signing key. That is what the tables `auth_tokens` and `refresh_tokens` with their
hashes (R15, R16) were to reach: whoever reads the database cannot sign in with what is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.app_settings import LOGIN_TIMEOUT
from allauth.account.internal import flows
from allauth.account.internal.constants import LoginStageKey
from allauth.account.internal.stagekit import get_pending_stage
from allauth.account.models import Login
from allauth.core.internal import ratelimit
from allauth.headless.base.response import AuthenticationResponse
from allauth.headless.constants import Client
from allauth.headless.internal import sessionkit
from allauth.headless.internal.decorators import mark_request_as_headless
from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy, internal
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from accounts.errors import BadToken, EmailUnverified, MfaRequired, WrongCode, WrongCredentials
from accounts.models import Session, User
from accounts.services.sessions import end_session_key
from kit.errors import RateLimited
from kit.signing import BadLink, ExpiredLink, sign, unsign

PENDING_SALT = "api-login"
TOO_MANY = "too_many_login_attempts"


class TokenStrategy(JWTTokenStrategy):
    """allauth's strategy, with who the person is in the token (R30) and refresh tokens that cannot be used twice."""

    def get_claims(self, user: AbstractBaseUser) -> dict[str, Any]:
        assert isinstance(user, User)
        return {"username": user.username, "is_creator": user.is_creator}

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        """The next pair, or None. A token that was used before has been copied by somebody: its session ends."""
        payload = internal.decode_token(refresh_token, "refresh")
        key = internal.session_key_from_sid(payload["sid"]) if payload else None
        if payload is None or key is None:
            return None
        with transaction.atomic():
            # One after the other: two refreshes with one token must not both find it unused.
            if not Session.objects.select_for_update().filter(session_key=key).exists():
                return None
            session = sessionkit.lookup_session(key)
            if session is None:
                return None
            if payload["jti"] in internal.get_refresh_token_state(session):
                pair = super().refresh_token(refresh_token)
                if pair is not None:
                    return pair
            end_session_key(key)
            return None


@dataclass(frozen=True)
class TokenPair:
    """What a program gets; the lives are in seconds."""

    access_token: str
    refresh_token: str
    user: User
    expires_in: int
    refresh_expires_in: int


def sign_in(request: HttpRequest, *, email: str, password: str) -> TokenPair:
    """Tokens for an address (or a username) and a password.

    Raises `WrongCredentials`, `RateLimited`, `Suspended` with the reason, `EmailUnverified` (a mail is sent again),
    `MfaRequired` with a pending token in `extra` for `finish_sign_in`.
    """
    _limit(request, action="login")
    with _session(request):
        method = flows.login.derive_login_method(email).value
        credentials = {method: email, "password": password}
        try:
            user = get_adapter(request).authenticate(request, **credentials)
        except ValidationError as error:
            raise _refused(error) from error
        if user is None:
            raise WrongCredentials
        login = Login(user=user, email=credentials.get("email"))
        return _tokens(request, flows.login.perform_password_login(request, credentials, login))


def finish_sign_in(request: HttpRequest, *, pending_token: str, code: str) -> TokenPair:
    """Tokens for the second step: a code of the authenticator app, or a recovery code.

    Raises `BadToken` when the first step is too long ago, `WrongCode`, `RateLimited`.
    """
    try:
        key = internal.session_key_from_sid(unsign(pending_token, salt=PENDING_SALT)["sid"])
    except (BadLink, ExpiredLink, KeyError) as error:
        raise BadToken from error
    with _session(request, key or ""):
        stage = get_pending_stage(request)
        if stage is None or stage.key != AuthenticateStage.key:
            raise BadToken
        form = AuthenticateForm(user=stage.login.user, data={"code": code})
        if not form.is_valid():
            raise _refused(form.errors.as_data().get("code", [None])[0], otherwise=WrongCode)
        form.save()
        return _tokens(request, stage.exit())


def refresh(token: str) -> TokenPair:
    """The next pair for a refresh token (R3). Raises `BadToken`; one that was used before ends its session, too."""
    pair = TokenStrategy().refresh_token(token)
    if pair is None:
        raise BadToken
    found = internal.validate_access_token(pair[0])
    if found is None:
        raise BadToken
    return _pair(*pair, user=found[0])


def sign_out(access_token: str) -> None:
    """End the session that this access token names: it and its refresh token open nothing any more (R4)."""
    payload = internal.decode_token(access_token, "access")
    key = internal.session_key_from_sid(payload["sid"]) if payload else None
    if key:
        end_session_key(key)


def register(request: HttpRequest, form: Any) -> None:
    """Save a valid sign-up form. What follows looks the same for a new and for a known address: a mail is on its way."""
    with _session(request):
        user, response = form.try_save(request)
        if response is None:
            flows.signup.complete_signup(request, user=user)


def limit_sign_up(request: HttpRequest) -> None:
    """The limit of the page `/register/`. Raises `RateLimited`."""
    _limit(request, action="signup")


@contextmanager
def _session(request: HttpRequest, key: str | None = None) -> Iterator[None]:
    """A session of the program's own for the time of the sign-in, in place of the browser's (if any)."""
    outer = (request.user, request.session)
    mark_request_as_headless(request, Client.APP)
    # allauth puts its namespace on the request at run time, which the request's type does not know.
    request.allauth.headless._pre_user = AnonymousUser()  # type: ignore[attr-defined]
    try:
        if key is None:
            request.session = sessionkit.new_session()
        else:
            found = sessionkit.lookup_session(key)
            if found is None:
                raise BadToken
            request.session = found
        request.user = get_user(request)
        yield
    finally:
        if request.session.modified and not request.session.is_empty():
            request.session.save()
        request.user, request.session = outer
        del request.allauth.headless  # type: ignore[attr-defined]
        # Signing in rotates the CSRF token; the browser's own must stay.
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False


def _tokens(request: HttpRequest, response: Any) -> TokenPair:
    if request.user.is_authenticated:
        request.session.set_expiry(settings.HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN)
        meta = json.loads(AuthenticationResponse.from_response(request, response).content)["meta"]
        assert isinstance(request.user, User)
        return _pair(meta["access_token"], meta["refresh_token"], user=request.user)
    stage = get_pending_stage(request)
    if stage is not None and stage.key == AuthenticateStage.key:
        request.session.save()
        types = list(Authenticator.objects.filter(user=stage.login.user).values_list("type", flat=True).order_by("type"))
        sid = internal.session_key_to_sid(request.session.session_key)
        raise MfaRequired(types=types, pending_token=sign({"sid": sid}, salt=PENDING_SALT, seconds=LOGIN_TIMEOUT))
    if stage is not None and stage.key == LoginStageKey.VERIFY_EMAIL.value:
        raise EmailUnverified
    raise WrongCredentials


def _pair(access: str, refresh_token: str, *, user: User) -> TokenPair:
    return TokenPair(
        access_token=access,
        refresh_token=refresh_token,
        user=user,
        expires_in=settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN,
        refresh_expires_in=settings.HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN,
    )


def _limit(request: HttpRequest, *, action: str) -> None:
    if not ratelimit.consume(request, app="allauth.account", action=action):
        raise RateLimited


def _refused(error: ValidationError | None, *, otherwise: type[Exception] = WrongCredentials) -> Exception:
    if error is not None and error.code in (TOO_MANY, "rate_limited"):
        return RateLimited(retry_after=300)
    return otherwise()
