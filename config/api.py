"""The JSON API under /api/v1/: every room's router under one roof (OpenAPI at openapi.json, to try out at docs and redoc)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, URLResolver, path
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.docs import Redoc, Swagger
from ninja.operation import Operation

from accounts.api import auth_router, users_router
from courses.api import course_router
from courses.learning.api import learning_router
from courses.video.api import lesson_video_router, video_router
from kit.api import Document, JsonParser
from kit.errors import DomainError
from kit.files.uploads import bound_uploads, files_over_the_limit
from kit.http import problem, refusal
from kit.ratelimit import limit
from marketplace.api import creator_router, my_products_router
from marketplace.delivery.api import delivery_router
from marketplace.library.api import library_router, shelf_router
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


class SiteApi(NinjaAPI):
    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None) -> Document:
        return Document(self, path_prefix or self.get_root_path(path_params or {}))

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """As in `creator_list_products`: generated clients make their methods' names of it."""
        return "_".join([*(operation.tags or ())[:1], operation.view_func.__name__])


class Reading(Redoc):
    """The same document, to read. Its styles get the page's nonce; searching is off, as it would need a worker of its own."""

    template = "api/redoc.html"


class Trying(Swagger):
    template = "api/docs.html"


api = SiteApi(
    title=settings.SITE_NAME,
    version="1",
    description=DESCRIPTION,
    docs=Trying(),
    docs_url="/docs",
    urls_namespace="api-v1",
    parser=JsonParser(),
    openapi_extra={"info": {"contact": {"email": settings.SUPPORT_EMAIL}}},
)

api.add_router("/auth", auth_router)
api.add_router("/users", users_router)
api.add_router("/users", library_router)
api.add_router("/users", my_products_router)
api.add_router("/marketplace", catalogue_router)
api.add_router("/marketplace", shelf_router)
api.add_router("/marketplace", reviews_router)
api.add_router("/marketplace", delivery_router)
api.add_router("/payments", payments_router)
api.add_router("/creator", creator_router)
api.add_router("/creator", office_router)
api.add_router("/creator/courses", course_router)
api.add_router("/creator/videos", video_router)
api.add_router("/creator/lessons", lesson_video_router)
api.add_router("/learn", learning_router)


@api.exception_handler(DomainError)
def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    response = refusal(request, error)
    for name, value in error.headers.items():
        response[name] = value
    if response.status_code == 401:
        response["WWW-Authenticate"] = CHALLENGE
    return response


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Each thing that is wrong with its place; what was sent is not repeated."""
    if files_over_the_limit(request):
        most = filesizeformat(settings.MAX_ASSET_BYTES)
        return problem(413, code="too_large", detail=f"This is too large. Files may be up to {most}.", field="file")
    errors: dict[str, list[str]] = {}
    for one in error.errors:
        field = ".".join(str(part) for part in one["loc"][1:] if part != "payload") or str(one["loc"][0])
        errors.setdefault(field, []).append(one["msg"])
    return problem(422, code="malformed", detail="Some of what was sent is missing or not as it should be.", errors=errors)


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = problem(401, code="not_signed_in", detail="Sign in first: send an access token or a personal token.")
    response["WWW-Authenticate"] = CHALLENGE
    return response


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(413, code="too_large", detail="This is more than can be sent at once.")


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(404, code="not_found", detail="There is nothing here.")


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    # ninja says 400 to whatever its parser refuses; ours knows better what was wrong.
    if isinstance(error.__cause__, DomainError):
        return refused(request, error.__cause__)
    if isinstance(error.__cause__, ValidationError):
        return malformed(request, error.__cause__)
    return problem(error.status_code, code="bad_request" if error.status_code == 400 else "refused", detail=str(error))


REDOC_STYLES = ["'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='", "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"]
"""What its library puts into the page before it can be told the nonce: an empty style element, and two of its own."""
CHALLENGE = 'Bearer realm="api"'

View = Callable[..., HttpResponseBase]


def served(view: View) -> View:
    """What holds for all addresses of the API.

    The API says itself who must sign in, by tokens: the pages' rule would answer with a form. HEAD is answered as GET is,
    OPTIONS with what there is. Uploads are bounded while they arrive, and nobody may ask without end.
    """

    @login_not_required
    @csrf_exempt  # ninja asks for the token where a browser's session is what opens the door
    @functools.wraps(view, updated=())
    def serve(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            limit("api", rate=settings.API_RATE, request=request, by="ip")
        except DomainError as error:
            return refused(request, error)
        if request.content_type == "multipart/form-data":
            bound_uploads(request, settings.MAX_ASSET_BYTES)
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"
        try:
            response = view(request, *args, **kwargs)
        finally:
            request.method = asked
        if response.status_code == 405:
            response = _other_method(asked, response.headers["Allow"])
        patch_vary_headers(response, ["Authorization"])
        if "Cache-Control" not in response and ("Authorization" in request.headers or settings.SESSION_COOKIE_NAME in request.COOKIES):
            patch_cache_control(response, private=True, no_store=True)
        return response

    return serve


def _other_method(asked: str | None, allowed: str) -> HttpResponse:
    methods = {method.strip() for method in allowed.split(",")} | {"OPTIONS"}
    if "GET" in methods:
        methods.add("HEAD")
    answer = HttpResponse(status=204) if asked == "OPTIONS" else problem(405, code="method_not_allowed", detail="This cannot be done here.")
    answer["Allow"] = ", ".join(sorted(methods))
    return answer


_patterns, _app_name, _namespace = api.urls
for _pattern in _patterns:
    _pattern.callback = served(cast(View, _pattern.callback))


@login_not_required
@csp_update({"style-src": REDOC_STYLES})
def redoc(request: HttpRequest) -> HttpResponse:
    """/api/v1/redoc (R319)."""
    return Reading({"disableSearch": True, "hideDownloadButton": False}).render_page(request, api)


urlpatterns: list[URLPattern | URLResolver] = [
    path("redoc", redoc, name="api_redoc"),
    path("", (_patterns, _app_name, _namespace)),
]


def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 document, as /api/v1/openapi.json serves it."""
    return dict(api.get_openapi_schema())
