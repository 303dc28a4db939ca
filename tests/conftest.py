"""The cast that every test may call: ada sells, ben buys from her, cleo is a stranger, mo moderates."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests.factories import make_user

pytest_plugins = ["tests.plugins.ledger"]


@pytest.fixture
def ada(db: None) -> User:
    return make_user("ada", creator=True)


@pytest.fixture
def ben(db: None) -> User:
    return make_user("ben")


@pytest.fixture
def cleo(db: None) -> User:
    return make_user("cleo")


@pytest.fixture
def mo(db: None) -> User:
    return make_user("mo", staff=True)
