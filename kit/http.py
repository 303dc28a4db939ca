"""Requests and answers: typed requests, how refusals look, the security headers, and paths without cookies."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Hashable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest as DjangoRequest
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import activate, get_language, get_language_from_request
from django_htmx.middleware import HtmxDetails

from kit.errors import DomainError

if TYPE_CHECKING:
    from django.contrib.auth.models import _User

    # The type checker reads this as the site's own user model; the floor does not import it.
    User = _User

GetResponse = Callable[[DjangoRequest], HttpResponseBase]

API_PREFIX = "/api/"
ADMIN_PREFIX = "/admin/"
TOAST_REGION = "#toasts"


class HttpRequest(DjangoRequest):
    """A request as it reaches our views: with what the middleware put on it."""

    htmx: HtmxDetails
    csp_nonce: str


class AuthedRequest(HttpRequest):
    """A request of a view that is not public: somebody is signed in."""

    user: User


def client_ip(request: DjangoRequest) -> str:
    """The visitor's address; "" where there is none (a unix socket without a proxy's word for it).

    X-Forwarded-For is believed for as many hops as TRUSTED_PROXY_COUNT proxies of ours added to it, counted from
    the right; what stands further left is what the visitor claims.
    """
    remote: str = request.META.get("REMOTE_ADDR") or ""
    hops: int = getattr(settings, "TRUSTED_PROXY_COUNT", 0)
    if not hops:
        return _address(remote)
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if len(forwarded) < hops:
        return _address(remote)
    return _address(forwarded[-hops]) or _address(remote)


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip("[]").partition("%")[0]))
    except ValueError:
        return ""


def safe_next(request: DjangoRequest, default: str) -> str:
    """Where to go after this: the `next` that the form or the address names if it is ours, else `default`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return default


def problem(status: int, *, code: str, detail: str, field: str | None = None, **extra: Any) -> HttpResponse:
    """An application/problem+json answer (RFC 9457).

    `title` is the status in words, `detail` the sentence for people; `code` and `field` are members of our own,
    and so is what `extra` adds.
    """
    body = {**extra, "type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}
    if field:
        body["field"] = field
    response = JsonResponse(body, status=status, content_type="application/problem+json")
    add_never_cache_headers(response)
    return response


def is_api(request: DjangoRequest) -> bool:
    return request.path_info.startswith(API_PREFIX)


class DomainErrorMiddleware:
    """Shows refusals: problem+json under /api/, a toast to htmx, a page to everybody else.

    Under /api/ it also turns the HTML pages of Django's own 404, 403 and the like into problem+json.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: DjangoRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_api(request) and response.status_code >= 400 and response.get("Content-Type", "").startswith("text/html"):
            return problem(response.status_code, code=_code_of(response.status_code), detail=HTTPStatus(response.status_code).description)
        return response

    def process_exception(self, request: DjangoRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        response = refusal(request, exception)
        for name, value in exception.headers.items():
            response[name] = value
        add_never_cache_headers(response)
        return response


def refusal(request: DjangoRequest, error: DomainError) -> HttpResponse:
    """The answer that shows `error` in the way that this request can show it."""
    if is_api(request):
        return problem(error.status_code, code=error.code, detail=str(error), field=error.field, **error.extra)
    context = {"error": error, "status": error.status_code}
    if HtmxDetails(request) and not HtmxDetails(request).boosted:
        response = render(request, "kit/toast.html", context, status=error.status_code)
        response["HX-Retarget"] = TOAST_REGION
        response["HX-Reswap"] = "beforeend"
        return response
    return render(request, "kit/refusal.html", context, status=error.status_code)


def _code_of(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")


class SecurityHeadersMiddleware:
    """What Django does not set itself: Permissions-Policy, Cross-Origin-Resource-Policy, and for what a person's cookies had a
    part in a Cache-Control that keeps it out of shared caches.

    A view that sets one of them keeps its own.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: DjangoRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if settings.SESSION_COOKIE_NAME in request.COOKIES or response.cookies:
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class LanguageMiddleware(LocaleMiddleware):
    """Django's, for a site whose addresses name no language: none is looked for in them."""

    def process_request(self, request: DjangoRequest) -> None:
        activate(get_language_from_request(request))
        request.LANGUAGE_CODE = get_language()

    def process_response(self, request: DjangoRequest, response: HttpResponseBase) -> HttpResponseBase:
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", get_language())
        return response


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The site's policy, and a policy of its own for the admin, whose widgets need to evaluate expressions.

    Written once for each form that answers give it; only the nonce is put in anew.
    """

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._written: dict[Hashable, str] = {}
        self._settings: object = None

    def process_response(self, request: DjangoRequest, response: HttpResponseBase) -> HttpResponseBase:
        policy = settings.CONTENT_SECURITY_POLICY
        if settings.DEBUG or "EXCLUDE_URL_PREFIXES" in policy or getattr(settings, "CONTENT_SECURITY_POLICY_REPORT_ONLY", None):
            return super().process_response(request, response)
        if self._settings is not policy:
            self._settings, self._written = policy, {}
        if HEADER not in response and not getattr(response, "_csp_exempt", False):
            response.headers[HEADER] = self._policy(self.get_policy_parts(request, response))
        if getattr(request, "_csp_nonce", None) is None:
            # A nonce that is made only now would not be in the header. The attribute is django-csp's, which stubs of requests do not know.
            request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)  # type: ignore[attr-defined]
        return response

    def _policy(self, parts: PolicyParts) -> str:
        nonce, parts.nonce = parts.nonce, _NONCE if parts.nonce else None
        form = (_frozen(parts.config), _frozen(parts.update), _frozen(parts.replace), parts.nonce)
        written = self._written.get(form)
        if written is None:
            if len(self._written) > 64:
                self._written.clear()
            written = self._written[form] = build_policy(parts.config, parts.update, parts.replace, parts.nonce)
        return written.replace(_NONCE, nonce) if nonce else written

    def get_policy_parts(self, request: DjangoRequest, response: HttpResponseBase, report_only: bool = False) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and parts.config is None and request.path_info.startswith(ADMIN_PREFIX):
            parts.config = settings.ADMIN_CONTENT_SECURITY_POLICY
        return parts


_NONCE = "the-nonce-of-this-answer"


def _frozen(directives: dict[str, Any] | None) -> Hashable:
    return tuple((name, tuple(value) if isinstance(value, list | set) else value) for name, value in (directives or {}).items())


_BROWSER = "atelier.browser"  # no header can set it: theirs begin with HTTP_


def browser_of(request: DjangoRequest) -> str:
    """A digest of the session's cookie, "" without one: enough to tell browsers apart, useless for anything else. No query.

    Also known below the paths where cookies are dropped.
    """
    if (known := request.META.get(_BROWSER)) is not None:
        return str(known)
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return salted_hmac("kit.http.browser", session, algorithm="sha256").hexdigest()[:20] if session else ""


class CookielessPathsMiddleware:
    """Files are served without cookies: below these paths none is read, and none is set.

    So nothing that a file does can meet a session, and the answer does not vary by who asks. It stands first, so
    that no other middleware sees the cookies either.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: DjangoRequest) -> HttpResponseBase:
        if not request.path_info.startswith(tuple(settings.COOKIELESS_PREFIXES)):
            return self.get_response(request)
        request.META[_BROWSER] = browser_of(request)
        request.META.pop("HTTP_COOKIE", None)
        request.__dict__.pop("COOKIES", None)
        response = self.get_response(request)
        response.cookies.clear()
        for header in ("Vary", "Content-Language"):
            response.headers.pop(header, None)
        return response
