"""The inhabited world, built once for all tests of a module.

It stands in a transaction that is never committed; each test works in one of its own within it, so that what it changes is gone
before the next. For modules whose tests all run in transactions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from kit.storage import private, public
from tests.factories.stores import moved
from tests.factories.world import World, make_world


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back; services that refuse to run inside a transaction do not mind this one."""
    with transaction.atomic():
        transaction.get_connection().atomic_blocks[-1]._from_testcase = True  # type: ignore[attr-defined]
        try:
            yield
        finally:
            transaction.set_rollback(True)


@pytest.fixture(scope="module")
def standing_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Stores of its own for a module."""
    folder = tmp_path_factory.mktemp("stores")
    with moved(private(), folder / "private"), moved(public(), folder / "public"):
        yield folder


@pytest.fixture(scope="module")
def standing_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker, standing_stores: Path) -> Iterator[World]:
    with django_db_blocker.unblock(), undone():
        assert connection.settings_dict["NAME"].startswith("test_"), "never the real database"
        yield make_world()


@pytest.fixture
def world(standing_world: World, db: None) -> World:
    """The module's world, as rows and files; the objects are the test's own."""
    return deepcopy(standing_world)
