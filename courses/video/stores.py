"""Where originals arrive: in parts, straight from the browser, on S3 and on the local disk by one protocol.

The browser is told an address per part and sends a PUT with exactly that part's bytes there. On S3 the addresses are presigned
(SigV4, UploadPart; https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html), so that no byte passes through this
site; the bucket's CORS rules must allow PUT from it. Locally they are addresses of ours (`courses.video.views.parts`), and each
part is written to its place in one file, so that completing a file of any size is renaming it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage, Storage
from django.urls import reverse

from courses.video.errors import StoreAway, UploadIncomplete, UploadOver
from courses.video.models import UploadPart, UploadSession
from kit.signing import sign
from kit.storage import private

PART_SALT: Final = "video-part"
PART_SECONDS: Final = 6 * 3600
"""How long a part's address is good for: longer than a slow line needs for 64 MiB."""
FOLDER: Final = "videos"
"""All of this room's files lie below it."""
_CHUNK: Final = 256 * 1024


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


class UploadStore(Protocol):
    """What a store has to offer. Methods that reach a server raise `StoreAway` when it does not answer."""

    def begin(self, session: UploadSession) -> str:
        """Make room for the parts; the store's own id of the upload."""

    def part_url(self, session: UploadSession, number: int) -> str:
        """Where part `number` is PUT to."""

    def received(self, session: UploadSession) -> dict[int, int]:
        """Bytes of each part that has arrived, by its number. Raises `UploadOver` when the store no longer knows the upload."""

    def finish(self, session: UploadSession) -> None:
        """Make one file `session.file` of the parts. Safe to call again. Raises `UploadIncomplete`, `UploadOver`."""

    def abort(self, session: UploadSession) -> None:
        """Forget the parts. Safe to call for what is not there."""

    def size(self, name: str) -> int | None:
        """Bytes of a file; None when there is none."""

    def first_bytes(self, name: str, count: int) -> bytes: ...

    def folders(self) -> Iterator[str]:
        """The names of folders below `FOLDER`, one per video."""

    def delete_folder(self, name: str) -> None:
        """All that lies below `FOLDER/name`. Safe to call for what is not there."""

    def abort_unknown(self, known: set[str], *, before: datetime) -> int:
        """Forget uploads begun earlier than `before` whose id is not among `known`; how many there were."""


def upload_store() -> UploadStore:
    store = private()
    return LocalStore(store) if isinstance(store, FileSystemStorage) else S3Store(store)


