from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kit.ratelimit import forget_all
from tests.factories.stores import stores_in


@pytest.fixture
def local_stores(settings: Any, tmp_path: Path) -> Path:
    """Both stores as empty folders of this test's own."""
    settings.STORAGES = stores_in(tmp_path)
    return tmp_path


@pytest.fixture
def no_counts_yet() -> None:
    forget_all()
