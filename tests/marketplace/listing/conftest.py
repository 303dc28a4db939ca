from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.test import Client

from accounts.models import User
from kit import ratelimit
from kit.storage import private, public


@pytest.fixture(autouse=True)
def stores(tmp_path: Path) -> Iterator[Path]:
    """Both stores in a folder of this test's own. Model fields hold the storage objects, so those are moved, not replaced."""
    before = []
    for name, store in (("private", private()), ("public", public())):
        assert isinstance(store, FileSystemStorage)
        before.append((store, store._location))
        store.__dict__.pop("base_location", None)
        store.__dict__.pop("location", None)
        store._location = str(tmp_path / name)
        (tmp_path / name).mkdir()
    yield tmp_path
    for store, given in before:
        store.__dict__.pop("base_location", None)
        store.__dict__.pop("location", None)
        store._location = given


@pytest.fixture(autouse=True)
def _no_limits_left_over() -> None:
    ratelimit.forget_all()


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def ada_client(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client