class LocalStore:
    """A folder on this machine, or one that is mounted by all of the web and worker machines."""

    def __init__(self, storage: FileSystemStorage) -> None:
        self.storage = storage

    def begin(self, session: UploadSession) -> str:
        path = self._unfinished(session)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        return ""

    def part_url(self, session: UploadSession, number: int) -> str:
        token = sign({"s": str(session.pk), "n": number}, salt=PART_SALT, seconds=PART_SECONDS)
        return reverse("video_part", args=[token, number])

    def received(self, session: UploadSession) -> dict[int, int]:
        return dict(UploadPart.objects.filter(session=session).values_list("number", "size_bytes"))

    def write_part(self, session: UploadSession, number: int, source: Source) -> int:
        """Put what `source` gives at the part's place, never holding more than 256 KiB of it; the bytes that were written.

        Never writes beyond the part. Raises `UploadOver` when the upload was completed or given up meanwhile, OSError.
        """
        left = session.part_size(number)
        written = 0
        with self._held(session, fcntl.LOCK_SH) as descriptor:
            while left and (chunk := source.read(min(_CHUNK, left))):
                view = memoryview(chunk)
                offset = (number - 1) * session.part_bytes + written
                while view:
                    done = os.pwrite(descriptor, view, offset)
                    view, offset = view[done:], offset + done
                written += len(chunk)
                left -= len(chunk)
        return written

    def finish(self, session: UploadSession) -> None:
        missing = missing_parts(session, self.received(session))
        if missing:
            raise UploadIncomplete(missing=missing[:100])
        path = Path(self.storage.path(session.file))
        try:
            # Waits for parts that are being written a second time, so that nobody writes into the finished file.
            with self._held(session, fcntl.LOCK_EX) as descriptor:
                os.fsync(descriptor)
                self._unfinished(session).replace(path)
        except UploadOver:
            if not path.exists():
                raise

    def abort(self, session: UploadSession) -> None:
        self._unfinished(session).unlink(missing_ok=True)

    def size(self, name: str) -> int | None:
        try:
            return self.storage.size(name)
        except FileNotFoundError:
            return None

    def first_bytes(self, name: str, count: int) -> bytes:
        with self.storage.open(name) as file:
            found: bytes = file.read(count)
            return found

    def folders(self) -> Iterator[str]:
        try:
            with os.scandir(self.storage.path(FOLDER)) as entries:
                yield from (entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        except FileNotFoundError:
            return

    def delete_folder(self, name: str) -> None:
        path = Path(self.storage.path(f"{FOLDER}/{name}"))
        if path.parent != Path(self.storage.path(FOLDER)):
            raise SuspiciousFileOperation(name)
        shutil.rmtree(path, ignore_errors=True)

    def abort_unknown(self, known: set[str], *, before: datetime) -> int:
        # Unfinished files lie in their video's folder and go with it.
        return 0

    def _unfinished(self, session: UploadSession) -> Path:
        return Path(self.storage.path(f"{session.file}.part"))

    @contextmanager
    def _held(self, session: UploadSession, mode: int) -> Iterator[int]:
        path = self._unfinished(session)
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError as error:
            raise UploadOver from error
        try:
            fcntl.flock(descriptor, mode)
            if not path.exists() or not os.path.samestat(os.fstat(descriptor), path.stat()):
                raise UploadOver
            yield descriptor
        finally:
            os.close(descriptor)


class S3Store:
    """A bucket: S3 itself, or what speaks its protocol."""

    def __init__(self, storage: Storage) -> None:
        bucket: Any = storage
        self.bucket: str = bucket.bucket_name
        self.location: str = bucket.location.strip("/")
        self.client: Any = bucket.connection.meta.client
        self.objects: Any = bucket.bucket.objects

    def begin(self, session: UploadSession) -> str:
        with _answering():
            begun = self.client.create_multipart_upload(**self._named(session.file), ContentType="application/octet-stream")
        return str(begun["UploadId"])

    def part_url(self, session: UploadSession, number: int) -> str:
        # The length is signed too: nobody can send more than was announced.
        params = {**self._upload(session), "PartNumber": number, "ContentLength": session.part_size(number)}
        return str(self.client.generate_presigned_url("upload_part", Params=params, ExpiresIn=PART_SECONDS, HttpMethod="PUT"))

    def received(self, session: UploadSession) -> dict[int, int]:
        return {number: size for number, (size, _etag) in self._parts(session).items()}

    def finish(self, session: UploadSession) -> None:
        try:
            parts = self._parts(session)
        except UploadOver:
            if self.size(session.file) is None:
                raise
            return
        if missing := missing_parts(session, {number: size for number, (size, _etag) in parts.items()}):
            raise UploadIncomplete(missing=missing[:100])
        named = [{"PartNumber": number, "ETag": etag} for number, (_size, etag) in sorted(parts.items())]
        with _answering():
            try:
                self.client.complete_multipart_upload(**self._upload(session), MultipartUpload={"Parts": named})
            except ClientError as error:
                # Somebody else was faster, or our first answer was lost.
                if _code(error) != "NoSuchUpload" or self.size(session.file) is None:
                    raise

    def abort(self, session: UploadSession) -> None:
        if session.remote_id:
            self._abort(self._named(session.file)["Key"], session.remote_id)

    def size(self, name: str) -> int | None:
        with _answering():
            try:
                return int(self.client.head_object(**self._named(name))["ContentLength"])
            except ClientError as error:
                if _code(error) in ("404", "NoSuchKey", "NotFound"):
                    return None
                raise

    def first_bytes(self, name: str, count: int) -> bytes:
        with _answering():
            answer = self.client.get_object(**self._named(name), Range=f"bytes=0-{count - 1}")
            found: bytes = answer["Body"].read(count)
            return found

    def folders(self) -> Iterator[str]:
        prefix = f"{self._key(FOLDER)}/"
        with _answering():
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/"):
                yield from (entry["Prefix"].removeprefix(prefix).rstrip("/") for entry in page.get("CommonPrefixes", ()))

    def delete_folder(self, name: str) -> None:
        with _answering():
            self.objects.filter(Prefix=f"{self._key(FOLDER)}/{name}/").delete()

    def abort_unknown(self, known: set[str], *, before: datetime) -> int:
        count = 0
        with _answering():
            pages = self.client.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket, Prefix=f"{self._key(FOLDER)}/")
            found = [(one["Key"], one["UploadId"], one["Initiated"]) for page in pages for one in page.get("Uploads", ())]
        for key, upload_id, begun in found:
            if upload_id not in known and begun < before:
                self._abort(key, upload_id)
                count += 1
        return count

    def _abort(self, key: str, upload_id: str) -> None:
        with _answering():
            try:
                self.client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)
            except ClientError as error:
                if _code(error) != "NoSuchUpload":
                    raise

    def _parts(self, session: UploadSession) -> dict[int, tuple[int, str]]:
        with _answering():
            try:
                pages = self.client.get_paginator("list_parts").paginate(**self._upload(session))
                return {part["PartNumber"]: (part["Size"], part["ETag"]) for page in pages for part in page.get("Parts", ())}
            except ClientError as error:
                if _code(error) == "NoSuchUpload":
                    raise UploadOver from error
                raise

    def _upload(self, session: UploadSession) -> dict[str, str]:
        return {**self._named(session.file), "UploadId": session.remote_id}

    def _named(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self._key(name)}

    def _key(self, name: str) -> str:
        return f"{self.location}/{name}" if self.location else name


def missing_parts(session: UploadSession, received: dict[int, int]) -> list[int]:
    """Numbers of parts that are not there with their whole length, in order."""
    return [number for number in range(1, session.part_count + 1) if received.get(number) != session.part_size(number)]


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise StoreAway from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
