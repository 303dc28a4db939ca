"""How the tests call the API."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from accounts.services.tokens import create_token
from tests.factories import PASSWORD

ROOT = "/api/v1"


class Caller:
    """A program: `api.get("/auth/me")`; `api.of(ben)` signs in, `api.with_token(ben, "read")` has a personal token."""

    def __init__(self, client: Client, token: str = "") -> None:
        self.client = client
        self.token = token

    def of(self, person: User) -> Caller:
        answer = self.post("/auth/login", {"email": person.email, "password": PASSWORD})
        assert answer.status_code == 200, answer.content
        return Caller(Client(), answer.json()["access_token"])

    def with_token(self, person: User, *scopes: str) -> Caller:
        return Caller(Client(), create_token(person, name="-".join(scopes), scopes=scopes, expires_at=None)[1])

    def get(self, where: str, **extra: Any) -> Any:
        return self.call("GET", where, **extra)

    def post(self, where: str, body: Any = None, **extra: Any) -> Any:
        return self.call("POST", where, body, **extra)

    def put(self, where: str, body: Any = None, **extra: Any) -> Any:
        return self.call("PUT", where, body, **extra)

    def patch(self, where: str, body: Any = None, **extra: Any) -> Any:
        return self.call("PATCH", where, body, **extra)

    def delete(self, where: str, **extra: Any) -> Any:
        return self.call("DELETE", where, **extra)

    def upload(self, where: str, **files: Any) -> Any:
        return self.client.post(ROOT + where, files, headers=self._headers())

    def call(self, method: str, where: str, body: Any = None, **extra: Any) -> Any:
        extra.setdefault("content_type", "application/json")
        data = body if isinstance(body, bytes) else json.dumps(body) if body is not None else ""
        headers = self._headers() | extra.pop("headers", {})
        return self.client.generic(method, ROOT + where, data, headers=headers, **extra)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def refusal(answer: HttpResponse) -> tuple[int, str]:
    """Status and code of a refusal, whose shape is looked at: RFC 9457, never cached."""
    body = json.loads(answer.content)
    assert answer["Content-Type"] == "application/problem+json"
    assert (body["type"], body["status"]) == ("about:blank", answer.status_code)
    assert body["title"]
    assert body["detail"]
    assert "no-store" in answer["Cache-Control"]
    return answer.status_code, body["code"]
