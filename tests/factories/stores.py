"""Local stores in another folder, for as long as a test needs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from config.env import Environment
from config.stores import file_stores


def stores_in(folder: Path, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The setting `STORAGES` with all files in `folder`, or where `environment` says (see `config.stores`)."""
    stores = file_stores(Environment(environment or {}), data_dir=folder, media_root=folder / "media", media_url="/media/")
    return {**settings.STORAGES, **stores}


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
