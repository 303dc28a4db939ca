from __future__ import annotations

import json
from typing import Any

import pytest
from csp.exceptions import CSPNonceError
from csp.middleware import CSPMiddleware
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import include, path

from accounts.models import User
from kit.errors import Conflict, DomainError, NotFound, RateLimited
from kit.http import ContentSecurityPolicyMiddleware, client_ip, safe_next


class AlreadyEnrolled(DomainError):
    status_code = 409
    code = "already_enrolled"
    message = "You <b>already</b> have this."


def refuse(request: HttpRequest) -> HttpResponse:
    raise AlreadyEnrolled(field="course", course="letters")


def flood(request: HttpRequest) -> HttpResponse:
    raise RateLimited(retry_after=17)


def missing(request: HttpRequest) -> HttpResponse:
    raise Http404


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"nonce={request.csp_nonce}")  # type: ignore[attr-defined]


def private(request: HttpRequest) -> HttpResponse:
    return HttpResponse("for members")


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def own_headers(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={"Permissions-Policy": "camera=(self)", "Cross-Origin-Resource-Policy": "cross-origin"})


VIEWS = (refuse, flood, missing, forbidden, page, broken, own_headers)
urlpatterns = [
    *(path(f"{prefix}{view.__name__}", login_not_required(view)) for prefix in ("try/", "api/v1/try/", "admin/try/") for view in VIEWS),
    path("try/private", private),
    path("", include("config.urls")),
]

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


# --- Refusals --------------------------------------------------------------------------------------------------------


def test_a_refusal_is_a_page_for_people(client: Client) -> None:
    response = client.get("/try/refuse")
    assert response.status_code == 409
    html = response.content.decode()
    assert "You &lt;b&gt;already&lt;/b&gt; have this." in html
    assert "<html" in html
    assert "no-store" in response["Cache-Control"]


def test_a_refusal_is_a_toast_for_htmx(client: Client) -> None:
    response = client.get("/try/refuse", headers={"hx-request": "true"})
    assert response.status_code == 409
    assert response["HX-Retarget"] == "#toasts"
    assert response["HX-Reswap"] == "beforeend"
    html = response.content.decode()
    assert "You &lt;b&gt;already&lt;/b&gt; have this." in html
    assert "<html" not in html


def test_a_boosted_link_gets_the_page(client: Client) -> None:
    response = client.get("/try/refuse", headers={"hx-request": "true", "hx-boosted": "true"})
    assert "HX-Retarget" not in response
    assert "<html" in response.content.decode()


def test_a_refusal_is_problem_json_for_programs(client: Client) -> None:
    response = client.get("/api/v1/try/refuse")
    assert response.status_code == 409
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "You <b>already</b> have this.",
        "code": "already_enrolled",
        "field": "course",
        "course": "letters",
    }


@pytest.mark.parametrize("prefix", ["/try/", "/api/v1/try/"])
def test_too_many_tries_say_when_to_come_back(client: Client, prefix: str) -> None:
    response = client.get(f"{prefix}flood")
    assert response.status_code == 429
    assert response["Retry-After"] == "17"


@pytest.mark.parametrize(
    ("what", "status", "code"), [("missing", 404, "not_found"), ("forbidden", 403, "forbidden"), ("nowhere", 404, "not_found")]
)
def test_django_s_own_refusals_are_problem_json_under_the_api_too(client: Client, what: str, status: int, code: str) -> None:
    response = client.get(f"/api/v1/try/{what}")
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["code"] == code
    elsewhere = client.get(f"/try/{what}")
    assert elsewhere.status_code == status
    assert elsewhere["Content-Type"].startswith("text/html")


def test_what_is_no_refusal_is_not_dressed_up_as_one(client: Client) -> None:
    with pytest.raises(ZeroDivisionError):
        client.get("/try/broken")
    client.raise_request_exception = False
    assert client.get("/try/broken").status_code == 500
    assert client.get("/api/v1/try/broken")["Content-Type"] == "application/problem+json"


def test_a_refusal_may_say_more_than_its_class() -> None:
    assert str(NotFound()) == "There is nothing here, or it is not yours to see."
    assert str(Conflict("The price is now €5.00.")) == "The price is now €5.00."
    assert (Conflict().status_code, Conflict().code, Conflict().field, Conflict().extra) == (409, "conflict", None, {})


# --- Headers ---------------------------------------------------------------------------------------------------------


def policy(response: Any) -> dict[str, str]:
    return {name: rest for name, _, rest in (part.partition(" ") for part in response["Content-Security-Policy"].split("; "))}


