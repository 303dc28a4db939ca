"""The JSON API under /api/v1/: every room's router under one roof (OpenAPI at openapi.json, to try out at docs)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.docs import Swagger

from accounts.api import auth_router, users_router
from kit.errors import DomainError
from kit.http import problem, refusal
from marketplace.api import creator_router
from marketplace.delivery.api import delivery_router
from marketplace.library.api import library_router
from marketplace.office.api import office_router
from marketplace.orders.api import payments_router
from marketplace.reviews.api import reviews_router
from marketplace.storefront.api import catalogue_router

DESCRIPTION = """
Browse, buy, download and sell. The rules are those of the pages, since both call the same services.

**Signing in.** `POST /auth/login` gives an access token (30 minutes) and a refresh token (7 days, exchanged for a new pair at each
use); send `Authorization: Bearer …`. Programs of your own use a personal token from *Settings → API tokens*, limited by scopes.

**Refusals** are `application/problem+json` (RFC 9457) with a stable `code`, a sentence in `detail` and, where one is to blame, the `field`.

**Amounts** are whole numbers of the currency's smallest unit, with the ISO 4217 code beside them: `1900`, `EUR`.

**Lists** are paged by `limit` and `offset`, or by `page` where the page itself is.
"""

api = NinjaAPI(title="Atelier", version="1", description=DESCRIPTION, docs=Swagger(), docs_url="/docs", urls_namespace="api-v1")

api.add_router("/auth", auth_router)
api.add_router("/users", users_router)
api.add_router("/users", library_router)
api.add_router("/marketplace", catalogue_router)
api.add_router("/marketplace", reviews_router)
api.add_router("/marketplace", delivery_router)
api.add_router("/payments", payments_router)
api.add_router("/creator", creator_router)
api.add_router("/creator", office_router)


@api.exception_handler(DomainError)
def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    response = refusal(request, error)
    for name, value in error.headers.items():
        response[name] = value
    return response


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Each thing that is wrong with its place; what was sent is not repeated."""
    errors = [
        {"field": ".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0]), "message": one["msg"]} for one in error.errors
    ]
    return problem(422, code="malformed", detail="Some of what was sent is missing or not as it should be.", errors=errors)


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = problem(401, code="not_signed_in", detail="Sign in first: send an access token or a personal token.")
    response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, code="not_found", detail="There is nothing here.")


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, code="bad_request" if error.status_code == 400 else "refused", detail=str(error))


_patterns, _app_name, _namespace = api.urls
for _pattern in _patterns:
    # The API says itself who must sign in, by tokens; the pages' rule would answer with a form.
    _pattern.callback = login_not_required(_pattern.callback)

urlpatterns: list[URLPattern | URLResolver] = [path("", (_patterns, _app_name, _namespace))]  # type: ignore[arg-type]


def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 document, as /api/v1/openapi.json serves it."""
    return dict(api.get_openapi_schema())
