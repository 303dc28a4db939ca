"""`/healthz` and `/readyz`, with what they ask about alive, dead and silent."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from kit import health
from tests.factories.stores import stores_in

EVERYTHING = ["database", "broker", "cache", "private files", "public files"]


@pytest.fixture
def broker_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Points the queue elsewhere. Celery reads this variable before its own configuration."""
    return lambda url: monkeypatch.setenv("CELERY_BROKER_URL", url)


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Something that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        yield int(listener.getsockname()[1])


@pytest.fixture
def own_folders(settings: Any, tmp_path: Any) -> None:
    settings.STORAGES = stores_in(tmp_path)


def test_alive_is_answered_without_asking_anything(client: Client, ada: User, broker_at: Callable[[str], None]) -> None:
    client.force_login(ada)
    broker_at("redis://127.0.0.1:9/0")
    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "alive"}
    assert len(queries) == 0
    assert "no-store" in answer["Cache-Control"]
    assert "Set-Cookie" not in answer


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_folders")
def test_ready_names_each_part_with_its_time(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200, answer.json()
    body = answer.json()
    assert body["status"] == "ready"
    assert body["failing"] == []
    assert list(body["checks"]) == EVERYTHING
    assert all(check["ok"] and check["ms"] >= 0 for check in body["checks"].values())
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_folders")
def test_a_dead_broker_makes_the_site_not_ready_and_gives_no_secret_away(
    client: Client, closed_port: int, broker_at: Callable[[str], None]
) -> None:
    broker_at(f"redis://user:hunter2@127.0.0.1:{closed_port}/0")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["failing"] == ["broker"]
    assert answer.json()["checks"]["broker"]["reason"] == "does not answer"
    assert answer.json()["checks"]["database"]["ok"]
    for secret in ("hunter2", "user", str(closed_port), "127.0.0.1"):
        assert secret not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_folders")
def test_a_broker_that_hangs_does_not_make_the_question_hang(client: Client, silent_port: int, broker_at: Callable[[str], None]) -> None:
    broker_at(f"redis://127.0.0.1:{silent_port}/0")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["failing"] == ["broker"]
    assert answer.json()["checks"]["broker"]["ms"] < 3500


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_folders")
def test_a_dead_cache_is_named(client: Client, settings: Any, closed_port: int) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"redis://:hunter2@127.0.0.1:{closed_port}/1"}
    }
    with contextlib.suppress(AttributeError):
        del caches["default"]
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["failing"] == ["cache"]
    assert "hunter2" not in answer.content.decode()


def test_a_dead_database_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.backends.postgresql.base import DatabaseWrapper

    monkeypatch.setattr(
        DatabaseWrapper, "get_connection_params", lambda self: {"host": "/nowhere", "dbname": "atelier", "password": "hunter2"}
    )
    (finding,) = in_a_thread_without_a_connection()
    assert finding.name == "database"
    assert finding.reason == "does not answer"


def in_a_thread_without_a_connection() -> list[health.Finding]:
    found: list[health.Finding] = []
    asking = threading.Thread(target=lambda: found.append(health._timed("database", health.check_database)))
    asking.start()
    asking.join(10)
    return found


def test_a_folder_that_cannot_be_written_to_is_named(settings: Any, tmp_path: Any) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("not a folder")
    local = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {**settings.STORAGES, "public": {"BACKEND": local, "OPTIONS": {"location": str(blocked)}}}
    (finding,) = health.examine({"public files": lambda: health.check_storage("public")})
    assert finding.reason == "does not answer"


def test_anybody_may_ask_but_only_read(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
    assert client.head("/healthz").status_code == 200
