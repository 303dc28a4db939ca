from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kit.ratelimit import forget_all


@pytest.fixture
def local_stores(settings: Any, tmp_path: Path) -> Path:
    """Both stores as empty folders of this test's own."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "private")}},
        "public": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "media"), "base_url": settings.MEDIA_URL},
        },
    }
    return tmp_path


@pytest.fixture
def no_counts_yet() -> None:
    forget_all()
