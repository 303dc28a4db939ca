"""The account part of the API; config/api.py puts it under /api/v1/."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from allauth.core.internal.httpkit import get_authorization_credential
from django.conf import settings
from django.contrib.auth import logout as end_browser_session
from django.db.models import QuerySet
from django.forms import model_to_dict
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.pagination import paginate
from ninja.responses import Status
from pydantic import StringConstraints

from accounts import api_sessions
from accounts.access import check_staff
from accounts.api_auth import sign_in_auth, user_auth
from accounts.errors import FieldsRefused, UsernameTaken
from accounts.forms.settings import ProfileForm
from accounts.forms.sign_in import HONEYPOT, CreatorSignupForm, SignupForm
from accounts.models import User
from accounts.networks import NETWORKS
from accounts.selectors import has_verified_email
from accounts.services.profiles import change_profile
from accounts.services.suspensions import restore_person, suspend_person
from kit.api import Paged, refusals
from kit.errors import NotFound
from kit.ratelimit import limit

auth_router = Router(tags=["auth"])
users_router = Router(tags=["users"])

Text = Annotated[str, StringConstraints(max_length=254)]


class RegisterIn(Schema):
    email: Text
    username: Text
    password: Annotated[str, StringConstraints(max_length=1024)]


class RegisterOut(Schema):
    status: Literal["verify_email"] = "verify_email"
    detail: str


class LoginIn(Schema):
    email: Text = Field(description="The address, or the username.")
    password: Annotated[str, StringConstraints(max_length=1024)]


class MfaIn(Schema):
    pending_token: Annotated[str, StringConstraints(max_length=2048)]
    code: Annotated[str, StringConstraints(max_length=32)]


class RefreshIn(Schema):
    refresh_token: Annotated[str, StringConstraints(max_length=4096)]


class Me(Schema):
    id: int
    username: str
    email: str
    email_verified: bool
    is_creator: bool
    is_staff: bool
    joined: datetime
    display_name: str
    avatar_url: str


class Tokens(Schema):
    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: int
    refresh_expires_in: int
    user: Me


class ProfileOut(Schema):
    display_name: str
    bio: str
    location: str
    website: str
    social_links: dict[str, str]
    time_zone: str
    avatar_url: str


class ProfilePatch(Schema):
    display_name: Annotated[str, StringConstraints(max_length=80)] | None = None
    bio: Annotated[str, StringConstraints(max_length=2000)] | None = None
    location: Annotated[str, StringConstraints(max_length=80)] | None = None
    website: Annotated[str, StringConstraints(max_length=200)] | None = None
    social_links: dict[str, str] | None = Field(None, description="By network: " + ", ".join(NETWORKS))
    time_zone: Annotated[str, StringConstraints(max_length=64)] | None = None


class ProfilePut(Schema):
    display_name: Annotated[str, StringConstraints(max_length=80)] = ""
    bio: Annotated[str, StringConstraints(max_length=2000)] = ""
    location: Annotated[str, StringConstraints(max_length=80)] = ""
    website: Annotated[str, StringConstraints(max_length=200)] = ""
    social_links: dict[str, str] = Field(default_factory=dict, description="By network: " + ", ".join(NETWORKS))
    time_zone: Annotated[str, StringConstraints(max_length=64)] = "UTC"


class UserRow(Schema):
    id: int
    username: str
    email: str
    is_creator: bool
    is_staff: bool
    is_active: bool
    joined: datetime = Field(alias="date_joined")
    suspended_at: datetime | None
    suspension_reason: str
    closed_at: datetime | None


class UserPatch(Schema):
    suspended: bool
    reason: Annotated[str, StringConstraints(max_length=2000)] = ""


def _me(user: User) -> dict[str, Any]:
    return {
        "id": user.pk,
        "username": user.username,
        "email": user.email,
        "email_verified": has_verified_email(user),
        "is_creator": user.is_creator,
        "is_staff": user.is_staff,
        "joined": user.date_joined,
        "display_name": user.profile.display_name,
        "avatar_url": _absolute(user.profile.avatar_url),
    }


def _absolute(url: str) -> str:
    return f"{settings.SITE_URL}{url}" if url.startswith("/") else url


def _tokens(pair: api_sessions.TokenPair) -> dict[str, Any]:
    return {
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "expires_in": pair.expires_in,
        "refresh_expires_in": pair.refresh_expires_in,
        "user": _me(pair.user),
    }


# --- Signing up and in --------------------------------------------------------------------------------------------


def _register(request: HttpRequest, payload: RegisterIn, form_class: type[SignupForm]) -> Status:
    api_sessions.limit_sign_up(request)
    form = form_class({"email": payload.email, "username": payload.username, "password1": payload.password, HONEYPOT: ""})
    if not form.is_valid():
        raise FieldsRefused(errors=_errors(form))
    try:
        api_sessions.register(request, form)
    except UsernameTaken as error:
        raise FieldsRefused(errors={"username": [str(error)]}) from error
    return Status(201, {"status": "verify_email", "detail": "We have sent a mail to this address. Follow its link, then sign in."})


def _errors(form: SignupForm) -> dict[str, list[str]]:
    names = {"password1": "password"}
    return {names.get(name, name): [str(sentence) for sentence in sentences] for name, sentences in form.errors.items()}


@auth_router.post("/register", response={201: RegisterOut, **refusals(503)}, auth=None, summary="Make an account")
def register(request: HttpRequest, payload: RegisterIn) -> Status:
    """The answer is the same for an address that has an account already: its owner gets a mail that says so (R1, R29)."""
    return _register(request, payload, SignupForm)


@auth_router.post("/register/buyer", response={201: RegisterOut, **refusals(503)}, auth=None, summary="Make an account to buy with")
def register_buyer(request: HttpRequest, payload: RegisterIn) -> Status:
    """Another name of `/register` (R29)."""
    return _register(request, payload, SignupForm)


@auth_router.post("/register/creator", response={201: RegisterOut, **refusals(503)}, auth=None, summary="Make an account to sell with")
def register_creator(request: HttpRequest, payload: RegisterIn) -> Status:
    """As `/register`, for somebody who sells (R28)."""
    return _register(request, payload, CreatorSignupForm)


@auth_router.post("/login", response={200: Tokens, **refusals(401, 403, 503)}, auth=None, summary="Sign in")
def login(request: HttpRequest, payload: LoginIn) -> dict[str, Any]:
    """An access token and a refresh token (R2, R9, R10).

    401 `invalid_credentials`; 401 `mfa_required` with a `pending_token` for `/auth/mfa`; 403 `email_unverified`;
    403 `suspended` with the reason; 429 after too many tries.
    """
    return _tokens(api_sessions.sign_in(request, email=payload.email.strip(), password=payload.password))


@auth_router.post("/mfa", response={200: Tokens, **refusals(401, 403, 503)}, auth=None, summary="Finish a sign-in with a second step")
def mfa(request: HttpRequest, payload: MfaIn) -> dict[str, Any]:
    """`code` is one of the authenticator app, or a recovery code."""
    return _tokens(api_sessions.finish_sign_in(request, pending_token=payload.pending_token, code=payload.code.strip()))


@auth_router.post("/refresh", response={200: Tokens, **refusals(401, 503)}, auth=None, summary="Get the next tokens")
def refresh(request: HttpRequest, payload: RefreshIn) -> dict[str, Any]:
    """A refresh token works once. A used one is refused, and the sign-in that it came from ends (R3)."""
    limit("api-refresh", rate="60/m", request=request, by="ip", when_down="closed")
    return _tokens(api_sessions.refresh(payload.refresh_token))


@auth_router.post("/logout", response={204: None}, auth=sign_in_auth, summary="Sign out")
def logout(request: HttpRequest) -> Status:
    """The access token and its refresh token open nothing from now on (R4)."""
    token = get_authorization_credential(request, "Bearer")
    if token:
        api_sessions.sign_out(token)
    else:
        end_browser_session(request)
    return Status(204, None)


@auth_router.get("/me", response=Me, auth=user_auth, summary="Who am I?")
def me(request: HttpRequest) -> dict[str, Any]:
    """The account that calls (R5)."""
    return _me(_caller(request))


# --- People ---------------------------------------------------------------------------------------------------------


def _caller(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _profile(user: User) -> dict[str, Any]:
    profile = user.profile
    fields = ("display_name", "bio", "location", "website", "social_links", "time_zone")
    return {name: getattr(profile, name) for name in fields} | {"avatar_url": _absolute(profile.avatar_url)}


def _change_profile(request: HttpRequest, given: dict[str, Any]) -> dict[str, Any]:
    """By the rules of the page's form. Raises `FieldsRefused`."""
    user = _caller(request)
    limit("profile", rate="30/10m", request=request, by="user")
    links = given.pop("social_links", user.profile.social_links)
    if unknown := set(links) - set(NETWORKS):
        raise FieldsRefused(errors={"social_links": [f"Unknown network: {name[:40]}" for name in sorted(unknown)]})
    form = ProfileForm(model_to_dict(user.profile) | given | {f"link_{name}": link for name, link in links.items()}, instance=user.profile)
    if not form.is_valid():
        raise FieldsRefused(errors={name: [str(line) for line in lines] for name, lines in form.errors.items()})
    user.profile = change_profile(user, changes=form.changes)
    return _profile(user)