def test_pages_allow_no_script_but_ours(client: Client) -> None:
    response = client.get("/try/page")
    directives = policy(response)
    nonce = response.content.decode().removeprefix("nonce=")
    assert directives["script-src"] == f"'self' 'nonce-{nonce}'"
    assert directives["object-src"] == "'none'"
    assert directives["base-uri"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert client.get("/try/page").content.decode() != response.content.decode()


def test_the_policy_is_that_of_the_library_whatever_an_answer_adds(settings: Any) -> None:
    theirs, ours = CSPMiddleware(lambda request: HttpResponse()), ContentSecurityPolicyMiddleware(lambda request: HttpResponse())
    for update in (None, {"frame-src": ["https://player.example"]}, {"frame-src": ["https://other.example"]}):
        for replace in (None, {"img-src": ["'none'"]}):
            for nonce in (None, "first", "second"):
                written = []
                for middleware in (theirs, ours):
                    request, response = RequestFactory().get("/"), HttpResponse()
                    middleware.process_request(request)
                    request._csp_nonce, response._csp_update, response._csp_replace = nonce, update, replace  # type: ignore[attr-defined]
                    written.append(sorted(middleware.process_response(request, response)["Content-Security-Policy"].split("; ")))
                assert written[0] == written[1]


def test_a_policy_that_changes_is_written_anew(settings: Any) -> None:
    middleware = ContentSecurityPolicyMiddleware(lambda request: HttpResponse())
    for source in ("'self'", "'none'"):
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": [source]}}
        assert middleware(RequestFactory().get("/"))["Content-Security-Policy"] == f"default-src {source}"


def test_a_nonce_that_comes_too_late_is_refused() -> None:
    request = RequestFactory().get("/")
    ContentSecurityPolicyMiddleware(lambda request: HttpResponse())(request)
    with pytest.raises(CSPNonceError):
        str(request.csp_nonce)  # type: ignore[attr-defined]


def test_pages_say_their_language_and_that_they_vary_by_it(client: Client) -> None:
    response = client.get("/try/page", headers={"accept-language": "de"})
    assert response["Content-Language"] == "de"
    assert "Accept-Language" in response["Vary"]


def test_the_admin_has_a_policy_of_its_own(client: Client) -> None:
    directives = policy(client.get("/admin/try/page"))
    assert directives["script-src"].startswith("'self' 'nonce-")
    assert directives["script-src"].endswith("' 'unsafe-eval'")
    assert directives["object-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy(client.get("/administration/"))["script-src"]


def test_each_page_carries_the_security_headers(client: Client) -> None:
    response = client.get("/try/page")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    assert "geolocation=()" in response["Permissions-Policy"]


def test_a_view_may_set_its_own(client: Client) -> None:
    response = client.get("/try/own_headers")
    assert response["Permissions-Policy"] == "camera=(self)"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize("address", ["/try/page", "/try/private", "/settings/"])
def test_shared_caches_keep_nothing_that_was_made_for_somebody(client: Client, ben: User, address: str) -> None:
    client.force_login(ben)
    assert "private" in client.get(address)["Cache-Control"]


def test_shared_caches_keep_nothing_that_sets_a_cookie(client: Client) -> None:
    response = client.get("/about/contact/")
    assert response.cookies
    assert "private" in response["Cache-Control"]


def test_refusals_carry_the_headers_too(client: Client) -> None:
    for address in ("/try/refuse", "/try/nowhere", "/api/v1/try/refuse"):
        response = client.get(address)
        assert response["Content-Security-Policy"]
        assert response["Permissions-Policy"]


def test_what_is_not_said_to_be_public_asks_for_a_sign_in(client: Client) -> None:  # R24
    response = client.get("/try/private")
    assert response.status_code == 302
    assert "next=/try/private" in response["Location"]


# --- Who asks, and where next ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "visitor"),
    [
        (0, "203.0.113.7", "", "203.0.113.7"),
        (0, "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        (1, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        (2, "10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (2, "10.0.0.1", "198.51.100.1", "10.0.0.1"),
        (1, "10.0.0.1", "", "10.0.0.1"),
        (1, "10.0.0.1", "<script>", "10.0.0.1"),
        (1, "10.0.0.1", "2001:DB8::1", "2001:db8::1"),
        (0, "", "", ""),
    ],
)
def test_the_visitor_is_who_our_own_proxies_say(settings: Any, proxies: int, remote: str, forwarded: str, visitor: str) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert client_ip(request) == visitor


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/library/", "/library/"),
        ("/library/?page=2", "/library/?page=2"),
        ("http://testserver/cart/", "http://testserver/cart/"),
        ("https://evil.example/", "/home/"),
        ("//evil.example/", "/home/"),
        ("/\\evil.example", "/home/"),
        ("javascript:alert(1)", "/home/"),
        ("http:///evil.example", "/home/"),
        ("", "/home/"),
    ],
)
def test_one_is_sent_on_within_this_site_only(wanted: str, goes_to: str) -> None:
    assert safe_next(RequestFactory().get("/", {"next": wanted}), "/home/") == goes_to
    assert safe_next(RequestFactory().post("/", {"next": wanted}), "/home/") == goes_to
