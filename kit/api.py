"""What every part of the JSON API shares: how refusals look and are described, and how bodies are read."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, NoReturn

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja import Field, Schema
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.pagination import LimitOffsetPagination
from ninja.parser import Parser

from kit.errors import DomainError

PROBLEM = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). `code` is stable, `detail` is a sentence for people. Some refusals say more in further members.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong, for people; its words may change."},
        "code": {"type": "string", "description": "What is wrong, for programs."},
        "field": {"type": "string", "description": "The field that is to blame."},
        "errors": {
            "type": "object",
            "description": "By field, the sentences about it.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}


class Problem(Schema):
    """Marks a status as a refusal in an operation's `response`; described in the document by `PROBLEM`."""


def refusals(*statuses: int) -> dict[int, Any]:
    """For `response={200: …, **refusals(409, 410)}`: what an operation refuses besides what all of its sort do (`Document`)."""
    return dict.fromkeys(statuses, Problem)


class Paged(LimitOffsetPagination):
    """At most a hundred at once, and no further than the database counts: ninja's own has no end."""

    class Input(Schema):
        limit: int = Field(50, ge=1, le=100)
        offset: int = Field(0, ge=0, le=100_000)


class WrongMediaType(DomainError):
    status_code = 415
    code = "wrong_media_type"
    message = "Send JSON, with `Content-Type: application/json`."


class JsonParser(Parser):
    """JSON as RFC 8259 has it, sent as such, in which each text can be stored.

    NaN and Infinity are no JSON; a NUL or half a surrogate pair is no text that a database keeps. The media type is looked
    at so that a form of another site cannot pass for a program.
    """

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json":
            raise WrongMediaType
        data = json.loads(request.body, parse_constant=_no_constant)
        if not isinstance(data, dict):
            raise ValidationError([{"type": "object", "loc": ("body",), "msg": "Send a JSON object."}])
        _check_text(data, ("body",))
        return data

    def parse_querydict(self, data: MultiValueDict, list_fields: list[str], request: HttpRequest) -> dict[str, Any]:
        result = super().parse_querydict(data, list_fields, request)
        _check_text(result, ("query",))
        return result


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _check_text(value: Any, at: tuple[str | int, ...]) -> None:
    """Raises ninja's `ValidationError`, naming the place."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise ValidationError([{"type": "text", "loc": at, "msg": "This holds a character that no text can hold."}])
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_text(name, at)
            _check_text(inner, (*at, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _check_text(inner, (*at, place))


class Document(OpenAPISchema):
    """The OpenAPI document, with what ninja leaves out: every refusal, as application/problem+json with its headers.

    To what an operation names itself come the refusals that follow from its sort: 400, 413 and 415 for what has a body, 401
    and 403 for what asks who is calling, 404 for what stands at an address made of names, 422 for what takes any input, and
    429 for all.
    """

    def get_components(self) -> dict[str, Any]:
        components = super().get_components()
        self.schemas["Problem"] = PROBLEM
        for name, scheme in components.get("securitySchemes", {}).items():
            components["securitySchemes"][name] = {**scheme, **_SCHEMES.get(name, {})}
        return components

    def responses(self, operation: Operation) -> dict[int, Any]:
        described = super().responses(operation)
        refused = {status for status in described if status >= 400} | self._refused_by_its_sort(operation)
        kept = {status: answer for status, answer in described.items() if status < 400}
        return kept | {status: _refusal(status) for status in sorted(refused)}

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        details = super().operation_details(operation)
        scopes = next((found for auth in operation.auth_callbacks if (found := getattr(auth, "scopes", ()))), ())
        if operation.auth_callbacks and not scopes:
            scopes = ("read",) if "GET" in operation.methods else ("write",)
        for requirement in details.get("security", []):
            if "TokenAuth" in requirement:
                requirement["TokenAuth"] = [str(scope) for scope in scopes]
        return details

    def _refused_by_its_sort(self, operation: Operation) -> set[int]:
        refused = {429}
        if self.request_body(operation):
            refused |= {400, 413, 415, 422}
        if self.operation_parameters(operation):
            refused.add(422)
        if "{" in operation.path:
            refused.add(404)
        if operation.auth_callbacks:
            refused |= {401, 403}
        return refused


_SCHEMES: dict[str, dict[str, str]] = {
    "AccessTokenAuth": {"bearerFormat": "JWT", "description": "The access token of a sign-in."},
    "TokenAuth": {"bearerFormat": "atl_…", "description": "A personal token, limited to scopes: read, write, buy, download."},
    "BrowserAuth": {"description": "The session of a browser; changes need the header `X-CSRFToken`, too."},
}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
    429: {"Retry-After": {"required": True, "description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}},
    503: {"Retry-After": {"required": True, "description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}},
}


def _refusal(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in _HEADERS:
        answer["headers"] = _HEADERS[status]
    return answer
