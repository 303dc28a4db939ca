"""Every test begins with unused rate limits and an empty post."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.core import mail
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _unused_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def link_in_mail() -> Callable[..., str]:
    """The first address in the newest mail to somebody, as a path."""

    def find(to: str) -> str:
        message = next(message for message in reversed(mail.outbox) if message.to == [to])
        found = re.search(r"https?://[^/\s]+(/\S+)", str(message.body))
        assert found, message.body
        return found[1]

    return find
