from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from courses.video.models import VideoAsset
from kit.jobs import enqueue
from tests.courses.video.processing.clips import BY_NAME, make_clip
from tests.factories.stores import stores_in


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Path:
    """A private store of this test's own, and scratch space beside it."""
    settings.STORAGES = stores_in(tmp_path)
    return tmp_path / "private"


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where processing works, so that nothing is left in the machine's own."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


Uploaded = Callable[..., VideoAsset]


@pytest.fixture
def uploaded(store: Path, clips: Path, ada: User) -> Uploaded:
    """A video whose file has just arrived and whose job waits: of a clip by name, or of a file."""

    def make(source: str | Path, *, owner: User = ada) -> VideoAsset:
        path = make_clip(BY_NAME[source], clips) if isinstance(source, str) else source
        video = VideoAsset(owner=owner, name=str(source), state=VideoAsset.State.PROCESSING, generation=1)
        video.original_file, video.original_size_bytes = f"videos/{video.pk.hex}/original", path.stat().st_size
        target = store / video.original_file
        target.parent.mkdir(parents=True)
        shutil.copyfile(path, target)
        video.save()
        enqueue_processing(video)
        return video

    return make


def enqueue_processing(video: VideoAsset) -> None:
    enqueue(
        "video.process",
        key=f"video:{video.pk}:{video.generation}",
        params={"video": str(video.pk), "generation": video.generation},
        owner=f"user:{video.owner_id}",
    )