@users_router.get("/me/profile", response=ProfileOut, auth=user_auth, summary="My profile")
def get_profile(request: HttpRequest) -> dict[str, Any]:
    return _profile(_caller(request))


@users_router.put("/me/profile", response=ProfileOut, auth=user_auth, summary="Replace my profile")
def put_profile(request: HttpRequest, payload: ProfilePut) -> dict[str, Any]:
    """What is left out is emptied (R67)."""
    return _change_profile(request, payload.model_dump())


@users_router.patch("/me/profile", response=ProfileOut, auth=user_auth, summary="Change my profile")
def patch_profile(request: HttpRequest, payload: ProfilePatch) -> dict[str, Any]:
    """What is left out stays as it is (R67)."""
    given = {name: value for name, value in payload.model_dump(exclude_unset=True).items() if value is not None}
    return _change_profile(request, given)


# --- For the people who run the site (R6) -----------------------------------------------------------------------------


@users_router.get("/", response=list[UserRow], auth=user_auth, summary="People (staff)")
@paginate(Paged)
def list_users(
    request: HttpRequest,
    q: str = Query("", max_length=100, description="A part of the username, the address or the name."),
    suspended: bool | None = None,
    creator: bool | None = None,
) -> QuerySet[User]:
    check_staff(request.user)
    people = User.objects.matching(q) if q else User.objects.all()
    if suspended is not None:
        people = people.filter(suspended_at__isnull=not suspended)
    if creator is not None:
        people = people.filter(creator_since__isnull=not creator)
    return people.order_by("-pk")


@users_router.get("/{int:user_id}", response=UserRow, auth=user_auth, summary="One person (staff)")
def get_user(request: HttpRequest, user_id: int) -> User:
    check_staff(request.user)
    return _person(user_id)


@users_router.patch(
    "/{int:user_id}", response={200: UserRow, **refusals(409)}, auth=sign_in_auth, summary="Suspend or restore a person (staff)"
)
def patch_user(request: HttpRequest, user_id: int, payload: UserPatch) -> User:
    """With `suspended` true the person is kept out, reads `reason`, and her sessions end. Personal tokens cannot do this."""
    check_staff(request.user)
    person = _person(user_id)
    if payload.suspended:
        return suspend_person(person, by=_caller(request), reason=payload.reason)
    return restore_person(person, by=_caller(request))


def _person(user_id: int) -> User:
    user = User.objects.filter(pk=user_id).first() if user_id < 2**63 else None
    if user is None:
        raise NotFound
    return user
