"""The cast that every test may call: ada sells, ben buys from her, cleo is a stranger, mo moderates."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from accounts.models import User
from kit.ratelimit import forget_all
from tests.factories import make_user

# How long an example takes says something about the machine and nothing about us.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

pytest_plugins = ["tests.plugins.emptying", "tests.plugins.ledger", "tests.plugins.sharing", "tests.plugins.standing"]


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    """No test uses up the tries of another."""
    forget_all()


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
