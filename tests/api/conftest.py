"""Every test of the API begins with unused limits and stores of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from kit.storage import private, public
from tests.api.caller import Caller
from tests.factories.stores import moved


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
def api() -> Caller:
    """Calls the API as a program does, as nobody until told otherwise."""
    return Caller(Client())
