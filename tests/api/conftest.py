"""Every test of the API begins with unused limits and stores of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage
from django.test import Client

from kit.storage import private, public
from tests.api.caller import Caller
from tests.factories.world import World, make_world


@contextmanager
def moved(store: Any, folder: Path) -> Iterator[None]:
    """A local store in another folder. Model fields hold the storage objects, so these are moved, not replaced."""
    assert isinstance(store, FileSystemStorage)
    before = store._location
    folder.mkdir(parents=True, exist_ok=True)
    _move(store, str(folder))
    try:
        yield
    finally:
        _move(store, before)


def _move(store: FileSystemStorage, location: Any) -> None:
    for cached in ("base_location", "location"):
        store.__dict__.pop(cached, None)
    store._location = location


@pytest.fixture(autouse=True)
def stores(tmp_path: Path) -> Iterator[Path]:
    with moved(private(), tmp_path / "private"), moved(public(), tmp_path / "public"):
        yield tmp_path


@pytest.fixture(autouse=True)
def _unused_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def api() -> Caller:
    """Calls the API as a program does, as nobody until told otherwise."""
    return Caller(Client())
