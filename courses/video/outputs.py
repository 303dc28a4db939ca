"""Where the files of a processing go: the private store, below the folder of its generation and of its try.

A file is there whole or not at all.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import FileSystemStorage

from courses.video.reasons import Trouble, Unprocessable
from kit.storage import private

CONTENT_TYPES = {".mp4": "video/mp4", ".m4s": "video/iso.segment", ".webp": "image/webp"}
MOST_DELETED = 1000
"""What S3 deletes at once."""
CHUNK = 4 * 1024 * 1024
SCRATCH_PREFIX = "atelier-video-"


def keep_file(path: Path, name: str) -> int:
    """Put a local file into the store as `name` (it may be gone from where it was); its size in bytes. Raises `Trouble`."""
    store: Any = private()
    size = path.stat().st_size
    with answering():
        if isinstance(store, FileSystemStorage):
            target = Path(store.path(name))
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                path.replace(target)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                arriving = target.with_name(f"{target.name}.{os.getpid()}.part")
                try:
                    shutil.copyfile(path, arriving)
                    arriving.replace(target)
                finally:
                    arriving.unlink(missing_ok=True)
        else:
            kind = CONTENT_TYPES.get(path.suffix, "application/octet-stream")
            store.bucket.upload_file(str(path), _key(store, name), ExtraArgs={"ContentType": kind})
    return size


def read_file(name: str) -> bytes:
    """The content of a stored file of ours, which is small enough to be held. Raises `Trouble`."""
    with answering(), private().open(name) as file:
        content: bytes = file.read()
        return content


def delete_generation(folder: str) -> None:
    """All that lies below `folder`. Raises `Trouble`."""
    store: Any = private()
    with answering():
        if isinstance(store, FileSystemStorage):
            shutil.rmtree(store.path(folder), ignore_errors=True)
        else:
            store.bucket.objects.filter(Prefix=f"{_key(store, folder)}/").delete()


def generations_in_store(video_id: UUID) -> list[int]:
    """Numbers of the processings that have files. Raises `Trouble`."""
    store: Any = private()
    folder = f"videos/{video_id.hex}"
    with answering():
        if isinstance(store, FileSystemStorage):
            try:
                names = [entry.name for entry in os.scandir(store.path(folder)) if entry.is_dir(follow_symlinks=False)]
            except FileNotFoundError:
                names = []
        else:
            prefix = f"{_key(store, folder)}/"
            pages = store.connection.meta.client.get_paginator("list_objects_v2").paginate(
                Bucket=store.bucket_name, Prefix=prefix, Delimiter="/"
            )
            names = [found["Prefix"].removeprefix(prefix).rstrip("/") for page in pages for found in page.get("CommonPrefixes", ())]
    return sorted(int(name) for name in names if name.isdecimal())


def files_below(folder: str) -> Iterator[str]:
    """Names of all files below `folder`, relative to it. Raises `Trouble`."""
    store: Any = private()
    with answering():
        if isinstance(store, FileSystemStorage):
            top = Path(store.path(folder))
            yield from (found.relative_to(top).as_posix() for found in top.rglob("*") if found.is_file())
        else:
            prefix = f"{_key(store, folder)}/"
            yield from (found.key.removeprefix(prefix) for found in store.bucket.objects.filter(Prefix=prefix))


def delete_files(folder: str, names: Collection[str]) -> None:
    """These files below `folder`; folders that become empty go too. Raises `Trouble`."""
    store: Any = private()
    with answering():
        if not isinstance(store, FileSystemStorage):
            keys = [{"Key": f"{_key(store, folder)}/{name}"} for name in sorted(names)]
            for at in range(0, len(keys), MOST_DELETED):
                store.bucket.delete_objects(Delete={"Objects": keys[at : at + MOST_DELETED], "Quiet": True})
            return
        top = Path(store.path(folder))
        for name in names:
            (top / name).unlink(missing_ok=True)
        for parent in sorted({parent for name in names for parent in (top / name).parents if top in parent.parents}, reverse=True):
            with suppress(OSError):
                parent.rmdir()


@contextmanager
def source_on_disk(name: str, *, scratch: Path, each: Callable[[], None]) -> Iterator[Path]:
    """The uploaded file as a path: itself where it lies on this machine, else a copy fetched once, calling `each` per 4 MiB.

    ffmpeg is not given an address instead: it would have to be allowed to connect, and the file could say where to.
    Raises `Unprocessable("missing")`, `Trouble`.
    """
    store: Any = private()
    if isinstance(store, FileSystemStorage):
        path = Path(store.path(name))
        if not path.is_file():
            raise Unprocessable("missing", name)
        yield path
        return
    copy = scratch / "source"
    with answering():
        if not store.exists(name):
            raise Unprocessable("missing", name)
        with store.open(name) as source, copy.open("wb") as target:
            for chunk in source.chunks(CHUNK):
                target.write(chunk)
                each()
    try:
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def scratch_root() -> Path:
    return Path(tempfile.gettempdir())


@contextmanager
def answering() -> Iterator[None]:
    """What a store or a disk does wrong, as a reason in words: `Trouble`."""
    try:
        yield
    except (ClientError, BotoCoreError, Boto3Error) as error:
        raise Trouble("storage", str(error)[:300]) from error
    except TimeoutError:
        # The job's own, which is no fault of a store's.
        raise
    except OSError as error:
        raise Trouble("disk_full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "storage", str(error)[:300]) from error


def _key(store: Any, name: str) -> str:
    location = store.location.strip("/")
    return f"{location}/{name}" if location else name
