"""What the logs say, and what they never say."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.test import Client

from accounts.models import User
from kit.logging import logging_settings, mask_secrets, safe_path

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture
def lines(settings: Any) -> Iterator[Any]:
    """Reads the JSON lines that were logged since the last time."""
    written = io.StringIO()
    configured = logging_settings(readable=False, level="INFO")
    configured["handlers"]["stderr"]["stream"] = written

    def read() -> list[dict[str, Any]]:
        found = [json.loads(line) for line in written.getvalue().splitlines()]
        written.seek(0)
        written.truncate()
        return found

    logging.config.dictConfig(configured)
    yield read
    logging.config.dictConfig(settings.LOGGING)


def test_each_request_gets_an_id_that_comes_back(client: Client) -> None:
    one, two = client.get("/healthz")["X-Request-ID"], client.get("/healthz")["X-Request-ID"]
    assert ID.fullmatch(one)
    assert one != two


def test_a_well_formed_id_of_the_caller_is_kept(client: Client) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "proxy-7f3a.12345"})["X-Request-ID"] == "proxy-7f3a.12345"


@pytest.mark.parametrize("given", ["short", "x" * 65, 'a"b,"level":"error"', "with space 12345", "new\tline-12345", "-leading-dash"])
def test_a_malformed_id_is_replaced_and_cannot_write_into_the_log(client: Client, given: str) -> None:
    assert ID.fullmatch(client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"])


def test_a_request_is_one_line_with_its_id_and_the_users_number_not_their_mail_address(client: Client, ada: User, lines: Any) -> None:
    client.force_login(ada)
    lines()
    answer = client.get("/no-such-page/?email=ada@example.com", headers={"X-Request-ID": "proxy-7f3a.12345"})
    assert answer.status_code == 404
    finished = [line for line in lines() if line["event"] == "request_finished"]
    assert len(finished) == 1
    assert finished[0]["request"] == "GET /no-such-page/"
    assert finished[0]["code"] == 404
    assert finished[0]["request_id"] == "proxy-7f3a.12345"
    assert finished[0]["user_id"] == ada.pk
    assert ada.email not in json.dumps(finished)


def test_health_probes_are_not_logged(client: Client, lines: Any) -> None:
    client.get("/healthz")
    assert [line for line in lines() if line["event"].startswith("request_")] == []


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/marketplace/the-long-and-winding-road-to-writing/?q=secret", "/marketplace/the-long-and-winding-road-to-writing/"),
        ("/orders/2f6c1f7e-4a1b-4c57-9d3e-0a1b2c3d4e5f/", "/orders/2f6c1f7e-4a1b-4c57-9d3e-0a1b2c3d4e5f/"),
        ("/accounts/password/reset/key/1a-cslqo6-2f0a9c4b7d1e8f3a5b6c7d8e9f0a1b2c/", "/accounts/password/reset/key/***/"),
        ("/accounts/confirm-email/MQ:1tKx2f:b3Jl-2mTnq_Xy8zA0cVdE4fGhIjKlMnOpQr/", "/accounts/confirm-email/***/"),
        ("/files/eyJuIjoiYSJ9:1tKx2f:b3Jl2mTnqXy8zA0cVdE4fGhIjKlMnOpQr/book.pdf", "/files/***/book.pdf"),
        ("/@ada/", "/@ada/"),
        ("/static/app.3f2a1b4c5d6e.css", "/static/app.3f2a1b4c5d6e.css"),
    ],
)
def test_a_path_keeps_its_words_and_loses_its_secrets(path: str, shown: str) -> None:
    assert safe_path(path) == shown


def test_secrets_are_masked_by_name_at_any_depth_and_inside_addresses() -> None:
    event = {
        "event": "signed_in",
        "user_id": 7,
        "password": "hunter2",
        "headers": {"Authorization": "Bearer hunter2", "Accept": "text/html", "Cookie": "sessionid=hunter2"},
        "items": [{"api_key": "hunter2", "name": "kept"}],
        "database": "postgres://app:hunter2@db/atelier",
        "refresh_token": None,
    }
    masked = mask_secrets(None, "info", event)
    assert "hunter2" not in json.dumps(masked)
    assert masked["user_id"] == 7
    assert masked["headers"]["Accept"] == "text/html"
    assert masked["items"][0]["name"] == "kept"
    assert masked["database"] == "postgres://app:***@db/atelier"
    assert masked["refresh_token"] is None


def test_a_traceback_is_one_line_and_loses_the_credentials_in_it(lines: Any) -> None:
    try:
        raise ConnectionError("cannot reach redis://user:hunter2@queue:6379/0")
    except ConnectionError:
        structlog.get_logger("tests.setup").exception("queue_unreachable")
    (line,) = [line for line in lines() if line["event"] == "queue_unreachable"]
    assert "redis://user:***@queue:6379/0" in line["exception"]
    assert "hunter2" not in json.dumps(line)
    assert line["level"] == "error"


def test_lines_of_other_libraries_have_the_same_form(lines: Any) -> None:
    logging.getLogger("some.library").warning("took %s ms", 12)
    (line,) = [line for line in lines() if line.get("logger") == "some.library"]
    assert line["event"] == "took 12 ms"
    assert line["level"] == "warning"
    assert line["timestamp"].endswith("Z")
