"""Courses by themselves: no shop above says whether strangers may see them."""

from __future__ import annotations

import pytest

from courses.learning import showing


@pytest.fixture(autouse=True)
def _no_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "_checks", [])
