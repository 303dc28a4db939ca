"""Refusals. A service raises one, no view catches it, and one middleware shows it (`kit.http.DomainErrorMiddleware`)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A rule of the product says no.

    Subclasses name the refusal: `status_code` is the HTTP status, `code` a stable word for programs, and
    `message` a translatable sentence that a person understands.

    `field` names the form field or JSON member that the refusal is about; `extra` holds further members of the
    problem+json answer, so it must be safe to show and serialisable.
    """

    status_code: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    message: str | Promise = _("That is not possible.")

    def __init__(self, message: str | Promise | None = None, *, field: str | None = None, **extra: Any) -> None:
        if message is not None:
            self.message = message
        self.field = field
        self.extra = extra
        super().__init__(message if message is not None else self.message)

    def __str__(self) -> str:
        return str(self.message)

    @property
    def headers(self) -> dict[str, str]:
        """Headers that the HTTP answer carries besides its status."""
        return {}


class NotFound(DomainError):
    status_code = 404
    code = "not_found"
    message = _("There is nothing here, or it is not yours to see.")


class Forbidden(DomainError):
    status_code = 403
    code = "forbidden"
    message = _("You may not do that.")


class Conflict(DomainError):
    status_code = 409
    code = "conflict"
    message = _("Something changed in the meantime. Look again, then decide.")


class Gone(DomainError):
    status_code = 410
    code = "gone"
    message = _("This is no longer here.")


class Unavailable(DomainError):
    """A part that we cannot do without is out of reach for the moment."""

    status_code = 503
    code = "unavailable"
    message = _("This does not work just now. Try again in a minute.")

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "30"}


class RateLimited(DomainError):
    """Too many tries. `retry_after` is in whole seconds and goes out as the Retry-After header."""

    status_code = 429
    code = "rate_limited"
    message = _("Too many tries. Wait a little, then try again.")

    def __init__(self, message: str | Promise | None = None, *, retry_after: int = 60, field: str | None = None, **extra: Any) -> None:
        self.retry_after = max(1, retry_after)
        super().__init__(message, field=field, retry_after=self.retry_after, **extra)

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}
