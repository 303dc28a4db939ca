"""Who asks, and dates in her zone."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.sessions import person_of


class PersonMiddleware(AuthenticationMiddleware):
    """Django's `request.user`, which reads session and person by one query."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        # Stubs know the person, not what stands for one until somebody asks, as in the class above.
        request.user = SimpleLazyObject(lambda: person_of(request))  # type: ignore[assignment]


class TimeZoneMiddleware:
    """Activates the time zone of the person's profile. Visitors without a session cost nothing and read UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self.get_response(request)
        zone = _zone_of(request)
        if zone is None:
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)


def _zone_of(request: HttpRequest) -> zoneinfo.ZoneInfo | None:
    user = request.user
    profile = getattr(user, "profile", None) if user.is_authenticated else None
    if profile is None or profile.time_zone == settings.TIME_ZONE:
        return None
    try:
        return zoneinfo.ZoneInfo(profile.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None
