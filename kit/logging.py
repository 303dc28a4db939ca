"""Logging: one JSON object per line in production, readable lines locally, the request's id on each.

    logger = structlog.get_logger(__name__)
    logger.info("order_fulfilled", order_id=order.pk)

What identifies a person is the user's id, never their mail address. What could open a door is masked: values under
names such as `password` or `token`, credentials in addresses, and the parts of a path that are links' secrets.
"""

from __future__ import annotations

import re
import sys
import uuid
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_structlog.middlewares import RequestMiddleware
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"
REQUEST_ID = "X-Request-ID"
PROBES = frozenset({"/healthz", "/readyz"})

_ACCEPTED_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_SECRET_NAME = re.compile(
    r"passw|secret|token|authori[sz]ation|cookie|(api|private|access)_?key|signature|session_?(id|key)|csrf|otp|recovery_?code", re.I
)
_URL_CREDENTIALS = re.compile(r"(://[^/\s:@]*):[^/\s@]+@")
_LONG_WORD = re.compile(r"[A-Za-z0-9]{20,}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)


def logging_settings(*, readable: bool, level: str) -> dict[str, Any]:
    """The LOGGING setting. `readable` is for a person at a terminal; otherwise each line is a JSON object."""
    renderer: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
        if readable
        else [structlog.processors.format_exc_info, mask_secrets, structlog.processors.JSONRenderer()]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*_SHARED, structlog.stdlib.ExtraAdder(allow=()), mask_secrets],
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Without handlers of their own, everything below meets the one above, once.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "gunicorn.error": {"handlers": [], "level": level, "propagate": True},
            "gunicorn.access": {"handlers": [], "level": "WARNING", "propagate": False},
            # Said already, and better, by request_finished, request_failed and the task_... events.
            "django.request": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }


def configure_structlog() -> None:
    """Send structlog's events through the standard library's logging, so that all lines look alike. Called by the settings."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            mask_secrets,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def mask_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A processor: masks values whose name says that they are secret, and credentials inside addresses, at any depth."""
    for name, value in event.items():
        event[name] = _masked(name, value)
    return event


def safe_path(path: str) -> str:
    """The path without what it may be used for: no query, and no part that looks like a token rather than a word or an id."""
    return "/".join(MASK if _looks_like_a_token(part) else part for part in path.split("?", 1)[0].split("/"))


class RequestIdMiddleware:
    """Gives each request an id, or keeps a well-formed one that a proxy gave it, and sends it back in X-Request-ID.

    Whoever reports a fault can name it, and every log line of the request has it. Stands first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _ACCEPTED_REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        request.META["HTTP_X_REQUEST_ID"] = request_id
        request.__dict__.pop("headers", None)  # a cached copy of META
        response = self.get_response(request)
        response[REQUEST_ID] = request_id
        return response


class RequestLogMiddleware(RequestMiddleware):
    """Logs how each request ended, with its id and the user's; stands behind the authentication.

    Health probes are not logged: they come every few seconds and say nothing that their caller does not know.
    """

    # The parent has no types, and is callable both ways (sync and async): here it is always the first.
    def __call__(self, request: HttpRequest) -> HttpResponseBase:  # type: ignore[override]
        if request.path_info in PROBES:
            return self.get_response(request)  # type: ignore[return-value]
        return super().__call__(request)  # type: ignore[return-value]

    def prepare(self, request: HttpRequest) -> None:
        """What every line of the request carries. That it began is not worth a line: each that began also ends with one."""
        structlog.contextvars.bind_contextvars(request_id=request.META["HTTP_X_REQUEST_ID"])
        self.bind_user_id(request)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {safe_path(request.path)}"


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, MutableMapping):
        return {key: _masked(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(name, inner) for inner in value]
    if _SECRET_NAME.search(name) and value not in (None, ""):
        return MASK
    if isinstance(value, str) and "://" in value:
        return _URL_CREDENTIALS.sub(rf"\1:{MASK}@", value)
    return value


def _looks_like_a_token(part: str) -> bool:
    """Long and random: signed values, reset keys and the like. Slugs are words, and a UUID names a thing without opening it."""
    if len(part) < 20 or _UUID.fullmatch(part):
        return False
    has_digit = any(character.isdigit() for character in part)
    if has_digit and any(character.isdigit() for word in _LONG_WORD.findall(part) for character in word):
        return True
    return ":" in part or (has_digit and any(character.isupper() for character in part) and "." not in part)


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]
